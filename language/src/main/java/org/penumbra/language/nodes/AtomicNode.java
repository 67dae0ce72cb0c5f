// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.dsl.Specialization;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.Hart;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.Instruction;
import org.penumbra.mmu.ShadowTlb;

/// Any atomic operation that is naturally aligned and hits the TLB; the interpreter executes all others.
@GenerateAOT
public abstract class AtomicNode extends InstructionNode {
    private final AtomicOp op;
    private final int rd;
    private final int rs1;
    private final int rs2;
    private final int rs3;
    private final boolean parallel;
    @Child MonitorNode monitor;

    AtomicNode(AtomicOp op, Instruction i, MonitorNode monitor) {
        this.op = op;
        this.rd = i.destination();
        this.rs1 = i.source1();
        this.rs2 = i.source2();
        this.rs3 = i.source3();
        this.monitor = monitor;
        this.parallel = monitor.hart().isParallel();
    }

    @Override
    public final void execute(VirtualFrame frame) {
        executeAccess(frame, Slots.read(frame, rs1));
    }

    abstract void executeAccess(VirtualFrame frame, long gva);

    final boolean hits(VirtualFrame frame, long gva) {
        return monitor.hits(frame, gva, op.loadReserved() ? ShadowTlb.LOAD_TAG : ShadowTlb.STORE_TAG,
                ShadowTlb.wantedAligned(gva, op.size()));
    }

    @Specialization(guards = "hits(frame, gva)")
    final void hit(VirtualFrame frame, long gva) {
        Hart hart = monitor.hart();
        long address = monitor.address(frame, gva);
        long operand = Slots.read(frame, rs2);
        long compared = Slots.read(frame, rs3);
        Slots.write(frame, rd, parallel ? AtomicUnit.performShared(hart, op, address, operand, compared)
                : AtomicUnit.perform(hart, op, address, operand, compared));
    }

    @Specialization
    final void interpret(VirtualFrame frame, @SuppressWarnings("unused") long gva) {
        monitor.interpret(frame);
    }
}
