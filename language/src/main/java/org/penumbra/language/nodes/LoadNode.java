// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.dsl.Specialization;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.LoadOp;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.ShadowTlb;

/// Any load: a TLB hit, or the monitor.
///
/// Specialised ahead of time, so that a region can be compiled before its nodes have ever been executed.
@GenerateAOT
public abstract class LoadNode extends InstructionNode {
    private final LoadOp op;
    private final int rd;
    private final int rs1;
    private final long offset;
    private final boolean ordered;
    @Child MonitorNode monitor;

    LoadNode(LoadOp op, Instruction i, MonitorNode monitor) {
        this.op = op;
        this.rd = i.destination();
        this.rs1 = i.source1();
        this.offset = i.immediate();
        this.monitor = monitor;
        this.ordered = monitor.hart().isParallel();
    }

    @Override
    public final void execute(VirtualFrame frame) {
        executeLoad(frame, Slots.read(frame, rs1) + offset);
    }

    abstract void executeLoad(VirtualFrame frame, long gva);

    final boolean hits(VirtualFrame frame, long gva) {
        return monitor.hits(frame, gva, ShadowTlb.LOAD_TAG, ShadowTlb.wanted(gva, op.size()));
    }

    @Specialization(guards = "hits(frame, gva)")
    final void hit(VirtualFrame frame, long gva) {
        long raw = HostMemory.load(monitor.address(frame, gva), op.size());
        if (ordered) {
            HostMemory.loadFence();
        }
        Slots.write(frame, rd, op.extend(raw));
    }

    @Specialization
    final void exit(VirtualFrame frame, long gva) {
        long raw = monitor.load(frame, gva, op.size());
        if (monitor.yieldRequested()) {
            if (!monitor.trapped()) {
                Slots.write(frame, rd, op.extend(raw));
            }
            monitor.depart(frame);
        }
        Slots.write(frame, rd, op.extend(raw));
    }
}
