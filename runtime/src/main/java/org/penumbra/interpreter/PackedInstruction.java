// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.Format;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.Operation;
import org.penumbra.mmu.CodePage;

/// An instruction as one `long`, made for the interpreter's loop.
///
/// Bits 0–7: one more than the operation's code (0 is "not decoded yet"), or [Label#MARKER]; 8–15: destination register, x0 replaced by the
/// sink; 16–23 and 24–29: source registers, floats from 32; 30: set for four bytes; 32–63: the immediate, in half-words
/// for branches and `jal`. Fused operations keep rs3 and the rounding mode, floating ones the rounding mode there.
final class PackedInstruction {
    /// Stands at the last half-word of a page for an instruction that goes on in the next one.
    static final long PAGE_CROSSING = CodePage.UNKEPT;

    private static final Operation[] OPERATIONS = Operation.all().toArray(Operation[]::new);

    private PackedInstruction() {
    }

    static long pack(Instruction i) {
        Format format = i.op().format();
        int rd = format.writesFloat() ? Hart.FLOATS + i.rd() : i.rd() == 0 ? Hart.SINK : i.rd();
        int rs1 = format.readsFloatRs1() ? Hart.FLOATS + i.rs1() : i.rs1();
        int rs2 = format.readsFloatRs2() ? Hart.FLOATS + i.rs2() : i.rs2();
        long immediate = i.op() instanceof BranchOp || i.op() == JumpOp.JAL ? i.immediate() >> 1 : i.immediate();
        if (i.op() instanceof FloatOp) {
            immediate = i.rs3() << 3 | i.rm();
        }
        int label = Execution.isMarker(i) ? Label.MARKER : i.op().code() + 1;
        return label | (long) rd << 8 | (long) rs1 << 16 | (long) rs2 << 24 | (i.length() == 4 ? 1L << 30 : 0)
                | immediate << 32;
    }

    static int label(long word) {
        return (int) word & 0xff;
    }

    static Operation operation(long word) {
        return OPERATIONS[label(word) - 1];
    }

    static int rd(long word) {
        return (int) word >>> 8 & 0xff;
    }

    static int rs1(long word) {
        return (int) word >>> 16 & 0xff;
    }

    static int rs2(long word) {
        return (int) word >>> 24 & 0x3f;
    }

    /// Whether an indirect jump is a return, going by its registers: it links nothing and jumps to x1 or x5.
    static boolean isReturn(long word) {
        return ((int) word & 0xfb_ff00) == (1 << 16 | Hart.SINK << 8);
    }

    static int immediate(long word) {
        return (int) (word >> 32);
    }

    /// Length in half-words.
    static int halves(long word) {
        return 1 + ((int) word >>> 30);
    }

    static int roundingMode(long word) {
        return immediate(word) & 7;
    }

    static int rs3(long word) {
        return Hart.FLOATS + (immediate(word) >>> 3 & 31);
    }
}
