// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.frame.MaterializedFrame;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.instrumentation.GenerateWrapper;
import com.oracle.truffle.api.instrumentation.InstrumentableNode;
import com.oracle.truffle.api.instrumentation.ProbeNode;
import com.oracle.truffle.api.instrumentation.StandardTags;
import com.oracle.truffle.api.instrumentation.Tag;
import com.oracle.truffle.api.nodes.Node;
import com.oracle.truffle.api.source.SourceSection;

/// The instructions of a function.
@GenerateWrapper
class FunctionBodyNode extends Node implements InstrumentableNode {
    private final Disassembly text;
    private final Stepper stepper;
    @Children private final StatementNode[] statements;

    FunctionBodyNode(Disassembly text, Stepper stepper) {
        this.text = text;
        this.stepper = stepper;
        this.statements = new StatementNode[text.size()];
        for (int i = 0; i < statements.length; i++) {
            statements[i] = new StatementNode(text, i, stepper);
        }
    }

    /// For the wrapper, which has no children.
    FunctionBodyNode(FunctionBodyNode wrapped) {
        this.text = wrapped.text;
        this.stepper = wrapped.stepper;
        this.statements = new StatementNode[0];
    }

    Object execute(VirtualFrame frame) {
        run(frame.materialize());
        return null;
    }

    /// Never compiled: instruments slow it down far more than that would help.
    @TruffleBoundary
    private void run(MaterializedFrame frame) {
        int index = text.find(stepper.pc());
        while (index >= 0 && stepper.shown(text, index)) {
            statements[index].execute(frame);
            if (!stepper.ready()) {
                return;
            }
            index = text.find(stepper.pc());
        }
    }

    @Override
    public boolean isInstrumentable() {
        return true;
    }

    @Override
    public boolean hasTag(Class<? extends Tag> tag) {
        return tag == StandardTags.RootTag.class;
    }

    @Override
    public WrapperNode createWrapper(ProbeNode probe) {
        return new FunctionBodyNodeWrapper(this, this, probe);
    }

    @Override
    public SourceSection getSourceSection() {
        return text.whole();
    }
}
