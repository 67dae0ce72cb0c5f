// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.UpperOp;

/// Guest programs of a few instructions, as raw images for the start of RAM.
final class Assembly {
    static final long RAM = 0x8000_0000L;
    static final int FINISHER = 0x100;
    static final int UART = 0x10000;

    static final int ZERO = 0;
    static final int T0 = 5;
    static final int T1 = 6;
    static final int T2 = 7;
    static final int A0 = 10;
    static final int A1 = 11;
    static final int A2 = 12;

    private final List<Integer> words = new ArrayList<>();

    Assembly word(int bits) {
        words.add(bits);
        return this;
    }

    /// `op rd, rs1, imm`, and loads.
    Assembly immediate(Operation op, int rd, int rs1, long immediate) {
        return word(op.encode(rd, rs1, 0, 0, 0, immediate));
    }

    Assembly register(Operation op, int rd, int rs1, int rs2) {
        return word(op.encode(rd, rs1, rs2, 0, 7, 0));
    }

    Assembly store(Operation op, int rs2, int rs1, long offset) {
        return word(op.encode(0, rs1, rs2, 0, 0, offset));
    }

    Assembly branch(Operation op, int rs1, int rs2, long offset) {
        return word(op.encode(0, rs1, rs2, 0, 0, offset));
    }

    /// `op rd, csr, rs1`.
    Assembly csr(Operation op, int rd, int csr, int rs1) {
        return word(op.encode(rd, rs1, 0, 0, 0, csr));
    }

    Assembly system(Operation op) {
        return word(op.encode(0, 0, 0, 0, 0, 0));
    }

    /// Loads a number of 12 bits, signed.
    Assembly li(int rd, long value) {
        return immediate(ImmediateOp.ADDI, rd, ZERO, value);
    }

    /// Loads `upper << 12`, sign-extended from 32 bits.
    Assembly lui(int rd, int upper) {
        return word(UpperOp.LUI.encode(rd, 0, 0, 0, 0, (long) (upper << 12)));
    }

    /// Ends the run with a status of 0 to 15; uses t0 and t1. 4 instructions.
    Assembly exit(int status) {
        // Success has a word of its own: a failure with status 0 would be status 1.
        int word = status == 0 ? 0x5555 : status << 16 | 0x3333;
        return lui(T0, FINISHER).lui(T1, word >>> 12).immediate(ImmediateOp.ADDI, T1, T1, word & 0xfff)
                .store(org.penumbra.isa.StoreOp.SW, T1, T0, 0);
    }

    int size() {
        return 4 * words.size();
    }

    byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(size()).order(ByteOrder.LITTLE_ENDIAN);
        words.forEach(bytes::putInt);
        return bytes.array();
    }
}
