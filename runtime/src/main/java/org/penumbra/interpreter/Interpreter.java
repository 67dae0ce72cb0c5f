// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import static org.penumbra.code.PackedInstruction.address;
import static org.penumbra.code.PackedInstruction.counts;
import static org.penumbra.code.PackedInstruction.distance;
import static org.penumbra.code.PackedInstruction.first;
import static org.penumbra.code.PackedInstruction.immediateAt;
import static org.penumbra.code.PackedInstruction.indirectLink;
import static org.penumbra.code.PackedInstruction.isLong;
import static org.penumbra.code.PackedInstruction.isReturn;
import static org.penumbra.code.PackedInstruction.labelAt;
import static org.penumbra.code.PackedInstruction.link;
import static org.penumbra.code.PackedInstruction.loadSize;
import static org.penumbra.code.PackedInstruction.put;
import static org.penumbra.code.PackedInstruction.second;
import static org.penumbra.code.PackedInstruction.storeSize;
import static org.penumbra.code.PackedInstruction.target;
import static org.penumbra.memory.HostMemory.getByte;
import static org.penumbra.memory.HostMemory.getInt;
import static org.penumbra.memory.HostMemory.getLong;
import static org.penumbra.memory.HostMemory.getShort;
import static org.penumbra.memory.HostMemory.putByte;
import static org.penumbra.memory.HostMemory.putInt;
import static org.penumbra.memory.HostMemory.putLong;
import static org.penumbra.memory.HostMemory.putShort;
import static org.penumbra.mmu.ShadowTlb.loadable;
import static org.penumbra.mmu.ShadowTlb.storable;

import java.util.Objects;
import org.penumbra.code.CodePage;
import org.penumbra.code.Label;
import org.penumbra.code.PackedInstruction;
import org.penumbra.hart.Hart;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.UpperOp;
import org.penumbra.memory.HostMemory;
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
    /// Whose words the loop reads: they live as long as this is reachable.
    private CodePage running;
    /// Where arrivals are counted in vain if none is hot, to leave those of the pages out of the caches.
    private final short[] idle = new short[CodePage.SLOTS];

    /// @param hot arrivals at a backward or indirect jump's target after which it is left to the engine, at most 32,767;
    ///        or [#NEVER]
    public Interpreter(Hart hart, Monitor monitor, int hot) {
        this.hart = hart;
        this.monitor = monitor;
        this.execution = new Execution(hart, monitor);
        this.indexMask = ShadowTlb.indexMask(hart.spaces().entries());
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
                    // What lies behind the last instruction is not fetched: a region would not either.
                    if (hart.remaining <= 0 || monitor.fetch(hart.pc) == null || hart.attention) {
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
    /// inline (compiler-directives.json names what it has to), and rare things are done by [#cared]. That compiler inlines
    /// only so much into one method, so operations that are not frequent share what reads their operands.
    /// @return [#LEFT], [#FETCH] or [#CARE]; pc, count and registers are in the hart
    private int loop() {
        final Hart hart = this.hart;
        final int hot = this.hot;
        final long[] x = Objects.requireNonNull(hart.registers);
        final long mask = indexMask;
        final long tlb = hart.dataTlb;
        // Read in two cases, a field would be read before the switch, for every instruction.
        final int floats = hart.floatState;
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
            final long words = code.words();
            running = code;
            final short[] heat = counting ? code.heat : idle;
            final long base = CodePage.page(pc);
            // Host address of the instruction's word: eight bytes for a half-word of code.
            long at = words + ((pc & 4094) << 2);
            int reason = CARE;
            page: {
                if (arrival != NONE) {
                    int weight = arrival;
                    arrival = NONE;
                    if ((heat[(int) (at - words >>> 3)] += (short) weight) >= hot) {
                        reason = LEFT;
                        break page;
                    }
                }
                while (true) {
                    if (--remaining < 0) {
                        reason = LEFT;
                        remaining = 0;
                        break page;
                    }
                    int label = labelAt(at);
                    taken: {
                        next: {
                            long value;
                            switch (label) {
                            case Label.UNDECODED -> {
                                break page;
                            }
                            case Label.ADD -> value = RegisterOp.ADD.apply(first(x, at), second(x, at));
                            case Label.SUB -> value = RegisterOp.SUB.apply(first(x, at), second(x, at));
                            case Label.XOR -> value = RegisterOp.XOR.apply(first(x, at), second(x, at));
                            case Label.OR -> value = RegisterOp.OR.apply(first(x, at), second(x, at));
                            case Label.AND -> value = RegisterOp.AND.apply(first(x, at), second(x, at));
                            case Label.ADDW -> value = RegisterOp.ADDW.apply(first(x, at), second(x, at));
                            case Label.SUBW -> value = RegisterOp.SUBW.apply(first(x, at), second(x, at));
                            case Label.SLTU -> value = RegisterOp.SLTU.apply(first(x, at), second(x, at));
                            case Label.MUL -> value = RegisterOp.MUL.apply(first(x, at), second(x, at));
                            case Label.ADDI -> value = ImmediateOp.ADDI.apply(first(x, at), immediateAt(at));
                            case Label.ADDIW -> value = ImmediateOp.ADDIW.apply(first(x, at), immediateAt(at));
                            case Label.ANDI -> value = ImmediateOp.ANDI.apply(first(x, at), immediateAt(at));
                            case Label.SLLI -> value = ImmediateOp.SLLI.apply(first(x, at), immediateAt(at));
                            case Label.SRLI -> value = ImmediateOp.SRLI.apply(first(x, at), immediateAt(at));
                            case Label.MULHU, Label.SH1ADD, Label.SH2ADD, Label.SH3ADD, Label.ANDN, Label.SLL, Label.SLT,
                                    Label.SRL, Label.SRA, Label.SLLW, Label.SRLW, Label.SRAW, Label.MULH, Label.DIV,
                                    Label.DIVU, Label.REM, Label.REMU, Label.MULW, Label.DIVW, Label.DIVUW, Label.REMW,
                                    Label.REMUW, Label.ADD_UW, Label.SH1ADD_UW, Label.SH2ADD_UW, Label.SH3ADD_UW, Label.MIN,
                                    Label.MINU, Label.MAX, Label.MAXU, Label.ROL, Label.ROR -> {
                                long a = first(x, at);
                                long b = second(x, at);
                                value = switch (label) {
                                    case Label.MULHU -> RegisterOp.MULHU.apply(a, b);
                                    case Label.SH1ADD -> RegisterOp.SH1ADD.apply(a, b);
                                    case Label.SH2ADD -> RegisterOp.SH2ADD.apply(a, b);
                                    case Label.SH3ADD -> RegisterOp.SH3ADD.apply(a, b);
                                    case Label.ANDN -> RegisterOp.ANDN.apply(a, b);
                                    case Label.SLL -> RegisterOp.SLL.apply(a, b);
                                    case Label.SLT -> RegisterOp.SLT.apply(a, b);
                                    case Label.SRL -> RegisterOp.SRL.apply(a, b);
                                    case Label.SRA -> RegisterOp.SRA.apply(a, b);
                                    case Label.SLLW -> RegisterOp.SLLW.apply(a, b);
                                    case Label.SRLW -> RegisterOp.SRLW.apply(a, b);
                                    case Label.SRAW -> RegisterOp.SRAW.apply(a, b);
                                    case Label.MULH -> RegisterOp.MULH.apply(a, b);
                                    case Label.DIV -> RegisterOp.DIV.apply(a, b);
                                    case Label.DIVU -> RegisterOp.DIVU.apply(a, b);
                                    case Label.REM -> RegisterOp.REM.apply(a, b);
                                    case Label.REMU -> RegisterOp.REMU.apply(a, b);
                                    case Label.MULW -> RegisterOp.MULW.apply(a, b);
                                    case Label.DIVW -> RegisterOp.DIVW.apply(a, b);
                                    case Label.DIVUW -> RegisterOp.DIVUW.apply(a, b);
                                    case Label.REMW -> RegisterOp.REMW.apply(a, b);
                                    case Label.REMUW -> RegisterOp.REMUW.apply(a, b);
                                    case Label.ADD_UW -> RegisterOp.ADD_UW.apply(a, b);
                                    case Label.SH1ADD_UW -> RegisterOp.SH1ADD_UW.apply(a, b);
                                    case Label.SH2ADD_UW -> RegisterOp.SH2ADD_UW.apply(a, b);
                                    case Label.SH3ADD_UW -> RegisterOp.SH3ADD_UW.apply(a, b);
                                    case Label.MIN -> RegisterOp.MIN.apply(a, b);
                                    case Label.MINU -> RegisterOp.MINU.apply(a, b);
                                    case Label.MAX -> RegisterOp.MAX.apply(a, b);
                                    case Label.MAXU -> RegisterOp.MAXU.apply(a, b);
                                    case Label.ROL -> RegisterOp.ROL.apply(a, b);
                                    default -> RegisterOp.ROR.apply(a, b);
                                };
                            }
                            case Label.XORI, Label.ORI, Label.SRAI, Label.SLLIW, Label.SRLIW, Label.ZEXT_H, Label.RORI,
                                    Label.SLTI, Label.SLTIU, Label.SLLI_UW, Label.CLZ, Label.CTZ, Label.CPOP, Label.SEXT_B,
                                    Label.SEXT_H, Label.REV8, Label.ORC_B, Label.BEXTI, Label.SRAIW, Label.RORIW -> {
                                long a = first(x, at);
                                long b = immediateAt(at);
                                value = switch (label) {
                                    case Label.XORI -> ImmediateOp.XORI.apply(a, b);
                                    case Label.ORI -> ImmediateOp.ORI.apply(a, b);
                                    case Label.SRAI -> ImmediateOp.SRAI.apply(a, b);
                                    case Label.SLLIW -> ImmediateOp.SLLIW.apply(a, b);
                                    case Label.SRLIW -> ImmediateOp.SRLIW.apply(a, b);
                                    case Label.ZEXT_H -> ImmediateOp.ZEXT_H.apply(a, b);
                                    case Label.RORI -> ImmediateOp.RORI.apply(a, b);
                                    case Label.SLTI -> ImmediateOp.SLTI.apply(a, b);
                                    case Label.SLTIU -> ImmediateOp.SLTIU.apply(a, b);
                                    case Label.SLLI_UW -> ImmediateOp.SLLI_UW.apply(a, b);
                                    case Label.CLZ -> ImmediateOp.CLZ.apply(a, b);
                                    case Label.CTZ -> ImmediateOp.CTZ.apply(a, b);
                                    case Label.CPOP -> ImmediateOp.CPOP.apply(a, b);
                                    case Label.SEXT_B -> ImmediateOp.SEXT_B.apply(a, b);
                                    case Label.SEXT_H -> ImmediateOp.SEXT_H.apply(a, b);
                                    case Label.REV8 -> ImmediateOp.REV8.apply(a, b);
                                    case Label.ORC_B -> ImmediateOp.ORC_B.apply(a, b);
                                    case Label.BEXTI -> ImmediateOp.BEXTI.apply(a, b);
                                    case Label.SRAIW -> ImmediateOp.SRAIW.apply(a, b);
                                    default -> ImmediateOp.RORIW.apply(a, b);
                                };
                            }
                            case Label.LUI -> value = UpperOp.LUI.apply(0, immediateAt(at));
                            case Label.AUIPC -> value = UpperOp.AUIPC.apply(base, immediateAt(at));
                            case Label.LD -> {
                                long host = loadable(tlb, mask, address(x, at), 8);
                                if (host == 0) {
                                    break page;
                                }
                                value = getLong(host);
                            }
                            case Label.LW -> {
                                long host = loadable(tlb, mask, address(x, at), 4);
                                if (host == 0) {
                                    break page;
                                }
                                value = getInt(host);
                            }
                            case Label.LB, Label.LBU, Label.LH, Label.LHU, Label.LWU, Label.FLD -> {
                                long host = loadable(tlb, mask, address(x, at), loadSize(at));
                                if (host == 0 || label == Label.FLD && floats != Hart.FLOAT_DIRTY) {
                                    break page;
                                }
                                value = switch (label) {
                                    case Label.LB -> getByte(host);
                                    case Label.LBU -> getByte(host) & 0xff;
                                    case Label.LH -> getShort(host);
                                    case Label.LHU -> getShort(host) & 0xffff;
                                    case Label.LWU -> getInt(host) & 0xffff_ffffL;
                                    default -> getLong(host);
                                };
                            }
                            case Label.SD -> {
                                long host = storable(tlb, mask, address(x, at), 8);
                                if (host == 0) {
                                    break page;
                                }
                                putLong(host, second(x, at));
                                break next;
                            }
                            case Label.SW -> {
                                long host = storable(tlb, mask, address(x, at), 4);
                                if (host == 0) {
                                    break page;
                                }
                                putInt(host, (int) second(x, at));
                                break next;
                            }
                            case Label.SB, Label.SH, Label.FSD -> {
                                long host = storable(tlb, mask, address(x, at), storeSize(at));
                                if (host == 0 || label == Label.FSD && floats == Hart.FLOAT_OFF) {
                                    break page;
                                }
                                long stored = second(x, at);
                                switch (label) {
                                    case Label.SB -> putByte(host, (byte) stored);
                                    case Label.SH -> putShort(host, (short) stored);
                                    default -> putLong(host, stored);
                                }
                                break next;
                            }
                            case Label.FENCE -> {
                                HostMemory.fullFence();
                                break next;
                            }
                            case Label.BEQ -> {
                                if (!BranchOp.BEQ.test(first(x, at), second(x, at))) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BNE -> {
                                if (!BranchOp.BNE.test(first(x, at), second(x, at))) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.BLT, Label.BGE, Label.BLTU, Label.BGEU -> {
                                long a = first(x, at);
                                long b = second(x, at);
                                boolean jumps = switch (label) {
                                    case Label.BLT -> BranchOp.BLT.test(a, b);
                                    case Label.BGE -> BranchOp.BGE.test(a, b);
                                    case Label.BLTU -> BranchOp.BLTU.test(a, b);
                                    default -> BranchOp.BGEU.test(a, b);
                                };
                                if (!jumps) {
                                    break next;
                                }
                                break taken;
                            }
                            case Label.JAL -> {
                                put(x, at, base + link(at));
                                break taken;
                            }
                            case Label.JALR -> {
                                pc = target(x, at);
                                put(x, at, base + indirectLink(at));
                                int weight = isReturn(at) && (remaining & RETURNS - 1) != 0 ? 0 : 1;
                                if (CodePage.page(pc) != base) {
                                    arrival = weight;
                                    continue newPage;
                                }
                                at = words + ((pc & 4094) << 2);
                                if ((heat[(int) (at - words >>> 3)] += (short) weight) >= hot) {
                                    reason = LEFT;
                                    break page;
                                }
                                continue;
                            }
                            case Label.PAGE_END -> {
                                remaining++;
                                pc = base + 4096;
                                continue newPage;
                            }
                            default -> {
                                break page;
                            }
                            }
                            put(x, at, value);
                        }
                        // A branch, which the host can predict: with a sum each instruction would wait for the one before to be
                        // read.
                        if (isLong(at)) {
                            at += 16;
                            continue;
                        }
                        at += 8;
                        continue;
                    }
                    boolean counts = counts(at);
                    at += distance(at);
                    if ((at - words & -8L * CodePage.SLOTS) != 0) {
                        pc = base + (at - words >> 2);
                        arrival = counts ? 1 : NONE;
                        continue newPage;
                    }
                    if (counts && ++heat[(int) (at - words >>> 3)] >= hot) {
                        reason = LEFT;
                        break page;
                    }
                }
            }
            hart.pc = base + (at - words >> 2);
            hart.remaining = reason == CARE ? remaining + 1 : remaining;
            return reason;
        }
    }

    /// Executes the instruction at the hart's pc, for which the loop has no fast way.
    /// @return whether the loop may go on at the hart's pc
    private boolean cared() {
        CodePage page = hart.fetchTlb.lookup(hart.pc);
        int slot = CodePage.slot(hart.pc);
        long w = page.word(slot);
        int label = PackedInstruction.label(w);
        if (label == Label.UNDECODED) {
            page.setWord(slot, execution.decode(page, slot));
            return true;
        }
        if (label >= Label.LB && label <= Label.LWU) {
            LoadOp op = (LoadOp) PackedInstruction.operation(w);
            long raw = monitor.load(hart.registers[PackedInstruction.rs1(w)] + PackedInstruction.immediate(w), op.size());
            if (hart.trapPending()) {
                return false;
            }
            hart.registers[PackedInstruction.rd(w)] = op.extend(raw);
        } else if (label >= Label.SB && label <= Label.SD) {
            StoreOp op = (StoreOp) PackedInstruction.operation(w);
            monitor.store(hart.registers[PackedInstruction.rs1(w)] + PackedInstruction.immediate(w), op.size(),
                    hart.registers[PackedInstruction.rs2(w)]);
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
            long w = page.word(at);
            int label = PackedInstruction.label(w);
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
