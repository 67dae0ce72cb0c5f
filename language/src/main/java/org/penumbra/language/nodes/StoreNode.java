// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.dsl.Specialization;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.StoreOp;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.ShadowTlb;

/// Any store: a TLB hit, or the monitor.
@GenerateAOT
public abstract class StoreNode extends InstructionNode {
    private final StoreOp op;
    private final int rs1;
    private final int rs2;
    private final long offset;
    private final boolean ordered;
    @Child MonitorNode monitor;

    StoreNode(StoreOp op, Instruction i, MonitorNode monitor) {
        this.op = op;
        this.rs1 = i.source1();
        this.rs2 = i.source2();
        this.offset = i.immediate();
        this.monitor = monitor;
        this.ordered = monitor.hart().isParallel();
    }

    @Override
    public final void execute(VirtualFrame frame) {
        executeStore(frame, Slots.read(frame, rs1) + offset, Slots.read(frame, rs2));
    }

    abstract void executeStore(VirtualFrame frame, long gva, long value);

    final boolean hits(VirtualFrame frame, long gva) {
        return monitor.hits(frame, gva, ShadowTlb.STORE_TAG, ShadowTlb.wanted(gva, op.size()));
    }

    @Specialization(guards = "hits(frame, gva)")
    final void hit(VirtualFrame frame, long gva, long value) {
        if (ordered) {
            HostMemory.storeFence();
        }
        HostMemory.store(monitor.address(frame, gva), op.size(), value);
    }

    @Specialization
    final void exit(VirtualFrame frame, long gva, long value) {
        monitor.store(frame, gva, op.size(), value);
        if (monitor.yieldRequested()) {
            monitor.depart(frame);
        }
    }
}
