// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// Instructions and data that a generator draws from the rows, one after another; labels may be used before they are
/// placed. Code that somebody writes is text, as in [Harness].
final class GeneratedCode {
    /// A place in the code.
    static final class Label {
        private int offset = -1;
    }

    private record Use(int offset, Operation op, int rd, int rs1, int rs2, Label label) {
    }

    private final long base;
    private final List<Use> uses = new ArrayList<>();
    private ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    /// @param base address of the first byte
    GeneratedCode(long base) {
        this.base = base;
    }

    long address() {
        return base + bytes.position();
    }

    long address(Label label) {
        return base + label.offset;
    }

    void place(Label label) {
        label.offset = bytes.position();
    }

    void half(int value) {
        room(2);
        bytes.putShort((short) value);
    }

    void word(int value) {
        room(4);
        bytes.putInt(value);
    }

    void doubleWord(long value) {
        room(8);
        bytes.putLong(value);
    }

    private void room(int size) {
        if (bytes.remaining() < size) {
            bytes = ByteBuffer.allocate(bytes.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN).put(bytes.array(), 0, bytes.position());
        }
    }

    /// Any instruction without a label.
    void op(Operation op, int rd, int rs1, int rs2, long immediate) {
        word(op.encode(rd, rs1, rs2, 0, 0, immediate));
    }

    void register(RegisterOp op, int rd, int rs1, int rs2) {
        op(op, rd, rs1, rs2, 0);
    }

    void immediate(ImmediateOp op, int rd, int rs1, long immediate) {
        op(op, rd, rs1, 0, immediate);
    }

    private void addi(int rd, int rs1, long immediate) {
        immediate(ImmediateOp.ADDI, rd, rs1, immediate);
    }

    void store(StoreOp op, int rs2, long offset, int rs1) {
        op(op, 0, rs1, rs2, offset);
    }

    void csr(CsrOp op, int rd, int csr, int rs1) {
        op(op, rd, rs1, 0, csr);
    }

    void system(SystemOp op) {
        op(op, 0, 0, 0, 0);
    }

    void branch(BranchOp op, int rs1, int rs2, Label to) {
        use(op, 0, rs1, rs2, to);
    }

    void jump(int rd, Label to) {
        use(JumpOp.JAL, rd, 0, 0, to);
    }

    void jumpRegister(int rd, int rs1) {
        op(JumpOp.JALR, rd, rs1, 0, 0);
    }

    /// Address of a label, relative to the pc: two instructions.
    void address(int rd, Label label) {
        use(UpperOp.AUIPC, rd, 0, 0, label);
        word(0);
    }

    private void use(Operation op, int rd, int rs1, int rs2, Label label) {
        uses.add(new Use(bytes.position(), op, rd, rs1, rs2, label));
        word(0);
    }

    /// Loads a constant: one to eight instructions.
    void constant(int rd, long value) {
        if (value << 52 >> 52 == value) {
            addi(rd, 0, value);
        } else if ((int) value == value) {
            op(UpperOp.LUI, rd, 0, 0, (int) (value + 0x800) & -4096);
            immediate(ImmediateOp.ADDIW, rd, rd, value << 52 >> 52);
        } else {
            long low = value << 52 >> 52;
            constant(rd, value - low >> 12);
            immediate(ImmediateOp.SLLI, rd, rd, 12);
            addi(rd, rd, low);
        }
    }

    /// All bytes, with labels resolved.
    byte[] finish() {
        for (Use use : uses) {
            if (use.label.offset < 0) {
                throw new IllegalStateException("label never placed");
            }
            long distance = use.label.offset - use.offset;
            if (use.op == UpperOp.AUIPC) {
                bytes.putInt(use.offset, use.op.encode(use.rd, 0, 0, 0, 0, (int) (distance + 0x800) & -4096));
                bytes.putInt(use.offset + 4, ImmediateOp.ADDI.encode(use.rd, use.rd, 0, 0, 0, distance << 52 >> 52));
            } else {
                bytes.putInt(use.offset, use.op.encode(use.rd, use.rs1, use.rs2, 0, 0, distance));
            }
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
