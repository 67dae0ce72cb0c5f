// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;

/// Decides which tier executes a place: what has cost the interpreter enough is translated; what has run long in
/// translation is partially evaluated; and the faster of the two keeps it.
final class TierPolicy {
    /// What is to be done where control has arrived.
    enum Decision {
        /// Nothing but to interpret.
        INTERPRET,
        /// Make a region of the place.
        BUILD,
        /// Enter the region.
        ENTER,
        /// Forget the region, whose code has changed.
        DISCARD,
        /// Make the region anew with the code of one page only.
        NARROW,
        /// Have the region partially evaluated as well.
        PROMOTE,
        /// Have the region partially evaluated again, by what has been learnt of it.
        REBUILD,
        /// Put the region's successor in its place.
        SUCCEED,
        /// Put the region's predecessor back, which was faster.
        REVERT
    }

    /// Places whose costs are remembered.
    private static final int MOST_PLACES = 200_000;
    /// Share of the translated code's speed below which partially evaluated code gives way to it: measurements differ by
    /// some percent without a reason.
    private static final double SLOWER = 0.97;
    /// Translations that were not compiled by then never will be.
    private static final long LONGEST_TRANSLATION_NANOS = 1_000_000_000L;
    private static final long LONGEST_EVALUATION_NANOS = 20_000_000_000L;

    private final Hart hart;
    private final EngineMode mode;
    private final Tuning tuning;
    private final boolean evaluates;
    private final Map<Long, Cost> costs = new HashMap<>();
    private final CompileQueue translations;
    private final CompileQueue evaluations;

    /// What was interpreted because of one place, and when that was last added to.
    private static final class Cost {
        private long instructions;
        private long since;

        Cost(long now) {
            since = now;
        }
    }

    /// @param evaluates whether there is a compiler that evaluates partially
    TierPolicy(Hart hart, EngineMode mode, Tuning tuning, boolean evaluates) {
        this.hart = hart;
        this.mode = mode;
        this.tuning = tuning;
        this.evaluates = evaluates;
        this.translations = new CompileQueue(tuning.translating(), LONGEST_TRANSLATION_NANOS);
        this.evaluations = new CompileQueue(tuning.compiling(), LONGEST_EVALUATION_NANOS);
    }

    /// Control has arrived, at the hart's pc, where no region starts.
    ///
    /// @param left whether by leaving a region
    Decision arrived(CodePage page, int slot, boolean left) {
        if (page.restless(hart.instret())) {
            page.heat[slot] = 0;
            return Decision.INTERPRET;
        }
        if (mode != EngineMode.DEFAULT) {
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

    /// Whether so much has been interpreted on account of the hart's pc that a region is worth making.
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
        return cost.instructions >= tuning.worth();
    }

    /// Control has arrived where a region starts.
    Decision arrived(Region region) {
        if (!region.valid()) {
            return Decision.DISCARD;
        }
        if (mode == EngineMode.DEFAULT) {
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
        return region.isTranslated() && region.spreadTooFar() ? Decision.NARROW : Decision.INTERPRET;
    }

    /// Whether another region should take this one's place; ENTER if not.
    private Decision change(Region region) {
        if (!region.wantsReview() || !region.isDue() && region.arrivals++ % tuning.again() != 0) {
            return Decision.ENTER;
        }
        if (region.isDue()) {
            region.reviewAfter(tuning.reviewAfter());
        }
        Region successor = region.successor;
        if (successor != null) {
            return succession(region, successor);
        }
        if (region.isTranslated()) {
            return promotion(region);
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
            region.successor = null;
            region.settle();
            return Decision.ENTER;
        }
        return successor.code().isReady() ? Decision.SUCCEED : Decision.ENTER;
    }

    private Decision promotion(Region region) {
        if (!evaluates) {
            region.settle();
            return Decision.ENTER;
        }
        if (evaluations.isFull()) {
            return Decision.ENTER;
        }
        // By the time that its successor is compiled, the second compiler's code will have been timed.
        region.speed.restart();
        return Decision.PROMOTE;
    }

    /// Whether a partially evaluated region has turned out slower than the translated one before it, which is known no more
    /// once that is decided.
    private boolean isSlower(Region region) {
        Region before = region.predecessor;
        if (before.valid() && !(region.speed.isKnown() && before.speed.isKnown())) {
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

    /// A place is not to ask again at once.
    void cool(CodePage page, int slot) {
        page.heat[slot] = (short) Math.max(0, tuning.hot() - tuning.again());
    }

    /// The place of a region that is entered: the interpreter is to stop there next time.
    void warm(CodePage page, int slot) {
        page.heat[slot] = (short) (tuning.hot() - 1);
    }

    /// A region has been made: has it compiled.
    void made(Region region) {
        if (mode != EngineMode.DEFAULT) {
            return;
        }
        if (region.isTranslated()) {
            region.reviewAfter(tuning.promoteAfter());
            translations.request(region);
        } else {
            evaluations.request(region);
        }
    }
}
