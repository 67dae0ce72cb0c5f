// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import static org.penumbra.interpreter.PackedInstruction.address;
import static org.penumbra.interpreter.PackedInstruction.counts;
import static org.penumbra.interpreter.PackedInstruction.first;
import static org.penumbra.interpreter.PackedInstruction.immediate;
import static org.penumbra.interpreter.PackedInstruction.label;
import static org.penumbra.interpreter.PackedInstruction.length;
import static org.penumbra.interpreter.PackedInstruction.loadable;
import static org.penumbra.interpreter.PackedInstruction.put;
import static org.penumbra.interpreter.PackedInstruction.second;
import static org.penumbra.interpreter.PackedInstruction.storable;
import static org.penumbra.memory.HostMemory.getByte;
import static org.penumbra.memory.HostMemory.getInt;
import static org.penumbra.memory.HostMemory.getLong;
import static org.penumbra.memory.HostMemory.getShort;
import static org.penumbra.memory.HostMemory.putByte;
import static org.penumbra.memory.HostMemory.putInt;
import static org.penumbra.memory.HostMemory.putLong;
import static org.penumbra.memory.HostMemory.putShort;

import java.util.Objects;
import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.memory.HostMemory;
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

    /// Why [#loop] came back: it is to be left; there is no fetch translation for the hart's pc; the instruction there is
    /// for [#cared].
    private static final int LEFT = 0;
    private static final int FETCH = 1;
    private static final int CARE = 2;

    private final Hart hart;
    private final Monitor monitor;
    private final Execution execution;
    private final long indexMask;
    private final int hot;
    private final boolean counting;
    /// Where arrivals are counted in vain if none is hot, to leave those of the pages out of the caches.
    private final short[] idle = new short[CodePage.SLOTS];

    /// @param hot arrivals at a backward or indirect jump's target after which it is left to the engine, at most 32,767;
    ///        or [#NEVER]
    public Interpreter(Hart hart, Monitor monitor, int hot) {
        this.hart = hart;
        this.monitor = monitor;
        this.execution = new Execution(hart, monitor);
        this.indexMask = (hart.spaces().entries() - 1L) << ShadowTlb.ENTRY_SHIFT;
        this.hot = hot;
        this.counting = hot != NEVER;
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
        while (true) {
            switch (loop()) {
                case FETCH -> {
                    if (monitor.fetch(hart.pc) == null || hart.attention) {
                        return;
                    }
                }
                case CARE -> {
                    if (!cared() || hart.attention || hart.remaining <= 0) {
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    /// Runs until something is due that the loop does not do itself.
    ///
    /// What it works with is to stay in registers of the host. So it calls nothing that the host's compiler does not
    /// inline (compiler-directives.json names what it has to), and rare things are done by [#cared].
    /// @return [#LEFT], [#FETCH] or [#CARE]; pc, count and registers are in the hart
    private int loop() {
        final long[] x = Objects.requireNonNull(hart.registers);
        final long mask = indexMask;
        final long tlb = hart.dataTlb;
        long remaining = hart.remaining;
        long pc = hart.pc;
        int arrival = NONE;
        newPage:
        while (true) {
            CodePage code = hart.fetchTlb.lookup(pc);
            if (code == null || hart.attention) {
                hart.pc = pc;
                hart.remaining = remaining;
                return FETCH;
            }
            final long[] words = Objects.requireNonNull(code.words);
            final short[] heat = counting ? code.heat : idle;
            final long base = CodePage.page(pc);
            // Offset of the instruction's word in bytes: eight for a half-word of code.
            long at = (pc & 4094) << 2;
            int reason = CARE;
            page: {
                if (arrival != NONE) {
                    int weight = arrival;
                    arrival = NONE;
                    if ((heat[(int) (at >>> 3)] += (short) weight) >= hot) {
                        reason = LEFT;
                        break page;
                    }
                }
                while (true) {
                    long w = HostMemory.element(words, at);
                    if (--remaining < 0) {
                        reason = LEFT;
                        remaining = 0;
                        break page;
                    }
                    long a = first(x, w);
                    long b = second(x, w);
                    taken: {
                        next: {
                            long value;
                            switch (label(w)) {
                            case Label.UNDECODED -> {
                                break page;
                            }
                            case Label.ADD -> value = RegisterOp.ADD.apply(a, b);
                            case Label.SUB -> value = RegisterOp.SUB.apply(a, b);
                            case Label.SLL -> value = RegisterOp.SLL.apply(a, b);
                            case Label.SLT -> value = RegisterOp.SLT.apply(a, b);
                            case Label.SLTU -> value = RegisterOp.SLTU.apply(a, b);
                            case Label.XOR -> value = RegisterOp.XOR.apply(a, b);
                            case Label.SRL -> value = RegisterOp.SRL.apply(a, b);
                            case Label.SRA -> value = RegisterOp.SRA.apply(a, b);
                            case Label.OR -> value = RegisterOp.OR.apply(a, b);
                            case Label.AND -> value = RegisterOp.AND.apply(a, b);
                            case Label.ADDW -> value = RegisterOp.ADDW.apply(a, b);
                            case Label.SUBW -> value = RegisterOp.SUBW.apply(a, b);
                            case Label.SLLW -> value = RegisterOp.SLLW.apply(a, b);
                            case Label.SRLW -> value = RegisterOp.SRLW.apply(a, b);
                            case Label.SRAW -> value = RegisterOp.SRAW.apply(a, b);
                            case Label.MUL -> value = RegisterOp.MUL.apply(a, b);
                            case Label.MULH -> value = RegisterOp.MULH.apply(a, b);
                            case Label.MULHU -> value = RegisterOp.MULHU.apply(a, b);
                            case Label.DIV -> value = RegisterOp.DIV.apply(a, b);
                            case Label.DIVU -> value = RegisterOp.DIVU.apply(a, b);
                            case Label.REM -> value = RegisterOp.REM.apply(a, b);
                            case Label.REMU -> value = RegisterOp.REMU.apply(a, b);
                            case Label.MULW -> value = RegisterOp.MULW.apply(a, b);
                            case Label.DIVW -> value = RegisterOp.DIVW.apply(a, b);
                            case Label.DIVUW -> value = RegisterOp.DIVUW.apply(a, b);
                            case Label.REMW -> value = RegisterOp.REMW.apply(a, b);
                            case Label.REMUW -> value = RegisterOp.REMUW.apply(a, b);
                            case Label.ADD_UW -> value = RegisterOp.ADD_UW.apply(a, b);
                            case Label.SH1ADD -> value = RegisterOp.SH1ADD.apply(a, b);
                            case Label.SH2ADD -> value = RegisterOp.SH2ADD.apply(a, b);
                            case Label.SH3ADD -> value = RegisterOp.SH3ADD.apply(a, b);
                            case Label.SH1ADD_UW -> value = RegisterOp.SH1ADD_UW.apply(a, b);
                            case Label.SH2ADD_UW -> value = RegisterOp.SH2ADD_UW.apply(a, b);
                            case Label.SH3ADD_UW -> value = RegisterOp.SH3ADD_UW.apply(a, b);
                            case Label.ANDN -> value = RegisterOp.ANDN.apply(a, b);
                            case Label.MIN -> value = RegisterOp.MIN.apply(a, b);
                            case Label.MINU -> value = RegisterOp.MINU.apply(a, b);
                            case Label.MAX -> value = RegisterOp.MAX.apply(a, b);
                            case Label.MAXU -> value = RegisterOp.MAXU.apply(a, b);
                            case Label.ROL -> value = RegisterOp.ROL.apply(a, b);
                            case Label.ROR -> value = RegisterOp.ROR.apply(a, b);
                            case Label.ADDI -> value = ImmediateOp.ADDI.apply(a, immediate(w));
                            case Label.SLTI -> value = ImmediateOp.SLTI.apply(a, immediate(w));
                            case Label.SLTIU -> value = ImmediateOp.SLTIU.apply(a, immediate(w));
                            case Label.XORI -> value = ImmediateOp.XORI.apply(a, immediate(w));
                            case Label.ORI -> value = ImmediateOp.ORI.apply(a, immediate(w));
                            case Label.ANDI -> value = ImmediateOp.ANDI.apply(a, immediate(w));
                            case Label.SLLI -> value = ImmediateOp.SLLI.apply(a, immediate(w));
                            case Label.SRLI -> value = ImmediateOp.SRLI.apply(a, immediate(w));
                            case Label.SRAI -> value = ImmediateOp.SRAI.apply(a, immediate(w));
                            case Label.ADDIW -> value = ImmediateOp.ADDIW.apply(a, immediate(w));
                            case Label.SLLIW -> value = ImmediateOp.SLLIW.apply(a, immediate(w));
                            case Label.SRLIW -> value = ImmediateOp.SRLIW.apply(a, immediate(w));
                            case Label.SRAIW -> value = ImmediateOp.SRAIW.apply(a, immediate(w));
                            case Label.SLLI_UW -> value = ImmediateOp.SLLI_UW.apply(a, immediate(w));
                            case Label.CLZ -> value = ImmediateOp.CLZ.apply(a, immediate(w));
                            case Label.CTZ -> value = ImmediateOp.CTZ.apply(a, immediate(w));
                            case Label.CPOP -> value = ImmediateOp.CPOP.apply(a, immediate(w));
                            case Label.SEXT_B -> value = ImmediateOp.SEXT_B.apply(a, immediate(w));
                            case Label.SEXT_H -> value = ImmediateOp.SEXT_H.apply(a, immediate(w));
                            case Label.ZEXT_H -> value = ImmediateOp.ZEXT_H.apply(a, immediate(w));
                            case Label.REV8 -> value = ImmediateOp.REV8.apply(a, immediate(w));
                            case Label.RORI -> value = ImmediateOp.RORI.apply(a, immediate(w));
                            case Label.RORIW -> value = ImmediateOp.RORIW.apply(a, immediate(w));
                            case Label.BEXTI -> value = ImmediateOp.BEXTI.apply(a, immediate(w));
                            case Label.LUI -> value = UpperOp.LUI.apply(0, immediate(w));
                            case Label.AUIPC -> value = UpperOp.AUIPC.apply(base + (at >> 2), immediate(w));
                            case Label.LB -> {
                                long host = loadable(tlb, mask, address(x, w), 1);
                                if (host == 0) {
                                    break page;
                                }
                                value = getByte(host);
                            }
                            case Label.LBU -> {
                                long host = loadable(tlb, mask, address(x, w), 1);
                                if (host == 0) {
                                    break page;
                                }
                                value = getByte(host) & 0xff;
                            }
                            case Label.LH -> {
                                long host = loadable(tlb, mask, address(x, w), 2);
                                if (host == 0) {
                                    break page;
                                }
                                value = getShort(host);
                            }
                            case Label.LHU -> {
                                long host = loadable(tlb, mask, address(x, w), 2);
                                if (host == 0) {
                                    break page;
                                }
                                value = getShort(host) & 0xffff;
                            }
                            case Label.LW -> {
                                long host = loadable(tlb, mask, address(x, w), 4);
                                if (host == 0) {
                                    break page;
                                }
                                value = getInt(host);
                            }
                            case Label.LWU -> {
                                long host = loadable(tlb, mask, address(x, w), 4);
                                if (host == 0) {
                                    break page;
                                }
                                value = getInt(host) & 0xffff_ffffL;
                            }
                            case Label.LD -> {
                                long host = loadable(tlb, mask, address(x, w), 8);
                                if (host == 0) {
                                    break page;
                                }
                                value = getLong(host);
                            }
                            case Label.FLD -> {
                                long host = loadable(tlb, mask, address(x, w), 8);
                                if (host == 0 || hart.floatState != Hart.FLOAT_DIRTY) {
                                    break page;
                                }
                                value = getLong(host);
                            }
                            case Label.SB -> {
                                long host = storable(tlb, mask, address(x, w), 1);
                                if (host == 0) {
                                    break page;
                                }
                                putByte(host, (byte) b);
                                break next;
                            }
                            case Label.SH -> {
                                long host = storable(tlb, mask, address(x, w), 2);
                                if (host == 0) {
                                    break page;
                                }
                                putShort(host, (short) b);
                                break next;
                            }
                            case Label.SW -> {
                                long host = storable(tlb, mask, address(x, w), 4);
                                if (host == 0) {
                                    break page;
                                }
                                putInt(host, (int) b);
                                break next;
                            }
                            case Label.SD -> {
                                long host = storable(tlb, mask, address(x, w), 8);
                                if (host == 0) {
                                    break page;
                                }
                                putLong(host, b);
                                break next;
                            }
                            case Label.FSD -> {
                                long host = storable(tlb, mask, address(x, w), 8);
                                if (host == 0 || hart.floatState == Hart.FLOAT_OFF) {
                                    break page;
                                }
                                putLong(host, b);
                                break next;
                            }
                            case Label.BEQ -> {
                                if (!BranchOp.BEQ.test(a, b)) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BNE -> {
                                if (!BranchOp.BNE.test(a, b)) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BLT -> {
                                if (!BranchOp.BLT.test(a, b)) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BGE -> {
                                if (!BranchOp.BGE.test(a, b)) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BLTU -> {
                                if (!BranchOp.BLTU.test(a, b)) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BGEU -> {
                                if (!BranchOp.BGEU.test(a, b)) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.JAL -> {
                                put(x, w, base + (at + length(w) >> 2));
                                break taken;
                            }
                            case Label.JALR -> {
                                pc = address(x, w) & -2;
                                put(x, w, base + (at + length(w) >> 2));
                                int weight = PackedInstruction.isReturn(w) && (remaining & RETURNS - 1) != 0 ? 0 : 1;
                                if (CodePage.page(pc) != base) {
                                    arrival = weight;
                                    continue newPage;
                                }
                                at = (pc & 4094) << 2;
                                if ((heat[(int) (at >>> 3)] += (short) weight) >= hot) {
                                    reason = LEFT;
                                    break page;
                                }
                                continue;
                            }
                            case Label.PAGE_END -> {
                                remaining++;
                                pc = base + (at >> 2);
                                continue newPage;
                            }
                            default -> {
                                break page;
                            }
                            }
                            put(x, w, value);
                        }
                        at += length(w);
                        continue;
                    }
                    at += immediate(w) << 3;
                    boolean counts = counts(w);
                    if ((at & -8L * CodePage.SLOTS) != 0) {
                        pc = base + (at >> 2);
                        arrival = counts ? 1 : NONE;
                        continue newPage;
                    }
                    if (counts && ++heat[(int) (at >>> 3)] >= hot) {
                        reason = LEFT;
                        break page;
                    }
                }
            }
            hart.pc = base + (at >> 2);
            hart.remaining = reason == CARE ? remaining + 1 : remaining;
            return reason;
        }
    }

    /// Executes the instruction at the hart's pc, for which the loop has no fast way.
    /// @return whether the loop may go on at the hart's pc
    private boolean cared() {
        CodePage page = hart.fetchTlb.lookup(hart.pc);
        int slot = CodePage.slot(hart.pc);
        long w = page.words[slot];
        int label = label(w);
        if (label == Label.UNDECODED) {
            page.words[slot] = execution.decode(page, slot);
            return true;
        }
        if (label >= Label.LB && label <= Label.LWU) {
            LoadOp op = (LoadOp) PackedInstruction.operation(w);
            long raw = monitor.load(first(hart.registers, w) + immediate(w), op.size());
            if (hart.trapPending()) {
                return false;
            }
            put(hart.registers, w, op.extend(raw));
        } else if (label >= Label.SB && label <= Label.SD) {
            StoreOp op = (StoreOp) PackedInstruction.operation(w);
            monitor.store(first(hart.registers, w) + immediate(w), op.size(), second(hart.registers, w));
            if (hart.trapPending()) {
                return false;
            }
        } else if (floating(page, slot)) {
            return true;
        } else if (execution.execute(page)) {
            return !counting;
        }
        hart.pc += 2L * PackedInstruction.halves(w);
        hart.remaining--;
        return true;
    }

    /// Executes the floating-point instructions at the hart's pc, as many as follow each other.
    /// @return whether there was one that could be executed
    private boolean floating(CodePage page, int slot) {
        int at = slot;
        while (hart.remaining > 0 && hart.floatState == Hart.FLOAT_DIRTY) {
            long w = page.words[at];
            int label = label(w);
            if (label < Label.FLOAT_FIRST || label > Label.FLOAT_LAST || !execution.floating(w, hart.registers)) {
                break;
            }
            at += PackedInstruction.halves(w);
            hart.pc += 2L * PackedInstruction.halves(w);
            hart.remaining--;
        }
        return at != slot;
    }
}
