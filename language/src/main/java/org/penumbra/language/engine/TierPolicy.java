// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.options.EngineMode;

/// Decides which tier executes a place. Code that has cost the interpreter enough is translated; translated code that
/// has run long enough is partially evaluated; the faster of the two is kept.
final class TierPolicy {
    /// What to do where control has arrived.
    enum Decision {
        /// Interpret.
        INTERPRET,
        /// Build a region for the place.
        BUILD,
        /// Enter the region.
        ENTER,
        /// Drop the region, whose guest code has changed.
        DISCARD,
        /// Rebuild the region with the code of only one page.
        NARROW,
        /// Also have C2 compile the region.
        IMPROVE,
        /// Also partially evaluate the region.
        PROMOTE,
        /// Partially evaluate the region again, using what has been learnt about it.
        REBUILD,
        /// Replace the region by its successor.
        SUCCEED,
        /// Restore the region's predecessor, which was faster.
        REVERT
    }

    /// Most places whose costs are recorded.
    private static final int MOST_PLACES = 200_000;
    /// Fraction of the translated code's speed below which partially evaluated code is replaced by it; not 1, because
    /// measurements vary by a few percent.
    private static final double SLOWER = 0.97;
    /// Translations not compiled after this time never will be.
    private static final long LONGEST_TRANSLATION_NANOS = 1_000_000_000L;
    /// Checks whether C2 is done with a region, in the time that the region took to be worth C2's.
    private static final int CHECKS = 8;
    private static final long LONGEST_IMPROVEMENT_NANOS = 2_000_000_000L;
    private static final long LONGEST_EVALUATION_NANOS = 20_000_000_000L;

    private final Hart hart;
    private final EngineMode mode;
    private final Tuning tuning;
    private final boolean evaluates;
    private final Map<Long, Cost> costs = new HashMap<>();
    private final CompileQueue translations;
    private final CompileQueue improvements;
    private final CompileQueue evaluations;

    /// Instructions interpreted on account of one place, and the time of the last addition.
    private static final class Cost {
        private long instructions;
        private long since;

        Cost(long now) {
            since = now;
        }
    }

    /// @param evaluates whether a compiler with partial evaluation is available
    TierPolicy(Hart hart, EngineMode mode, Tuning tuning, boolean evaluates) {
        this.hart = hart;
        this.mode = mode;
        this.tuning = tuning;
        this.evaluates = evaluates && mode == EngineMode.DEFAULT;
        this.translations = new CompileQueue(tuning.translating(), LONGEST_TRANSLATION_NANOS);
        this.improvements = new CompileQueue(tuning.improving(), LONGEST_IMPROVEMENT_NANOS);
        this.evaluations = new CompileQueue(tuning.compiling(), LONGEST_EVALUATION_NANOS);
    }

    /// Decides at the hart's pc, where control has arrived and no region starts.
    ///
    /// @param left whether by leaving a region
    Decision arrived(CodePage page, int slot, boolean left) {
        if (page.changesOften(hart.instret())) {
            page.heat[slot] = 0;
            return Decision.INTERPRET;
        }
        if (!mode.isAdaptive()) {
            return Decision.BUILD;
        }
        if (++page.heat[slot] < tuning.hot()) {
            return Decision.INTERPRET;
        }
        if (!hasCostEnough(left)) {
            page.heat[slot] = 0;
            return Decision.INTERPRET;
        }
        if (translations.isFull()) {
            cool(page, slot);
            return Decision.INTERPRET;
        }
        return Decision.BUILD;
    }

    /// Whether enough has been interpreted on account of the hart's pc to make a region worthwhile.
    private boolean hasCostEnough(boolean left) {
        if (tuning.worth() == 0) {
            return true;
        }
        if (costs.size() > MOST_PLACES) {
            costs.clear();
        }
        long now = hart.instret();
        Cost cost = costs.computeIfAbsent(hart.pc, _ -> new Cost(now));
        long share = Math.min(now - cost.since, (long) tuning.hot() * tuning.reach());
        cost.instructions += left ? share * tuning.exitWeight() : share;
        cost.since = now;
        return cost.instructions >= (hart.privilege == Hart.USER ? tuning.worthOfPrograms() : tuning.worth());
    }

    /// Decides where control has arrived and a region starts.
    Decision arrived(Region region) {
        if (!region.valid()) {
            return Decision.DISCARD;
        }
        if (mode.isAdaptive()) {
            Decision change = change(region);
            if (change != Decision.ENTER) {
                return change;
            }
            if (!region.code().isReady() || region.isDeoptStorm()) {
                return Decision.INTERPRET;
            }
        }
        if (region.enterable()) {
            return Decision.ENTER;
        }
        if (region.isTranslated() && region.spreadTooFar()) {
            return region.predecessor == null ? Decision.NARROW : Decision.REVERT;
        }
        return Decision.INTERPRET;
    }

    /// Decides whether another region should replace this one; ENTER if not.
    private Decision change(Region region) {
        if (!region.wantsReview() || !region.isDue() && region.arrivals++ % tuning.again() != 0) {
            return Decision.ENTER;
        }
        if (region.isDue()) {
            region.reviewAfter(tuning.reviewAfter());
        }
        if (region.successor() != null) {
            return succession(region, region.successor());
        }
        if (region.optimised() != null && region.predecessor != null) {
            return trial(region);
        }
        if (region.isTranslated()) {
            return region.isQuick() && !region.isFinal() ? improvement(region) : promotion(region);
        }
        if (region.predecessor != null && isSlower(region)) {
            return Decision.REVERT;
        }
        if (region.hasWarmExits() || region.spreadTooFar()) {
            return Decision.REBUILD;
        }
        return region.tooSmall && !evaluations.isFull() ? Decision.REBUILD : Decision.ENTER;
    }

    private Decision succession(Region region, Region successor) {
        if (!successor.valid()) {
            region.setSuccessor(null);
            if (successor.isTranslated()) {
                region.reviewAfter(tuning.improveAfter());
            } else {
                region.settle();
            }
            return Decision.ENTER;
        }
        if (successor.isTranslated()) {
            region.reviewAfter(improveAfter() / CHECKS);
            if (successor.spreadTooFar()) {
                abandon(region, successor);
                return Decision.ENTER;
            }
        }
        return successor.code().isReady() ? Decision.SUCCEED : Decision.ENTER;
    }

    /// Instructions in the quick form after which C2 is asked for the region at the hart's pc.
    private long improveAfter() {
        return hart.privilege == Hart.USER ? tuning.improveProgramsAfter() : tuning.improveAfter();
    }

    private void abandon(Region region, Region successor) {
        region.setSuccessor(null);
        successor.retire();
        region.finish(tuning.promoteAfter());
    }

    /// Asks for the optimised form, unless others are awaited, above all one that will hold this region's code.
    private Decision improvement(Region region) {
        if (mode == EngineMode.QUICK) {
            region.settle();
            return Decision.ENTER;
        }
        if (improvements.isFull() || improvements.covers(region.pc())) {
            region.reviewAfter(improveAfter() / CHECKS);
            return Decision.ENTER;
        }
        return Decision.IMPROVE;
    }

    /// Decides whether the optimised form stays.
    private Decision trial(Region region) {
        if (region.predecessor.valid() && region.optimised().missesOften(tuning.improveAfter())) {
            return Decision.REVERT;
        }
        region.predecessor.retire();
        region.predecessor = null;
        region.reviewAfter(tuning.promoteAfter());
        return Decision.ENTER;
    }

    private Decision promotion(Region region) {
        if (!evaluates) {
            region.settle();
            return Decision.ENTER;
        }
        if (evaluations.isFull()) {
            return Decision.ENTER;
        }
        // By the time its successor is compiled, C2's code for this region will have been timed.
        region.measure();
        return Decision.PROMOTE;
    }

    /// Whether a partially evaluated region has turned out slower than the translated one it replaced, to which the
    /// reference is dropped once that is decided.
    private boolean isSlower(Region region) {
        Region before = region.predecessor;
        if (before.valid() && !(isKnown(region) && isKnown(before))) {
            return false;
        }
        if (before.valid() && region.speed.instructionsPerNano() < SLOWER * before.speed.instructionsPerNano()) {
            return true;
        }
        before.retire();
        region.predecessor = null;
        region.settle();
        return false;
    }

    private static boolean isKnown(Region region) {
        return region.speed != null && region.speed.isKnown();
    }

    /// Keeps a place from asking again at once.
    void cool(CodePage page, int slot) {
        page.heat[slot] = (short) Math.max(0, tuning.hot() - tuning.again());
    }

    /// Makes the interpreter stop at the place of an entered region next time.
    void warm(CodePage page, int slot) {
        page.heat[slot] = (short) (tuning.hot() - 1);
    }

    /// Called when a region has been built: starts compiling it.
    void made(Region region) {
        if (!mode.isAdaptive()) {
            return;
        }
        if (region.isTranslated()) {
            region.reviewAfter(region.isQuick() ? improveAfter() : tuning.promoteAfter());
            (region.optimised() == null ? translations : improvements).request(region);
        } else {
            evaluations.request(region);
        }
    }
}
