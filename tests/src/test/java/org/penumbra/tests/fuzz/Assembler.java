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
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// Puts instructions into memory with the project's own tables; labels may be used before they are placed.
public final class Assembler {
    /// A place in the code.
    public static final class Label {
        private int offset = -1;
    }

    private record Use(int offset, Operation op, int rd, int rs1, int rs2, Label label) {
    }

    private final long base;
    private final List<Use> uses = new ArrayList<>();
    private ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    /// @param base address of the first byte
    public Assembler(long base) {
        this.base = base;
    }

    public long address() {
        return base + bytes.position();
    }

    public long address(Label label) {
        return base + label.offset;
    }

    public void place(Label label) {
        label.offset = bytes.position();
    }

    public void half(int value) {
        room(2);
        bytes.putShort((short) value);
    }

    public void word(int value) {
        room(4);
        bytes.putInt(value);
    }

    public void doubleWord(long value) {
        room(8);
        bytes.putLong(value);
    }

    /// Fills up to a multiple of `size` bytes from the base.
    public void align(int size) {
        while (bytes.position() % size != 0) {
            half(0);
        }
    }

    private void room(int size) {
        if (bytes.remaining() < size) {
            bytes = ByteBuffer.allocate(bytes.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN).put(bytes.array(), 0, bytes.position());
        }
    }

    /// Any instruction without a label.
    public void op(Operation op, int rd, int rs1, int rs2, long immediate) {
        word(op.encode(rd, rs1, rs2, 0, 0, immediate));
    }

    public void register(RegisterOp op, int rd, int rs1, int rs2) {
        op(op, rd, rs1, rs2, 0);
    }

    public void immediate(ImmediateOp op, int rd, int rs1, long immediate) {
        op(op, rd, rs1, 0, immediate);
    }

    public void addi(int rd, int rs1, long immediate) {
        immediate(ImmediateOp.ADDI, rd, rs1, immediate);
    }

    public void load(LoadOp op, int rd, long offset, int rs1) {
        op(op, rd, rs1, 0, offset);
    }

    public void store(StoreOp op, int rs2, long offset, int rs1) {
        op(op, 0, rs1, rs2, offset);
    }

    public void csr(CsrOp op, int rd, int csr, int rs1) {
        op(op, rd, rs1, 0, csr);
    }

    public void system(SystemOp op) {
        op(op, 0, 0, 0, 0);
    }

    public void branch(BranchOp op, int rs1, int rs2, Label to) {
        use(op, 0, rs1, rs2, to);
    }

    public void jump(int rd, Label to) {
        use(JumpOp.JAL, rd, 0, 0, to);
    }

    public void jumpRegister(int rd, int rs1) {
        op(JumpOp.JALR, rd, rs1, 0, 0);
    }

    /// Address of a label, relative to the pc: two instructions.
    public void address(int rd, Label label) {
        use(UpperOp.AUIPC, rd, 0, 0, label);
        word(0);
    }

    private void use(Operation op, int rd, int rs1, int rs2, Label label) {
        uses.add(new Use(bytes.position(), op, rd, rs1, rs2, label));
        word(0);
    }

    /// Loads a constant: one to eight instructions.
    public void constant(int rd, long value) {
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
    public byte[] finish() {
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
