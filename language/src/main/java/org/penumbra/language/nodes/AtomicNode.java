// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.dsl.Specialization;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.hart.Hart;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.Instruction;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.ShadowTlb;

/// Any naturally aligned atomic operation on a page that its access hits; all others are left to the interpreter.
@GenerateAOT
public abstract class AtomicNode extends InstructionNode {
    private final AtomicOp op;
    private final int rd;
    private final int rs1;
    private final int rs2;
    @Child MonitorNode monitor;

    AtomicNode(AtomicOp op, Instruction i, MonitorNode monitor) {
        this.op = op;
        this.rd = i.rd();
        this.rs1 = i.rs1();
        this.rs2 = i.rs2();
        this.monitor = monitor;
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
        long address = monitor.address(frame, gva);
        int size = op.size();
        long old = size == 4 ? HostMemory.getInt(address) : HostMemory.getLong(address);
        Hart hart = monitor.hart();
        if (op.loadReserved()) {
            hart.reserve(address, old);
            Slots.write(frame, rd, old);
        } else if (op.storeConditional()) {
            boolean success = hart.release(address, old);
            if (success) {
                HostMemory.store(address, size, Slots.read(frame, rs2));
            }
            Slots.write(frame, rd, success ? 0 : 1);
        } else {
            HostMemory.store(address, size, op.combine(old, Slots.read(frame, rs2)));
            Slots.write(frame, rd, old);
        }
    }

    @Specialization
    final void interpret(VirtualFrame frame, @SuppressWarnings("unused") long gva) {
        monitor.interpret(frame);
    }
}
