// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;

/// Writes a value known when the region is built: `lui`, `auipc`, a link address.
public final class ConstantNode extends InstructionNode {
    private final int rd;
    private final long value;

    public ConstantNode(int rd, long value) {
        this.rd = rd;
        this.value = value;
    }

    @Override
    public void execute(VirtualFrame frame) {
        Slots.write(frame, rd, value);
    }
}
