// SPDX-License-Identifier: Apache-2.0
package org.penumbra.interpreter;

import org.penumbra.code.CodePage;
import org.penumbra.code.Label;
import org.penumbra.code.PackedInstruction;
import org.penumbra.hart.Hart;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.Operation;
import org.penumbra.isa.StoreOp;
import org.penumbra.monitor.Monitor;
import org.penumbra.timing.TimedHart;

/// Runs cold code: frequent instructions in [InterpreterLoop], all others through [Execution].
///
/// It returns when a yield is requested, when the instruction budget is used up, after an instruction that may
/// change how the next ones are fetched, and at a jump target that has become hot.
public final class Interpreter {
    /// A threshold that is never reached.
    public static final int NEVER = Integer.MAX_VALUE;

    private final Hart hart;
    private final Monitor monitor;
    private final Execution execution;
    private final InterpreterLoop loop;
    /// In place of it while a timing model follows the hart; or null.
    private final TimedLoop timedLoop;
    private final TimedHart timed;
    private final int hot;

    /// @param hot arrivals at a backward or indirect jump's target after which control returns to the engine, at most
    ///            32,767; or [#NEVER]
    public Interpreter(Hart hart, Monitor monitor, int hot) {
        this.hart = hart;
        this.monitor = monitor;
        this.execution = new Execution(hart, monitor);
        this.loop = new InterpreterLoop(hart, hot);
        this.timed = monitor.timed();
        this.timedLoop = timed == null ? null : new TimedLoop(hart, NEVER, timed);
        this.hot = hot;
    }

    /// Executes one instruction; a trap is left pending.
    public void step() {
        long rest = hart.setAside(1);
        run();
        hart.giveBack(rest);
    }

    /// Runs from the hart's pc. On return pc, count and registers are in the hart.
    public void run() {
        while (true) {
            switch (isFollowed() ? timedLoop.loop() : loop.loop()) {
                case InterpreterLoop.FETCH -> {
                    // Nothing past the last instruction is fetched, as in a region.
                    if (hart.remaining <= 0 || monitor.fetch(hart.pc) == null || hart.yieldRequested) {
                        return;
                    }
                }
                case InterpreterLoop.CARE -> {
                    if (!cared() || hart.yieldRequested || hart.remaining <= 0) {
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    /// Whether a timing model follows the hart now, which only the interpreter tells it of.
    public boolean isFollowed() {
        return timed != null && timed.follows();
    }

    /// Executes the instruction at the hart's pc, which the loop has no case for.
    /// @return whether the loop may continue at the hart's pc
    private boolean cared() {
        CodePage page = hart.fetchTlb.lookup(hart.pc);
        int slot = CodePage.slot(hart.pc);
        long w = page.word(slot);
        if (PackedInstruction.label(w) == Label.UNDECODED) {
            page.setWord(slot, execution.decode(page, slot));
            return true;
        }
        Operation operation = PackedInstruction.operation(w);
        if (operation instanceof LoadOp op && !op.floating()) {
            long raw = monitor.load(hart.registers[PackedInstruction.rs1(w)] + PackedInstruction.immediate(w),
                    op.size());
            if (hart.trapPending()) {
                return false;
            }
            hart.registers[PackedInstruction.rd(w)] = op.extend(raw);
        } else if (operation instanceof StoreOp op && !op.floating()) {
            monitor.store(hart.registers[PackedInstruction.rs1(w)] + PackedInstruction.immediate(w), op.size(),
                    hart.registers[PackedInstruction.rs2(w)]);
            if (hart.trapPending()) {
                return false;
            }
        } else if (floating(page, slot)) {
            return true;
        } else if (!atomic(w)) {
            long next = hart.pc + 2L * PackedInstruction.halves(w);
            if (execution.execute(page)) {
                // What goes on with the next instruction does not end regions.
                return hot == NEVER || isFollowed() || !hart.yieldRequested && (hart.pc == next || isCold());
            }
        }
        hart.pc += 2L * PackedInstruction.halves(w);
        hart.remaining--;
        return true;
    }

    /// Performs an atomic operation, unless a timing model or the monitor has to see it.
    /// @return whether it was one, and is done
    private boolean atomic(long w) {
        return PackedInstruction.label(w) == Label.ATOMIC && !isFollowed() && execution.atomic(w);
    }

    /// Counts an arrival at the hart's pc, after an instruction that ends regions.
    /// @return whether it is of no interest to the engine yet
    private boolean isCold() {
        CodePage page = hart.fetchTlb.lookup(hart.pc);
        return page != null && ++page.heat[CodePage.slot(hart.pc)] < hot;
    }

    /// Executes the run of consecutive floating-point instructions at the hart's pc.
    /// @return whether at least one was executed
    private boolean floating(CodePage page, int slot) {
        int at = slot;
        // The timing model wants to be told of each line fetched, which the loop does.
        while (hart.remaining > 0 && hart.floatState == Hart.FLOAT_DIRTY && (at == slot || !isFollowed())) {
            long w = page.word(at);
            if (PackedInstruction.label(w) != Label.FLOAT || !execution.floating(w, hart.registers)) {
                break;
            }
            at += PackedInstruction.halves(w);
            hart.pc += 2L * PackedInstruction.halves(w);
            hart.remaining--;
        }
        return at != slot;
    }
}
