// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.TruffleSafepoint;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.RootNode;
import com.oracle.truffle.api.source.SourceSection;

/// A function of the guest. Called without arguments it executes instructions until control leaves it; with any it only
/// polls, so that what looks at the stack then sees its name.
public final class FunctionRootNode extends RootNode {
    private final Disassembly text;
    @Child private FunctionBodyNode body;

    public FunctionRootNode(TruffleLanguage<?> language, Disassembly text, Stepper stepper) {
        super(language);
        this.text = text;
        this.body = new FunctionBodyNode(text, stepper);
    }

    public Disassembly text() {
        return text;
    }

    @Override
    public String getName() {
        return text.function();
    }

    @Override
    public SourceSection getSourceSection() {
        return text.whole();
    }

    @Override
    public String toString() {
        return text.function();
    }

    @Override
    public Object execute(VirtualFrame frame) {
        if (frame.getArguments().length > 0) {
            TruffleSafepoint.poll(this);
            return null;
        }
        return body.execute(frame);
    }
}
