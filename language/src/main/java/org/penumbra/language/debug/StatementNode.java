// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.frame.Frame;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.instrumentation.GenerateWrapper;
import com.oracle.truffle.api.instrumentation.InstrumentableNode;
import com.oracle.truffle.api.instrumentation.ProbeNode;
import com.oracle.truffle.api.instrumentation.StandardTags;
import com.oracle.truffle.api.instrumentation.Tag;
import com.oracle.truffle.api.interop.NodeLibrary;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import com.oracle.truffle.api.nodes.Node;
import com.oracle.truffle.api.source.SourceSection;

/// An instruction of the guest.
@GenerateWrapper
@ExportLibrary(NodeLibrary.class)
class StatementNode extends Node implements InstrumentableNode {
    private final Disassembly text;
    private final int index;
    private final Stepper stepper;

    StatementNode(Disassembly text, int index, Stepper stepper) {
        this.text = text;
        this.index = index;
        this.stepper = stepper;
    }

    StatementNode(StatementNode wrapped) {
        this(wrapped.text, wrapped.index, wrapped.stepper);
    }

    void execute(@SuppressWarnings("unused") VirtualFrame frame) {
        step();
    }

    @TruffleBoundary
    private void step() {
        stepper.step();
    }

    @Override
    public boolean isInstrumentable() {
        return true;
    }

    @Override
    public boolean hasTag(Class<? extends Tag> tag) {
        return tag == StandardTags.StatementTag.class;
    }

    @Override
    public WrapperNode createWrapper(ProbeNode probe) {
        return new StatementNodeWrapper(this, this, probe);
    }

    @Override
    public SourceSection getSourceSection() {
        return text.line(index);
    }

    @ExportMessage
    final boolean hasScope(@SuppressWarnings("unused") Frame frame) {
        return true;
    }

    @ExportMessage
    final Object getScope(@SuppressWarnings("unused") Frame frame, @SuppressWarnings("unused") boolean nodeEnter) {
        return registers();
    }

    @TruffleBoundary
    private Object registers() {
        return stepper.registers();
    }
}
