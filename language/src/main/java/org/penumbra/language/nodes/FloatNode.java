// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.dsl.GenerateAOT;
import com.oracle.truffle.api.dsl.Idempotent;
import com.oracle.truffle.api.dsl.Specialization;
import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.FloatUnit;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.isa.fp.UncertainFloat;

/// Any floating-point computation, with mstatus.FS dirty. Specialised for round-to-nearest on the host's fast path,
/// round-to-nearest with all rare cases, other rounding modes, and reserved modes.
@GenerateAOT
public abstract class FloatNode extends InstructionNode {
    private final FloatOp op;
    private final int rd;
    private final int rs1;
    private final int rs2;
    private final int rs3;
    private final int rm;
    private final FloatStatus status;
    @Child MonitorNode monitor;

    FloatNode(FloatOp op, Instruction i, MonitorNode monitor) {
        this.op = op;
        this.rd = i.destination();
        this.rs1 = i.source1();
        this.rs2 = i.source2();
        this.rs3 = i.source3();
        this.rm = i.rm();
        this.monitor = monitor;
        this.status = monitor.hart().floatStatus;
    }

    @Override
    public final void execute(VirtualFrame frame) {
        executeCompute(frame, FloatUnit.mode(rm, status));
    }

    abstract void executeCompute(VirtualFrame frame, int mode);

    @Idempotent
    final boolean cold() {
        return monitor.cold();
    }

    /// Whether the rounding mode is part of the instruction.
    @Idempotent
    final boolean fixed() {
        return !FloatUnit.isDynamic(rm);
    }

    @Specialization(guards = {"mode == 0", "cold()"})
    final void certain(VirtualFrame frame, @SuppressWarnings("unused") int mode) {
        try {
            apply(frame, FloatStatus.HOST);
        } catch (UncertainFloat e) {
            monitor.interpret(frame);
        }
    }

    @Specialization(guards = {"mode == 0", "!cold()"})
    final void nearest(VirtualFrame frame, @SuppressWarnings("unused") int mode) {
        apply(frame, 0);
    }

    /// Whether a mode is one of the five valid ones.
    static boolean valid(int mode) {
        return !FloatUnit.isReserved(mode);
    }

    @Specialization(guards = {"valid(mode)", "!cold() || fixed()"})
    final void directed(VirtualFrame frame, int mode) {
        apply(frame, mode);
    }

    @Specialization
    final void reserved(VirtualFrame frame, @SuppressWarnings("unused") int mode) {
        monitor.interpret(frame);
    }

    private void apply(VirtualFrame frame, int mode) {
        Slots.write(frame, rd, op.apply(Slots.read(frame, rs1), Slots.read(frame, rs2), Slots.read(frame, rs3), mode,
                status));
    }
}
