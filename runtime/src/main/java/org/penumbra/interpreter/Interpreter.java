// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import static org.penumbra.memory.HostMemory.getByte;
import static org.penumbra.memory.HostMemory.getInt;
import static org.penumbra.memory.HostMemory.getLong;
import static org.penumbra.memory.HostMemory.getShort;
import static org.penumbra.memory.HostMemory.putByte;
import static org.penumbra.memory.HostMemory.putInt;
import static org.penumbra.memory.HostMemory.putLong;
import static org.penumbra.memory.HostMemory.putShort;

import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.mmu.CodePage;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.monitor.Monitor;

/// Runs cold code: one loop over packed instructions, which the host's compiler turns into a jump table.
///
/// Its cases name the rows of the instruction tables, whose meanings are inlined; whatever has no case goes through
/// [Execution]. It leaves when the hart wants attention, when the count of instructions is used up, after an instruction
/// that may change how the next ones are fetched, and at a jump target that has become hot.
public final class Interpreter {
    /// Never hot.
    public static final int NEVER = Integer.MAX_VALUE;
    /// No arrival at a jump's target, or at one that is no entry for a region.
    private static final int NONE = -1;
    /// Of returns one in so many is an arrival: the caller's loop or function is the better entry, but not always there.
    private static final int RETURNS = 16;

    private final Hart hart;
    private final Monitor monitor;
    private final Execution execution;
    private final long indexMask;
    private final int hot;

    /// @param hot arrivals at a backward or indirect jump's target after which it is left to the engine, at most 32,767;
    ///        or [#NEVER]
    public Interpreter(Hart hart, Monitor monitor, int hot) {
        this.hart = hart;
        this.monitor = monitor;
        this.execution = new Execution(hart, monitor);
        this.indexMask = (hart.spaces().entries() - 1L) << ShadowTlb.ENTRY_SHIFT;
        this.hot = hot;
    }

    /// Executes one instruction, or leaves a trap pending.
    public void step() {
        long rest = hart.remaining - 1;
        hart.deadline -= rest;
        hart.remaining = 1;
        run();
        hart.deadline += rest;
        hart.remaining += rest;
    }

    /// Runs from the hart's pc; on return pc, count and registers are in the hart.
    public void run() {
        final long[] x = hart.registers;
        long remaining = hart.remaining;
        long pc = hart.pc;
        int arrival = NONE;
        newPage:
        while (true) {
            CodePage page = monitor.fetch(pc);
            if (page == null || hart.attention) {
                hart.pc = pc;
                hart.remaining = remaining;
                return;
            }
            final long[] words = page.words;
            final long base = pc & -4096;
            final long tlb = hart.dataTlb;
            final short[] heat = page.heat;
            int slot = (int) (pc & 4095) >>> 1;
            if (arrival != NONE) {
                heat[slot] += arrival;
                arrival = NONE;
                if (heat[slot] >= hot) {
                    leave(base, slot, remaining);
                    return;
                }
            }
            while (true) {
                long w = words[slot];
                if (--remaining < 0) {
                    hart.pc = base + 2L * slot;
                    hart.remaining = 0;
                    return;
                }
                int rd = PackedInstruction.rd(w);
                long a = x[PackedInstruction.rs1(w)];
                switch (PackedInstruction.label(w)) {
                    case Label.ADD -> x[rd] = RegisterOp.ADD.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SUB -> x[rd] = RegisterOp.SUB.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SLL -> x[rd] = RegisterOp.SLL.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SLT -> x[rd] = RegisterOp.SLT.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SLTU -> x[rd] = RegisterOp.SLTU.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.XOR -> x[rd] = RegisterOp.XOR.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SRL -> x[rd] = RegisterOp.SRL.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SRA -> x[rd] = RegisterOp.SRA.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.OR -> x[rd] = RegisterOp.OR.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.AND -> x[rd] = RegisterOp.AND.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.ADDW -> x[rd] = RegisterOp.ADDW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SUBW -> x[rd] = RegisterOp.SUBW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SLLW -> x[rd] = RegisterOp.SLLW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SRLW -> x[rd] = RegisterOp.SRLW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SRAW -> x[rd] = RegisterOp.SRAW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MUL -> x[rd] = RegisterOp.MUL.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MULH -> x[rd] = RegisterOp.MULH.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MULHU -> x[rd] = RegisterOp.MULHU.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.DIV -> x[rd] = RegisterOp.DIV.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.DIVU -> x[rd] = RegisterOp.DIVU.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.REM -> x[rd] = RegisterOp.REM.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.REMU -> x[rd] = RegisterOp.REMU.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MULW -> x[rd] = RegisterOp.MULW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.DIVW -> x[rd] = RegisterOp.DIVW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.DIVUW -> x[rd] = RegisterOp.DIVUW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.REMW -> x[rd] = RegisterOp.REMW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.REMUW -> x[rd] = RegisterOp.REMUW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.ADD_UW -> x[rd] = RegisterOp.ADD_UW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SH1ADD -> x[rd] = RegisterOp.SH1ADD.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SH2ADD -> x[rd] = RegisterOp.SH2ADD.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SH3ADD -> x[rd] = RegisterOp.SH3ADD.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SH1ADD_UW -> x[rd] = RegisterOp.SH1ADD_UW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SH2ADD_UW -> x[rd] = RegisterOp.SH2ADD_UW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.SH3ADD_UW -> x[rd] = RegisterOp.SH3ADD_UW.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.ANDN -> x[rd] = RegisterOp.ANDN.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MIN -> x[rd] = RegisterOp.MIN.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MINU -> x[rd] = RegisterOp.MINU.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MAX -> x[rd] = RegisterOp.MAX.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.MAXU -> x[rd] = RegisterOp.MAXU.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.ROL -> x[rd] = RegisterOp.ROL.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.ROR -> x[rd] = RegisterOp.ROR.apply(a, x[PackedInstruction.rs2(w)]);
                    case Label.ADDI -> x[rd] = ImmediateOp.ADDI.apply(a, PackedInstruction.immediate(w));
                    case Label.SLTI -> x[rd] = ImmediateOp.SLTI.apply(a, PackedInstruction.immediate(w));
                    case Label.SLTIU -> x[rd] = ImmediateOp.SLTIU.apply(a, PackedInstruction.immediate(w));
                    case Label.XORI -> x[rd] = ImmediateOp.XORI.apply(a, PackedInstruction.immediate(w));
                    case Label.ORI -> x[rd] = ImmediateOp.ORI.apply(a, PackedInstruction.immediate(w));
                    case Label.ANDI -> x[rd] = ImmediateOp.ANDI.apply(a, PackedInstruction.immediate(w));
                    case Label.SLLI -> x[rd] = ImmediateOp.SLLI.apply(a, PackedInstruction.immediate(w));
                    case Label.SRLI -> x[rd] = ImmediateOp.SRLI.apply(a, PackedInstruction.immediate(w));
                    case Label.SRAI -> x[rd] = ImmediateOp.SRAI.apply(a, PackedInstruction.immediate(w));
                    case Label.ADDIW -> x[rd] = ImmediateOp.ADDIW.apply(a, PackedInstruction.immediate(w));
                    case Label.SLLIW -> x[rd] = ImmediateOp.SLLIW.apply(a, PackedInstruction.immediate(w));
                    case Label.SRLIW -> x[rd] = ImmediateOp.SRLIW.apply(a, PackedInstruction.immediate(w));
                    case Label.SRAIW -> x[rd] = ImmediateOp.SRAIW.apply(a, PackedInstruction.immediate(w));
                    case Label.SLLI_UW -> x[rd] = ImmediateOp.SLLI_UW.apply(a, PackedInstruction.immediate(w));
                    case Label.CLZ -> x[rd] = ImmediateOp.CLZ.apply(a, PackedInstruction.immediate(w));
                    case Label.CTZ -> x[rd] = ImmediateOp.CTZ.apply(a, PackedInstruction.immediate(w));
                    case Label.CPOP -> x[rd] = ImmediateOp.CPOP.apply(a, PackedInstruction.immediate(w));
                    case Label.SEXT_B -> x[rd] = ImmediateOp.SEXT_B.apply(a, PackedInstruction.immediate(w));
                    case Label.SEXT_H -> x[rd] = ImmediateOp.SEXT_H.apply(a, PackedInstruction.immediate(w));
                    case Label.ZEXT_H -> x[rd] = ImmediateOp.ZEXT_H.apply(a, PackedInstruction.immediate(w));
                    case Label.REV8 -> x[rd] = ImmediateOp.REV8.apply(a, PackedInstruction.immediate(w));
                    case Label.RORI -> x[rd] = ImmediateOp.RORI.apply(a, PackedInstruction.immediate(w));
                    case Label.RORIW -> x[rd] = ImmediateOp.RORIW.apply(a, PackedInstruction.immediate(w));
                    case Label.BEXTI -> x[rd] = ImmediateOp.BEXTI.apply(a, PackedInstruction.immediate(w));
                    case Label.LUI -> x[rd] = UpperOp.LUI.apply(base + 2L * slot, PackedInstruction.immediate(w));
                    case Label.AUIPC -> x[rd] = UpperOp.AUIPC.apply(base + 2L * slot, PackedInstruction.immediate(w));
                    case Label.LB, Label.LBU -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.LOAD_TAG) == (gva & -4096)) {
                            byte raw = getByte(gva + getLong(entry + ShadowTlb.ADDEND));
                            x[rd] = PackedInstruction.label(w) == Label.LB ? raw : raw & 0xff;
                        } else if (slowLoad(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.LH, Label.LHU -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.LOAD_TAG) == (gva & -4096 + 1)) {
                            short raw = getShort(gva + getLong(entry + ShadowTlb.ADDEND));
                            x[rd] = PackedInstruction.label(w) == Label.LH ? raw : raw & 0xffff;
                        } else if (slowLoad(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.LW -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.LOAD_TAG) == (gva & -4096 + 3)) {
                            x[rd] = getInt(gva + getLong(entry + ShadowTlb.ADDEND));
                        } else if (slowLoad(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.LWU -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.LOAD_TAG) == (gva & -4096 + 3)) {
                            x[rd] = getInt(gva + getLong(entry + ShadowTlb.ADDEND)) & 0xffff_ffffL;
                        } else if (slowLoad(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.LD -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.LOAD_TAG) == (gva & -4096 + 7)) {
                            x[rd] = getLong(gva + getLong(entry + ShadowTlb.ADDEND));
                        } else if (slowLoad(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.FLD -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.LOAD_TAG) == (gva & -4096 + 7) && hart.floatState == Hart.FLOAT_DIRTY) {
                            x[rd] = getLong(gva + getLong(entry + ShadowTlb.ADDEND));
                        } else if (generic(w, page, base, slot, remaining)) {
                            return;
                        }
                    }
                    case Label.SB -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.STORE_TAG) == (gva & -4096)) {
                            putByte(gva + getLong(entry + ShadowTlb.ADDEND), (byte) x[PackedInstruction.rs2(w)]);
                        } else if (slowStore(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.SH -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.STORE_TAG) == (gva & -4096 + 1)) {
                            putShort(gva + getLong(entry + ShadowTlb.ADDEND), (short) x[PackedInstruction.rs2(w)]);
                        } else if (slowStore(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.SW -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.STORE_TAG) == (gva & -4096 + 3)) {
                            putInt(gva + getLong(entry + ShadowTlb.ADDEND), (int) x[PackedInstruction.rs2(w)]);
                        } else if (slowStore(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.SD -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.STORE_TAG) == (gva & -4096 + 7)) {
                            putLong(gva + getLong(entry + ShadowTlb.ADDEND), x[PackedInstruction.rs2(w)]);
                        } else if (slowStore(w, gva, base + 2L * slot, remaining)) {
                            return;
                        }
                    }
                    case Label.FSD -> {
                        long gva = a + PackedInstruction.immediate(w);
                        long entry = tlb + (gva >>> 7 & indexMask);
                        if (getLong(entry + ShadowTlb.STORE_TAG) == (gva & -4096 + 7) && hart.floatState != Hart.FLOAT_OFF) {
                            putLong(gva + getLong(entry + ShadowTlb.ADDEND), x[PackedInstruction.rs2(w)]);
                        } else if (generic(w, page, base, slot, remaining)) {
                            return;
                        }
                    }
                    case Label.BEQ -> {
                        if (!BranchOp.BEQ.test(a, x[PackedInstruction.rs2(w)])) {
                            slot += PackedInstruction.halves(w);
                            continue;
                        }
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if (w < 0 && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    case Label.BNE -> {
                        if (!BranchOp.BNE.test(a, x[PackedInstruction.rs2(w)])) {
                            slot += PackedInstruction.halves(w);
                            continue;
                        }
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if (w < 0 && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    case Label.BLT -> {
                        if (!BranchOp.BLT.test(a, x[PackedInstruction.rs2(w)])) {
                            slot += PackedInstruction.halves(w);
                            continue;
                        }
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if (w < 0 && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    case Label.BGE -> {
                        if (!BranchOp.BGE.test(a, x[PackedInstruction.rs2(w)])) {
                            slot += PackedInstruction.halves(w);
                            continue;
                        }
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if (w < 0 && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    case Label.BLTU -> {
                        if (!BranchOp.BLTU.test(a, x[PackedInstruction.rs2(w)])) {
                            slot += PackedInstruction.halves(w);
                            continue;
                        }
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if (w < 0 && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    case Label.BGEU -> {
                        if (!BranchOp.BGEU.test(a, x[PackedInstruction.rs2(w)])) {
                            slot += PackedInstruction.halves(w);
                            continue;
                        }
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if (w < 0 && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    case Label.JAL -> {
                        x[rd] = base + 2L * (slot + PackedInstruction.halves(w));
                        slot += PackedInstruction.immediate(w);
                        if ((slot & -CodePage.SLOTS) == 0) {
                            if ((w < 0 || rd != Hart.SINK) && ++heat[slot] >= hot) {
                                leave(base, slot, remaining);
                                return;
                            }
                            continue;
                        }
                        pc = base + 2L * slot;
                        arrival = w < 0 || rd != Hart.SINK ? 1 : NONE;
                        continue newPage;
                    }
                    case Label.JALR -> {
                        pc = a + PackedInstruction.immediate(w) & -2;
                        x[rd] = base + 2L * (slot + PackedInstruction.halves(w));
                        int weight = PackedInstruction.isReturn(w) && (remaining & RETURNS - 1) != 0 ? 0 : 1;
                        if ((pc & -4096) != base) {
                            arrival = weight;
                            continue newPage;
                        }
                        slot = (int) (pc & 4095) >>> 1;
                        if ((heat[slot] += weight) >= hot) {
                            leave(base, slot, remaining);
                            return;
                        }
                        continue;
                    }
                    case Label.UNDECODED -> {
                        remaining++;
                        words[slot] = execution.decode(page, slot);
                        continue;
                    }
                    case Label.PAGE_END -> {
                        remaining++;
                        pc = base + 2L * slot;
                        continue newPage;
                    }
                    default -> {
                        int label = PackedInstruction.label(w);
                        if (label >= Label.FLOAT_FIRST && label <= Label.FLOAT_LAST && hart.floatState == Hart.FLOAT_DIRTY
                                && execution.floating(w, x)) {
                            break;
                        }
                        if (generic(w, page, base, slot, remaining)) {
                            return;
                        }
                    }
                }
                slot += PackedInstruction.halves(w);
            }
        }
    }

    private void leave(long base, int slot, long remaining) {
        hart.pc = base + 2L * slot;
        hart.remaining = remaining;
    }

    /// @return whether the loop must be left, with the hart's state complete
    private boolean slowLoad(long w, long gva, long pc, long remaining) {
        hart.pc = pc;
        hart.remaining = remaining + 1;
        LoadOp op = (LoadOp) PackedInstruction.operation(w);
        long raw = monitor.load(gva, op.size());
        if (hart.trapPending()) {
            return true;
        }
        hart.registers[PackedInstruction.rd(w)] = op.extend(raw);
        return finished(w, pc, remaining);
    }

    private boolean slowStore(long w, long gva, long pc, long remaining) {
        hart.pc = pc;
        hart.remaining = remaining + 1;
        monitor.store(gva, ((StoreOp) PackedInstruction.operation(w)).size(), hart.registers[PackedInstruction.rs2(w)]);
        return hart.trapPending() || finished(w, pc, remaining);
    }

    private boolean finished(long w, long pc, long remaining) {
        if (!hart.attention) {
            return false;
        }
        hart.pc = pc + 2L * PackedInstruction.halves(w);
        hart.remaining = remaining;
        return true;
    }

    /// @return whether the loop must be left, with the hart's state complete
    private boolean generic(long w, CodePage page, long base, int slot, long remaining) {
        hart.pc = base + 2L * slot;
        hart.remaining = remaining + 1;
        return execution.execute(page) || finished(w, hart.pc, remaining);
    }
}
