// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.code.PackedInstruction;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Execution;
import org.penumbra.interpreter.Interpreter;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.JumpOp;
import org.penumbra.isa.Operation;

/// Control flow in a sample of the execution: how often branches were taken, and where indirect jumps led.
///
/// The sample is taken by stepping the interpreter when code has become hot, so the interpreter's loop needs no further
/// counters.
final class Profile {
    /// Most targets recorded per jump.
    private static final int MAXIMUM_TARGETS = 64;
    /// Most branches and jumps recorded; without a limit, guests that keep starting programs would fill the heap.
    private static final int MAXIMUM_PLACES = 200_000;

    private final Map<Long, Branch> branches = new HashMap<>();
    private final Map<Long, Targets> jumps = new HashMap<>();

    private static final class Branch {
        private int taken;
        private int notTaken;
    }

    private static final class Targets {
        private long[] pcs = new long[2];
        private int[] counts = new int[2];
        private int size;

        void add(long pc) {
            for (int i = 0; i < size; i++) {
                if (pcs[i] == pc) {
                    counts[i]++;
                    return;
                }
            }
            if (size == MAXIMUM_TARGETS) {
                return;
            }
            if (size == pcs.length) {
                pcs = Arrays.copyOf(pcs, 2 * size);
                counts = Arrays.copyOf(counts, 2 * size);
            }
            pcs[size] = pc;
            counts[size++] = 1;
        }
    }

    /// Executes up to `steps` instructions, or until the hart requests a yield.
    void sample(Hart hart, Interpreter interpreter, int steps) {
        if (branches.size() + jumps.size() > MAXIMUM_PLACES) {
            branches.clear();
            jumps.clear();
        }
        for (int i = 0; i < steps && !hart.yieldRequested && hart.remaining > 1; i++) {
            long pc = hart.pc;
            CodePage page = hart.fetchTlb.lookup(pc);
            interpreter.step();
            if (page != null && !hart.trapPending()) {
                record(hart, page, pc);
            }
        }
    }

    /// Records where the instruction at `pc`, just executed, has led, if it is a branch or an indirect jump.
    private void record(Hart hart, CodePage page, long pc) {
        int slot = CodePage.slot(pc);
        long word = page.word(slot);
        Operation op = PackedInstruction.operation(word);
        int length = 2 * PackedInstruction.halves(word);
        if (word == PackedInstruction.PAGE_CROSSING) {
            CodePage next = Execution.crossesPage(page, slot) ? hart.fetchTlb.lookup(pc + 2) : null;
            Instruction instruction = next == null ? null : Execution.read(page, next);
            op = instruction == null ? null : instruction.op();
        }
        if (op instanceof BranchOp) {
            Branch branch = branches.computeIfAbsent(pc, unused -> new Branch());
            if (hart.pc == pc + length) {
                branch.notTaken++;
            } else {
                branch.taken++;
            }
        } else if (op == JumpOp.JALR) {
            jumps.computeIfAbsent(pc, unused -> new Targets()).add(hart.pc);
        }
    }

    /// Fraction of executions in which the branch at `pc` was taken, never exactly 0 or 1; `unknown` if it was not
    /// executed.
    double taken(long pc, double unknown) {
        Branch branch = branches.get(pc);
        return branch == null ? unknown : (branch.taken + 0.00001) / (branch.taken + branch.notTaken + 0.00002);
    }

    /// How often the branch at `pc` was executed.
    int observed(long pc) {
        Branch branch = branches.get(pc);
        return branch == null ? 0 : branch.taken + branch.notTaken;
    }

    /// Fraction of the indirect jumps at `pc` that went to `target`.
    double share(long pc, long target) {
        Targets targets = jumps.get(pc);
        double sum = 0;
        double share = 0;
        for (int i = 0; targets != null && i < targets.size; i++) {
            sum += targets.counts[i];
            if (targets.pcs[i] == target) {
                share = targets.counts[i];
            }
        }
        return share == 0 ? 0 : share / sum;
    }

    /// Targets of the indirect jump at `pc`, most frequent first.
    long[] targets(long pc) {
        Targets targets = jumps.get(pc);
        if (targets == null) {
            return new long[0];
        }
        return java.util.stream.IntStream.range(0, targets.size).boxed()
                .sorted((a, b) -> Integer.compare(targets.counts[b], targets.counts[a]))
                .mapToLong(i -> targets.pcs[i]).toArray();
    }
}
