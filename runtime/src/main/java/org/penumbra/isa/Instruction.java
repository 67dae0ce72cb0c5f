// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

/// Decoded instruction. Operands that the operation does not have are 0.
///
/// @param op what it does; [SystemOp#ILLEGAL] if it cannot be decoded
/// @param rd destination register 0 to 31, in the file that the operation's [Format] says; likewise rs1 to rs3
/// @param rs1 first source, or the 5-bit number of `csrrwi` and its like
/// @param rm rounding mode field, 0 to 7: 7 is dynamic, 5 and 6 are reserved and trap on execution
/// @param immediate extended to 64 bits; the CSR's number; the 12 bits fm, pred, succ of a fence; the 2 bits aq, rl of
///        an atomic operation
/// @param length in bytes, 2 or 4
/// @param bits the instruction as fetched, for mtval: the low 16 bits only if it is compressed
public record Instruction(Operation op, int rd, int rs1, int rs2, int rs3, int rm, long immediate, int length,
        int bits) {

    /// First bit of the float registers in [#reads()] and [#writes()].
    public static final int FLOAT_BASE = 32;

    /// Registers read, one bit each: x1 to x31 at their numbers, f0 to f31 at 32 and up; x0 is never included.
    public long reads() {
        Format format = op.format();
        long set = 0;
        if (format.readsIntegerRs1()) {
            set |= 1L << rs1;
        }
        if (format.readsIntegerRs2()) {
            set |= 1L << rs2;
        }
        if (format.readsFloatRs1()) {
            set |= 1L << FLOAT_BASE + rs1;
        }
        if (format.readsFloatRs2()) {
            set |= 1L << FLOAT_BASE + rs2;
        }
        if (format.readsFloatRs3()) {
            set |= 1L << FLOAT_BASE + rs3;
        }
        return set & ~1L;
    }

    /// Registers written, in the form of [#reads()].
    public long writes() {
        Format format = op.format();
        if (format.writesFloat()) {
            return 1L << FLOAT_BASE + rd;
        }
        return format.writesInteger() ? 1L << rd & ~1L : 0;
    }

    /// Assembler text; see [Disassembler].
    @Override
    public String toString() {
        return Disassembler.text(this);
    }
}
