// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// A raw image for the start of RAM, written instruction by instruction.
final class GuestCode {

    static final int ZERO = 0, T0 = 5, T1 = 6, T2 = 7, S1 = 9, A0 = 10, A1 = 11, A2 = 12, A3 = 13,
            A4 = 14;
    static final int STVEC = 0x105, SSCRATCH = 0x140, SEPC = 0x141, SATP = 0x180, MSTATUS = 0x300,
            MEDELEG = 0x302, MTVEC = 0x305, MEPC = 0x341, PMPCFG0 = 0x3a0, PMPADDR0 = 0x3b0;

    private final ByteBuffer bytes;

    /// @param size of the image in bytes
    GuestCode(int size) {
        bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    byte[] image() {
        return bytes.array();
    }

    /// Offset of the next instruction.
    int here() {
        return bytes.position();
    }

    /// Goes on at an offset, which nothing has reached yet.
    GuestCode at(int offset) {
        if (offset < here()) {
            throw new IllegalArgumentException("the code has already reached 0x" + Integer.toHexString(here()));
        }
        bytes.position(offset);
        return this;
    }

    /// A doubleword of data, wherever the code goes on.
    GuestCode data(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    GuestCode word(int bits) {
        bytes.putInt(bits);
        return this;
    }

    /// `op rd, rs1, imm`, and loads.
    GuestCode immediate(Operation op, int rd, int rs1, long immediate) {
        return word(op.encode(rd, rs1, 0, 0, 0, immediate));
    }

    GuestCode add(int rd, int rs1, long immediate) {
        return immediate(ImmediateOp.ADDI, rd, rs1, immediate);
    }

    /// A number of 12 bits, signed.
    GuestCode li(int rd, long value) {
        return add(rd, ZERO, value);
    }

    /// A number of 31 bits; two instructions.
    GuestCode liWide(int rd, int value) {
        int low = value << 20 >> 20;
        return word(UpperOp.LUI.encode(rd, 0, 0, 0, 0, value - low)).add(rd, rd, low);
    }

    /// The address of an offset; two instructions.
    GuestCode address(int rd, int offset) {
        int distance = offset - here();
        int low = distance << 20 >> 20;
        return word(UpperOp.AUIPC.encode(rd, 0, 0, 0, 0, distance - low)).add(rd, rd, low);
    }

    GuestCode register(RegisterOp op, int rd, int rs1, int rs2) {
        return word(op.encode(rd, rs1, rs2, 0, 0, 0));
    }

    /// Stores, and branches to an offset.
    GuestCode store(Operation op, int rs2, int rs1, long offset) {
        return word(op.encode(0, rs1, rs2, 0, 0, offset));
    }

    GuestCode branch(Operation op, int rs1, int rs2, int target) {
        return store(op, rs2, rs1, target - here());
    }

    GuestCode jump(int target) {
        return word(JumpOp.JAL.encode(ZERO, 0, 0, 0, 0, target - here()));
    }

    GuestCode read(int rd, int csr) {
        return word(CsrOp.CSRRS.encode(rd, ZERO, 0, 0, 0, csr));
    }

    GuestCode write(int csr, int rs1) {
        return word(CsrOp.CSRRW.encode(ZERO, rs1, 0, 0, 0, csr));
    }

    GuestCode system(SystemOp op) {
        return word(op.encode(0, 0, 0, 0, 0, 0));
    }

    /// Opens all memory to S and U and goes on at an offset in one of them. Uses t0 and t1.
    ///
    /// @param privilege 0 for U, 1 for S
    GuestCode leaveMachineMode(int privilege, int offset) {
        li(T0, -1).write(PMPADDR0, T0).li(T0, 0x1f).write(PMPCFG0, T0);
        address(T0, offset).write(MEPC, T0);
        liWide(T0, 3 << 11).word(CsrOp.CSRRC.encode(ZERO, T0, 0, 0, 0, MSTATUS));
        liWide(T0, privilege << 11).word(CsrOp.CSRRS.encode(ZERO, T0, 0, 0, 0, MSTATUS));
        return system(SystemOp.MRET);
    }
}
