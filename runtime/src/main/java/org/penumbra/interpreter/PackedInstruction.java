// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.Format;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.Operation;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.CodePage;
import org.penumbra.mmu.ShadowTlb;

/// An instruction as one `long`, made for the interpreter's loop.
///
/// Bits 0–7: one more than the operation's code (0 is "not decoded yet"), or [Label#MARKER]; 8–15: destination register,
/// x0 replaced by the sink; 16–23 and 24–29: source registers, floats from 32; 30: set for branches and `jal` that go back
/// or link, whose arrivals count; 31: set for four bytes; 32–63: the immediate, in half-words for branches and `jal`. Fused
/// operations keep rs3 and the rounding mode, floating ones the rounding mode there.
final class PackedInstruction {
    /// Stands at the last half-word of a page for an instruction that goes on in the next one.
    static final long PAGE_CROSSING = CodePage.UNKEPT;

    private static final long COUNTS = 1 << 30;

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
        boolean counts = i.op() instanceof BranchOp ? immediate < 0 : i.op() == JumpOp.JAL && (immediate < 0 || i.rd() != 0);
        return label | (long) rd << 8 | (long) rs1 << 16 | (long) rs2 << 24 | (counts ? COUNTS : 0)
                | (i.length() == 4 ? 1L << 31 : 0) | immediate << 32;
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

    static long immediate(long word) {
        return word >> 32;
    }

    /// Length in half-words.
    static int halves(long word) {
        return 1 + ((int) word >>> 31);
    }

    /// Whether the arrival at the target of a branch or `jal` counts.
    static boolean counts(long word) {
        return (word & COUNTS) != 0;
    }

    static int roundingMode(long word) {
        return (int) immediate(word) & 7;
    }

    static int rs3(long word) {
        return Hart.FLOATS + ((int) immediate(word) >>> 3 & 31);
    }

    /// Value of the first source register.
    static long first(long[] registers, long word) {
        return HostMemory.element(registers, (word >>> 16 & 0x7f) << 3);
    }

    /// Sum of the first source register and the immediate. The register is read anew: the host's compiler would otherwise
    /// work out addresses, tags and TLB entries before the switch, for every instruction, and keep all in memory.
    static long address(long[] registers, long word) {
        return HostMemory.elementAnew(registers, (word >>> 16 & 0x7f) << 3) + immediate(word);
    }

    /// Value of the second source register.
    static long second(long[] registers, long word) {
        return HostMemory.element(registers, (word >>> 24 & 0x3f) << 3);
    }

    /// Sets the destination register.
    static void put(long[] registers, long word, long value) {
        HostMemory.setElement(registers, (word >>> 8 & 0x7f) << 3, value);
    }

    /// What to add to the offset of an instruction's word to get at the next one's.
    static long length(long word) {
        return 8L * halves(word);
    }

    /// Host address of a load that hits the shadow TLB at `tlb`, or 0.
    /// @param mask of the bits of an entry's offset in the TLB
    static long loadable(long tlb, long mask, long gva, int size) {
        return hit(tlb + (gva >>> 12 - ShadowTlb.ENTRY_SHIFT & mask), ShadowTlb.LOAD_TAG, gva, size);
    }

    /// Host address of a store that hits the shadow TLB at `tlb`, or 0.
    static long storable(long tlb, long mask, long gva, int size) {
        return hit(tlb + (gva >>> 12 - ShadowTlb.ENTRY_SHIFT & mask), ShadowTlb.STORE_TAG, gva, size);
    }

    private static long hit(long entry, int tag, long gva, int size) {
        return HostMemory.getLong(entry + tag) == ShadowTlb.wanted(gva, size)
                ? gva + HostMemory.getLong(entry + ShadowTlb.ADDEND) : 0;
    }
}
