// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.language.region.Block;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.Terminator;

/// Which accesses of a region share a TLB check. Accesses relative to the same value of a base register lie close
/// together, usually on one page: then one check of all their addresses serves all of them, and the others only add
/// their offset to the host address of the base.
///
/// A register that walks through memory usually stays on its page: then comparing pages is enough.
///
/// Two analyses find the former. Backwards, the offsets with which a register's value may still be used, before it
/// changes: a check covers them all. Forwards, whether such a check may have been made.
final class SharedChecks {
    /// Most bytes that one check covers. A range that crosses a page serves nobody, and the longer, the likelier.
    private static final int LONGEST = 1024;
    private static final int INTEGERS = 32;

    /// How an access is checked.
    enum Kind {
        /// On its own.
        ALONE,
        /// On its own, but likely on the page of the one before: the base register walks, by additions of constants.
        WALKING,
        /// For the later ones too: no check can have been made before.
        FIRST,
        /// Not at all if an earlier check has succeeded; else like the first.
        LATER
    }

    /// The check of an access.
    ///
    /// @param low    first byte that the check covers, relative to the base register
    /// @param high   the byte behind the last one
    /// @param loads  whether loads rely on it
    /// @param stores whether stores rely on it
    record Check(Kind kind, int low, int high, boolean loads, boolean stores) {
        static final Check ALONE = new Check(Kind.ALONE, 0, 0, false, false);
        static final Check WALKING = new Check(Kind.WALKING, 0, 0, false, false);
    }

    /// The offsets with which the value of each register may still be used. Empty ranges have `low > high`.
    private static final class Uses {
        private final int[] low = new int[INTEGERS];
        private final int[] high = new int[INTEGERS];
        private int loads;
        private int stores;

        Uses() {
            Arrays.fill(low, Integer.MAX_VALUE);
            Arrays.fill(high, Integer.MIN_VALUE);
        }

        boolean any(int register) {
            return low[register] < high[register];
        }

        void forget(int register) {
            low[register] = Integer.MAX_VALUE;
            high[register] = Integer.MIN_VALUE;
            loads &= ~(1 << register);
            stores &= ~(1 << register);
        }

        void add(int register, int offset, int size, boolean store) {
            low[register] = Math.min(low[register], offset);
            high[register] = Math.max(high[register], offset + size);
            loads |= store ? 0 : 1 << register;
            stores |= store ? 1 << register : 0;
        }

        void join(Uses other) {
            for (int r = 0; r < INTEGERS; r++) {
                low[r] = Math.min(low[r], other.low[r]);
                high[r] = Math.max(high[r], other.high[r]);
            }
            loads |= other.loads;
            stores |= other.stores;
        }

        boolean equal(Uses other) {
            return loads == other.loads && stores == other.stores && Arrays.equals(low, other.low)
                    && Arrays.equals(high, other.high);
        }

        /// The check for all of a register's, unless they are too far apart.
        Check check(int register, Kind kind) {
            return high[register] - low[register] > LONGEST ? Check.ALONE
                    : new Check(kind, low[register], high[register], (loads >>> register & 1) != 0,
                            (stores >>> register & 1) != 0);
        }
    }

    private final List<Block> blocks;
    private final List<int[]> successors = new ArrayList<>();
    /// By block: [Uses] at its start.
    private final Uses[] wanted;
    /// By block: a bit for each register whose check may have been made before it.
    private final int[] made;
    /// By block: a bit for each register with an access before it, since when constants at most were added.
    private final int[] walked;
    /// By block: a bit for each register whose next access is [Kind#LATER] on some path.
    private final int[] expected;
    private final Check[][] checks;
    private final BitSet[] forgets;
    private int bases;
    private int walkingLoads;
    private int walkingStores;

    SharedChecks(RegionPlan plan) {
        blocks = plan.blocks();
        int count = blocks.size();
        blocks.forEach(block -> successors.add(successors(block.terminator())));
        wanted = new Uses[count];
        made = new int[count];
        walked = new int[count];
        expected = new int[count];
        checks = new Check[count][];
        forgets = new BitSet[count];
        Arrays.setAll(forgets, _ -> new BitSet());
        Arrays.setAll(wanted, _ -> new Uses());
        for (int k = 0; k < count; k++) {
            checks[k] = new Check[blocks.get(k).steps().size()];
            Arrays.fill(checks[k], Check.ALONE); // also accesses based on x0
        }
        untilStable(k -> {
            Uses before = lookBack(k, false);
            boolean changes = !before.equal(wanted[k]);
            wanted[k] = before;
            return changes;
        });
        untilStable(k -> lookAhead(k, made, false));
        untilStable(k -> lookAhead(k, walked, true));
        for (int k = 0; k < count; k++) {
            lookBack(k, true);
        }
        untilStable(this::expect);
    }

    /// The check of an access; meaningless for other instructions.
    Check at(int block, int step) {
        return checks[block][step];
    }

    /// Registers for which there are shared checks, one bit each.
    int bases() {
        return bases;
    }

    /// Registers with loads that walk, one bit each.
    int walkingLoads() {
        return walkingLoads;
    }

    /// Registers with stores that walk, one bit each.
    int walkingStores() {
        return walkingStores;
    }

    /// Whether the base register written by this step has to be marked as not checked.
    boolean forgets(int block, int step) {
        return forgets[block].get(step);
    }

    // ---- analyses

    private interface Pass {
        /// @return whether what is known of the block has changed
        boolean over(int block);
    }

    private void untilStable(Pass pass) {
        boolean again = true;
        while (again) {
            again = false;
            for (int k = blocks.size() - 1; k >= 0; k--) {
                again |= pass.over(k);
            }
        }
    }

    /// Goes through a block backwards.
    ///
    /// @param decides whether to decide about its checks, once all is known
    private Uses lookBack(int block, boolean decides) {
        var uses = new Uses();
        for (int successor : successors.get(block)) {
            uses.join(wanted[successor]);
        }
        int[] madeAt = decides ? before(block, made[block], false) : null;
        int[] walkedAt = decides ? before(block, walked[block], true) : null;
        for (int step = blocks.get(block).steps().size() - 1; step >= 0; step--) {
            Instruction i = instruction(block, step);
            if (written(i) != 0) {
                uses.forget(written(i));
            }
            int base = base(i);
            if (base != 0) {
                boolean later = uses.any(base);
                uses.add(base, (int) i.immediate(), size(i), i.op() instanceof StoreOp);
                if (decides) {
                    boolean maybe = (madeAt[step] >>> base & 1) != 0;
                    Check check = maybe || later ? uses.check(base, maybe ? Kind.LATER : Kind.FIRST) : Check.ALONE;
                    if (check.kind() == Kind.ALONE && (walkedAt[step] >>> base & 1) != 0) {
                        check = Check.WALKING;
                    }
                    decide(block, step, i, check);
                }
            }
        }
        return uses;
    }

    private void decide(int block, int step, Instruction i, Check check) {
        checks[block][step] = check;
        int bit = 1 << base(i);
        switch (check.kind()) {
            case ALONE -> { }
            case WALKING -> {
                walkingLoads |= i.op() instanceof LoadOp ? bit : 0;
                walkingStores |= i.op() instanceof StoreOp ? bit : 0;
            }
            case FIRST, LATER -> bases |= bit;
        }
    }

    /// For each step of a block and for its end, the registers with an access before.
    ///
    /// @param now   those at its start
    /// @param walks whether a register to which a constant is added still counts
    private int[] before(int block, int now, boolean walks) {
        int[] result = new int[blocks.get(block).steps().size() + 1];
        for (int step = 0; step < result.length; step++) {
            result[step] = now;
            if (step < result.length - 1) {
                Instruction i = instruction(block, step);
                now |= base(i) == 0 ? 0 : 1 << base(i);
                now &= written(i) == 0 || walks && walks(i) ? -1 : ~(1 << written(i));
            }
        }
        return result;
    }

    private boolean lookAhead(int block, int[] known, boolean walks) {
        int[] at = before(block, known[block], walks);
        int after = at[at.length - 1];
        boolean changes = false;
        for (int successor : successors.get(block)) {
            changes |= (after & ~known[successor]) != 0;
            known[successor] |= after;
        }
        return changes;
    }

    /// Finds the registers whose next access from the start of a block on is [Kind#LATER] on some path; on the way, the
    /// steps that write such a register.
    private boolean expect(int block) {
        int now = 0;
        for (int successor : successors.get(block)) {
            now |= expected[successor];
        }
        for (int step = blocks.get(block).steps().size() - 1; step >= 0; step--) {
            Instruction i = instruction(block, step);
            int bit = written(i) == 0 ? 0 : 1 << written(i);
            forgets[block].set(step, (now & bit) != 0);
            now &= ~bit;
            if (base(i) != 0) {
                now = switch (checks[block][step].kind()) {
                    case ALONE, WALKING -> now;
                    case FIRST -> now & ~(1 << base(i));
                    case LATER -> now | 1 << base(i);
                };
            }
        }
        boolean changes = now != expected[block];
        expected[block] = now;
        return changes;
    }

    // ---- instructions

    private Instruction instruction(int block, int step) {
        return blocks.get(block).steps().get(step).instruction();
    }

    /// The base register of a load or store, or 0.
    private static int base(Instruction i) {
        return i.op() instanceof LoadOp || i.op() instanceof StoreOp ? i.source1() : 0;
    }

    private static int size(Instruction i) {
        return i.op() instanceof LoadOp load ? load.size() : ((StoreOp) i.op()).size();
    }

    /// Whether an instruction adds a constant to a register.
    private static boolean walks(Instruction i) {
        return i.op() == ImmediateOp.ADDI && i.destination() == i.source1();
    }

    /// The integer register that an instruction writes, or 0.
    private static int written(Instruction i) {
        return i.destination() < INTEGERS ? i.destination() : 0;
    }

    private static int[] successors(Terminator terminator) {
        return switch (terminator) {
            case Terminator.Branch branch -> inside(branch.taken(), branch.fallThrough());
            case Terminator.Jump jump -> inside(jump.target());
            case Terminator.Indirect indirect -> indirect.blocks();
        };
    }

    private static int[] inside(Edge... edges) {
        return Arrays.stream(edges).filter(edge -> !edge.leaves()).mapToInt(Edge::block).toArray();
    }
}
