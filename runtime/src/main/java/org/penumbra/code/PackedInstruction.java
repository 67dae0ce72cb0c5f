// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.memory.HostMemory;

/// A decoded instruction packed into one `long` for the interpreter's loop, which reads each field from memory where it
/// needs it.
///
/// | Byte | Holds |
/// |---|---|
/// | 0 | the [Label] |
/// | 1 | destination register, x0 replaced by the sink; the size of a store; bit 7 set for four bytes |
/// | 2, 3 | source registers, floats from 32; byte 3 the size of a load; for `jal`, both: next instruction's offset |
/// | 4–7 | the immediate |
///
/// In the immediate of branches and `jal`, bit 0 is set if they jump backwards or link: their arrivals are counted. The
/// immediate of `jalr` has the offset of the next instruction in its upper half, that of `auipc` the offset of the
/// instruction itself in its low bits. Floating-point computations store the operation, the index of the third source
/// register and the rounding mode there; atomic operations, the first two of these.
public final class PackedInstruction {
    /// Word at the last half-word of a page for an instruction that continues in the next page.
    public static final long PAGE_CROSSING = CodePage.UNKEPT;

    private static final int FOUR_BYTES = 1 << 15;

    private static final FloatOp[] FLOAT_OPS = FloatOp.values();
    private static final AtomicOp[] ATOMIC_OPS = AtomicOp.values();

    private PackedInstruction() {
    }

    /// @param slot index of the instruction's half-word in its page
    /// @param hint whether it is a hint with a meaning beyond its operation, which the generic path must handle
    public static long pack(Instruction i, int slot, boolean hint) {
        int label = hint ? Label.OTHER : Label.of(i.op());
        return label | (i.length() == 4 ? FOUR_BYTES : 0) | packedDestination(i) << 8 | packedSources(i, slot) << 16
                | packedImmediate(i, slot) << 32;
    }

    private static long packedDestination(Instruction i) {
        if (i.op() instanceof StoreOp op) {
            return op.size();
        }
        return i.destination() == 0 ? Instruction.SINK : i.destination();
    }

    private static long packedSources(Instruction i, int slot) {
        if (i.op() == JumpOp.JAL) {
            return next(i, slot);
        }
        return i.source1() | (i.op() instanceof LoadOp op ? op.size() : i.source2()) << 8;
    }

    private static long packedImmediate(Instruction i, int slot) {
        return switch (i.op()) {
            case BranchOp _ -> i.immediate() | (i.immediate() < 0 ? 1 : 0);
            case JumpOp op -> op == JumpOp.JAL ? i.immediate() | (i.immediate() < 0 || i.rd() != 0 ? 1 : 0)
                    : i.immediate() & 0xffff | next(i, slot) << 16;
            case UpperOp op -> op == UpperOp.AUIPC ? i.immediate() | 2L * slot : i.immediate();
            case FloatOp op -> op.ordinal() << 9 | i.source3() << 3 | i.rm();
            case AtomicOp op when !op.paired() -> op.ordinal() << 9 | i.source3() << 3;
            default -> i.immediate();
        };
    }

    private static long next(Instruction i, int slot) {
        return 2L * slot + i.length();
    }

    public static int label(long word) {
        return (int) word & 0xff;
    }

    /// The operation of the label, or null if the label stands for several operations or for none.
    public static Operation operation(long word) {
        return Label.operation(label(word));
    }

    /// The floating-point operation of a word labelled [Label#FLOAT].
    public static FloatOp floatOperation(long word) {
        return FLOAT_OPS[(int) immediate(word) >>> 9];
    }

    /// The atomic operation of a word labelled [Label#ATOMIC].
    public static AtomicOp atomicOperation(long word) {
        return ATOMIC_OPS[(int) immediate(word) >>> 9];
    }

    public static int rd(long word) {
        return (int) word >>> 8 & 0x7f;
    }

    public static int rs1(long word) {
        return (int) word >>> 16 & 0xff;
    }

    public static int rs2(long word) {
        return (int) word >>> 24;
    }

    public static long immediate(long word) {
        return word >> 32;
    }

    /// Length in half-words.
    public static int halves(long word) {
        return 1 + ((int) word >>> 15 & 1);
    }

    public static int roundingMode(long word) {
        return (int) immediate(word) & 7;
    }

    public static int rs3(long word) {
        return (int) immediate(word) >>> 3 & 63;
    }

    // ---- for the loop: of the word at a host address
    //
    // Words live off-heap so that C2 cannot merge equal reads from different cases of the loop's switch. With heap
    // arrays it hoists them, and everything computed from them, above the switch and spills the results: 85 host
    // instructions per guest instruction instead of about 35.

    public static int labelAt(long at) {
        return HostMemory.getByte(at) & 0xff;
    }

    /// Whether the instruction is four bytes long.
    public static boolean isLong(long at) {
        return HostMemory.getByte(at + 1) < 0;
    }

    /// Value of the first source register.
    public static long first(long[] registers, long at) {
        return HostMemory.indexed(registers, at + 2);
    }

    /// Value of the second source register.
    public static long second(long[] registers, long at) {
        return HostMemory.indexed(registers, at + 3);
    }

    public static long immediateAt(long at) {
        return HostMemory.getInt(at + 4);
    }

    /// Sum of the first source register and the immediate.
    public static long address(long[] registers, long at) {
        return HostMemory.indexed(registers, at + 2) + HostMemory.getInt(at + 4);
    }

    public static int loadSize(long at) {
        return HostMemory.getByte(at + 3);
    }

    public static int storeSize(long at) {
        return HostMemory.getByte(at + 1) & 0x7f;
    }

    /// Distance from the word of a branch or `jal` to the word of its target.
    public static long distance(long at) {
        return (long) (HostMemory.getInt(at + 4) & -2) << 2;
    }

    /// Whether arrivals at the target of this branch or `jal` are counted.
    public static boolean counts(long at) {
        return (HostMemory.getByte(at + 4) & 1) != 0;
    }

    /// Offset, in its page, of the instruction after a `jal`.
    public static long link(long at) {
        return HostMemory.getShort(at + 2);
    }

    /// Target of a `jalr`.
    public static long target(long[] registers, long at) {
        return HostMemory.indexed(registers, at + 2) + HostMemory.getShort(at + 4) & -2;
    }

    /// Offset, in its page, of the instruction after a `jalr`.
    public static long indirectLink(long at) {
        return HostMemory.getShort(at + 6);
    }

    /// Whether the registers of a `jalr` mark it as a return: it does not link, and jumps to x1 or x5.
    public static boolean isReturn(long at) {
        return (HostMemory.getInt(at) & 0xfb_7f00) == (1 << 16 | Instruction.SINK << 8);
    }

    /// Sets the destination register.
    public static void put(long[] registers, long at, long value) {
        HostMemory.setElement(registers, HostMemory.getByte(at + 1) & 0x7f, value);
    }
}
