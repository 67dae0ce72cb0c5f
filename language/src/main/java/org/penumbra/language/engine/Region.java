// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.Arrays;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.translator.TranslatedCode;
import org.penumbra.mmu.FetchTlb;

/// A region and the conditions under which it may be entered.
///
/// All its pages must be in the fetch TLB, mapped as they were when it was planned. Then no fetch inside it can miss,
/// and it needs no checks when crossing pages.
final class Region implements CodePage.Dependent {
    /// Entries refused because of missing pages after which it is rebuilt without those pages.
    private static final int MOST_ABSENCES = 40;

    private final Hart hart;
    private final long pc;
    private final int size;
    private final boolean usesFloat;
    private final boolean translated;
    /// Null once it is invalid, so that its code can be unloaded even if something still refers to this region.
    private RegionPlan plan;
    private CompiledCode code;
    private boolean valid = true;
    private int absences;
    private boolean last;
    /// The fetch TLB's change count when all pages were last found mapped.
    private long mappedAt = Long.MIN_VALUE;
    /// Instructions left until the tier policy reviews it.
    private long left = Long.MAX_VALUE;
    /// Its translated code, if it may be run without consulting anything but [#mayFollow]; else null.
    private TranslatedCode direct;
    /// Next region for the same code, at another virtual address or for another hart, or null.
    Region sibling;
    /// The region that replaces it once compiled, or null.
    private Region successor;
    /// The region that a partially evaluated one has replaced, until it is known which is faster; else null.
    Region predecessor;
    /// Its measured speed, while it is being measured or once it is known; else null.
    Speed speed;
    /// Statistics of its stays, or null when they are no longer needed.
    StayStatistics stays;
    /// Whether to rebuild it with the code behind its exits, and how often that has been done.
    boolean tooSmall;
    int growths;
    /// How often control arrived here while a change was pending.
    int arrivals;

    Region(Hart hart, RegionPlan plan, CompiledCode code) {
        this.hart = hart;
        this.plan = plan;
        this.pc = plan.entry();
        this.size = plan.size();
        this.usesFloat = plan.usesFloat();
        this.code = code;
        this.translated = !(code instanceof PartialEvaluation);
        for (CodePage page : plan.pages()) {
            page.addDependent(this);
        }
    }

    Hart hart() {
        return hart;
    }

    /// Whether its first instruction lies in a page. Which page its pc is in may have changed since it was planned.
    boolean startsIn(CodePage page) {
        return valid && plan.pages()[0] == page;
    }

    long pc() {
        return pc;
    }

    /// Number of instructions in it.
    int size() {
        return size;
    }

    /// The plan it was built from; null once invalid.
    RegionPlan plan() {
        return plan;
    }

    /// Its code; null once invalid.
    CompiledCode code() {
        return code;
    }

    /// Whether it belongs to the middle tier.
    boolean isTranslated() {
        return translated;
    }

    /// Whether the guest code it was built from is unchanged.
    boolean valid() {
        return valid;
    }

    @Override
    public void codeDropped() {
        retire();
    }

    /// Discards it: it leaves the lists of all its pages.
    void retire() {
        if (valid) {
            for (CodePage page : plan.pages()) {
                page.removeDependent(this);
            }
            valid = false;
            plan = null;
            code = null;
            direct = null;
            successor = null;
            predecessor = null;
        }
    }

    /// Whether a review by the tier policy is due.
    boolean isDue() {
        return left <= 0;
    }

    /// Whether the tier policy has to decide before it is entered.
    boolean wantsReview() {
        return isDue() || !translated && (tooSmall || hasWarmExits() || spreadTooFar() || isDeoptStorm());
    }

    Region successor() {
        return successor;
    }

    /// Schedules a review by the tier policy after this many more instructions.
    void reviewAfter(long instructions) {
        left = instructions;
    }

    /// Cancels further reviews.
    void settle() {
        left = Long.MAX_VALUE;
    }

    /// Whether side exits compiled as uncommon traps have turned out to be frequent, so that it should be rebuilt.
    boolean hasWarmExits() {
        return code instanceof PartialEvaluation evaluated && evaluated.root().hasWarmExits();
    }

    /// Whether the code deoptimises so often that running it costs more than it gains.
    boolean isDeoptStorm() {
        return code instanceof PartialEvaluation evaluated && evaluated.root().isDeoptStorm();
    }

    /// Whether its other pages are missing from the fetch TLB so often that it should be rebuilt without them.
    boolean spreadTooFar() {
        return absences > MOST_ABSENCES;
    }

    /// Whether it may be entered at the hart's pc.
    boolean enterable() {
        return valid && hart.pc == pc && hart.remaining >= size && (!usesFloat || hart.floatDirty()) && isMapped();
    }

    private boolean isMapped() {
        FetchTlb tlb = hart.fetchTlb;
        return tlb.changes() == mappedAt || isMappedNow(tlb);
    }

    private boolean isMappedNow(FetchTlb tlb) {
        CodePage[] pages = plan.pages();
        for (int i = 0; i < pages.length; i++) {
            if (tlb.lookup(plan.tags()[i]) != pages[i]) {
                absences += i == 0 ? 0 : 1;
                return false;
            }
        }
        mappedAt = tlb.changes();
        return true;
    }

    /// Whether it is translated in the form that C1 compiles on request.
    boolean isQuick() {
        return code instanceof QuickTranslation;
    }

    /// Its code in the form that C2 compiles on request; null if it has another form.
    OptimisedTranslation optimised() {
        return code instanceof OptimisedTranslation optimised ? optimised : null;
    }

    /// Whether no better translation of it is to be tried.
    boolean isFinal() {
        return last;
    }

    /// Keeps it from being replaced by a better translation, and schedules a review of what else may replace it.
    void finish(long instructions) {
        last = true;
        reviewAfter(instructions);
    }

    /// Whether it contains the block at a pc.
    boolean covers(long start) {
        return valid && Arrays.stream(plan.starts()).anyMatch(block -> block == start);
    }

    /// Sets the region to replace it, or null.
    void setSuccessor(Region region) {
        successor = region;
        direct = null;
    }

    /// Whether the next entry is a visit to its successor, whose profile is to be gathered.
    private boolean visits() {
        return successor != null && successor.optimised() != null && successor.optimised().wantsVisits();
    }

    /// Starts measuring its speed.
    void measure() {
        speed = new Speed();
        direct = null;
    }

    /// Whether control may go on here from another region, by [#runDirectly].
    boolean mayFollow() {
        return direct != null && pc == hart.pc && left > 0 && hart.remaining >= size && !hart.yieldRequested
                && hart.fetchTlb.changes() == mappedAt && (!usesFloat || hart.floatDirty());
    }

    /// Runs its translated code.
    /// @return instructions executed
    long runDirectly() {
        long before = hart.remaining;
        direct.run();
        long executed = before - hart.remaining;
        left -= executed;
        return executed;
    }

    /// Runs it.
    /// @return false, having done nothing, if it is not compiled yet
    boolean enter() {
        if (visits() && successor.enterable()) {
            successor.optimised().visit();
            return true;
        }
        long before = hart.remaining;
        boolean measured = speed == null || speed.isKnown();
        boolean ran = measured || !speed.isDue() ? code.run() : timed();
        left -= before - hart.remaining;
        if (measured && code != null && !visits()) {
            direct = code.direct();
        }
        return ran;
    }

    private boolean timed() {
        long before = hart.remaining;
        long start = System.nanoTime();
        boolean ran = code.run();
        speed.add(before - hart.remaining, System.nanoTime() - start);
        return ran;
    }
}
