// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

import com.oracle.truffle.api.nodes.Node;
import com.oracle.truffle.api.source.SourceSection;

/// An instruction as the place of an error.
public final class StatementLocation extends Node {
    private final Disassembly text;
    private final int index;

    /// @param index of [Disassembly#find]
    public StatementLocation(Disassembly text, int index) {
        this.text = text;
        this.index = index;
    }

    @Override
    public SourceSection getSourceSection() {
        return text.line(index);
    }
}
