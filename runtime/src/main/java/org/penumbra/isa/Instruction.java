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

    /// Index of f0 in the register file, in which x0 to x31 come first.
    public static final int FLOATS = 32;
    /// Index of the place that results for x0 go to.
    public static final int SINK = 64;

    /// Index in the register file of the first source register; 0, which is x0, if there is none.
    public int source1() {
        Format format = op.format();
        return format.readsFloatRs1() ? FLOATS + rs1 : format.readsIntegerRs1() ? rs1 : 0;
    }

    /// Index of the second source register, as [#source1()].
    public int source2() {
        Format format = op.format();
        return format.readsFloatRs2() ? FLOATS + rs2 : format.readsIntegerRs2() ? rs2 : 0;
    }

    /// Index of the third source register, as [#source1()]: also rd where it is read.
    public int source3() {
        Format format = op.format();
        return format.readsFloatRs3() ? FLOATS + rs3 : format.readsDestination() ? rd : 0;
    }

    /// Index in the register file of the register that is written; 0, to which nothing may be written, if there is
    /// none.
    public int destination() {
        Format format = op.format();
        return format.writesFloat() ? FLOATS + rd : format.writesInteger() ? rd : 0;
    }

    /// Registers read, one bit each at their index in the register file; x0 is never included.
    public long reads() {
        long pairs = op.format() == Format.ATOMIC_PAIR ? second(rd) | second(rs2) : 0;
        return (1L << source1() | 1L << source2() | 1L << source3() | pairs) & ~1L;
    }

    /// Registers written, in the form of [#reads()].
    public long writes() {
        return (1L << destination() | (op.format() == Format.ATOMIC_PAIR ? second(rd) : 0)) & ~1L;
    }

    /// The second register of a pair, as a bit; none if the first is x0.
    private static long second(int register) {
        return register == 0 ? 0 : 1L << register + 1;
    }

    /// Assembler text; see [Disassembler].
    @Override
    public String toString() {
        return Disassembler.text(this);
    }
}
