// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

import com.oracle.truffle.api.TruffleLanguage;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.instrumentation.GenerateWrapper;
import com.oracle.truffle.api.instrumentation.InstrumentableNode;
import com.oracle.truffle.api.instrumentation.ProbeNode;
import com.oracle.truffle.api.instrumentation.StandardTags;
import com.oracle.truffle.api.instrumentation.Tag;
import com.oracle.truffle.api.nodes.Node;
import com.oracle.truffle.api.nodes.RootNode;
import com.oracle.truffle.api.source.Source;
import com.oracle.truffle.api.source.SourceSection;
import java.util.Set;

/// A root by which instruments tell what they want of a machine: executed once, it does nothing.
public final class MachineRootNode extends RootNode {
    private final Source source;
    @Child private WantsNode wants;

    /// @param source     not empty, or it would be invisible
    /// @param statements called, on any thread, when an instrument wants statements
    public MachineRootNode(TruffleLanguage<?> language, Source source, Runnable statements) {
        super(language);
        this.source = source;
        this.wants = new WantsNode(statements);
    }

    @Override
    public String getName() {
        return source.getName();
    }

    @Override
    public SourceSection getSourceSection() {
        return source.createSection(1);
    }

    @Override
    public Object execute(VirtualFrame frame) {
        wants.execute(frame);
        return null;
    }

    /// The node that is asked. It has no tags, so that no debugger stops here.
    @GenerateWrapper
    static class WantsNode extends Node implements InstrumentableNode {
        private final Runnable statements;

        WantsNode(Runnable statements) {
            this.statements = statements;
        }

        WantsNode(WantsNode wrapped) {
            this(wrapped.statements);
        }

        void execute(@SuppressWarnings("unused") VirtualFrame frame) {
            // There is nothing to do.
        }

        @Override
        public boolean isInstrumentable() {
            return true;
        }

        @Override
        public InstrumentableNode materializeInstrumentableNodes(Set<Class<? extends Tag>> tags) {
            if (tags.contains(StandardTags.StatementTag.class)) {
                statements.run();
            }
            return this;
        }

        @Override
        public WrapperNode createWrapper(ProbeNode probe) {
            return new WantsNodeWrapper(this, this, probe);
        }

        @Override
        public SourceSection getSourceSection() {
            return getRootNode().getSourceSection();
        }
    }
}
