// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.mmu.FetchTlb;

/// A region and the conditions under which it may be entered.
///
/// All its pages must be in the fetch TLB, mapped as they were when it was planned: then nothing inside it can miss there,
/// and it needs no checks where it goes from page to page.
final class Region implements CodePage.Dependent {
    /// Refusals for want of pages after which it had better do without them.
    private static final int MOST_ABSENCES = 40;

    private final Hart hart;
    private final long pc;
    private final int size;
    private final boolean usesFloat;
    private final boolean translated;
    /// Null once it is not valid any more, so that its code can be unloaded whoever still knows it.
    private RegionPlan plan;
    private CompiledCode code;
    private boolean valid = true;
    private int absences;
    /// Where and when all its pages were last seen to be mapped.
    private FetchTlb mappedIn;
    private long mappedAt;
    /// Instructions executed in it.
    private long executed;
    /// Another region of the same code, at another virtual address or for another hart, or null.
    Region sibling;
    /// What will take its place once that is compiled, or null.
    Region successor;
    /// What a partially evaluated region has taken the place of, until it is known which of them is faster, or null.
    Region predecessor;
    /// Count of [#executed] at which the tier policy wants to see it.
    private long reviewAt = Long.MAX_VALUE;
    /// What is known of the time its instructions take.
    final Speed speed = new Speed();
    /// What its stays are like, or null when that matters no more.
    StayStatistics stays;
    /// Whether to build it anew with the code behind its exits, and how often that was done before.
    boolean tooSmall;
    int growths;
    /// How often control arrived here while a change was due.
    int arrivals;

    Region(Hart hart, RegionPlan plan, CompiledCode code) {
        this.hart = hart;
        this.plan = plan;
        this.pc = plan.entry();
        this.size = plan.size();
        this.usesFloat = plan.usesFloat();
        this.code = code;
        this.translated = code instanceof Translation;
        for (CodePage page : plan.pages()) {
            page.addDependent(this);
        }
    }

    Hart hart() {
        return hart;
    }

    long pc() {
        return pc;
    }

    /// Number of instructions in it.
    int size() {
        return size;
    }

    /// What it was made from, as long as it is valid.
    RegionPlan plan() {
        return plan;
    }

    /// Its code, as long as it is valid.
    CompiledCode code() {
        return code;
    }

    /// Whether it is of the middle tier.
    boolean isTranslated() {
        return translated;
    }

    /// Whether the code it was built from is still there.
    boolean valid() {
        return valid;
    }

    @Override
    public void codeDropped() {
        valid = false;
        plan = null;
        code = null;
        successor = null;
        predecessor = null;
    }

    /// Gives it up although its code is still there.
    void retire() {
        if (valid) {
            for (CodePage page : plan.pages()) {
                page.removeDependent(this);
            }
            codeDropped();
        }
    }

    /// Whether the tier policy wants to see it.
    boolean isDue() {
        return executed >= reviewAt;
    }

    /// Whether the tier policy should see it before it is entered.
    boolean wantsReview() {
        return isDue() || !translated && (tooSmall || hasWarmExits() || spreadTooFar() || isDeoptStorm());
    }

    /// Has the tier policy look at it after so many instructions more.
    void reviewAfter(long instructions) {
        reviewAt = executed + instructions;
    }

    /// Has nobody look at it any more.
    void settle() {
        reviewAt = Long.MAX_VALUE;
    }

    /// Whether side exits of partially evaluated code have turned out to be frequent, so that it should be built anew.
    boolean hasWarmExits() {
        return code instanceof PartialEvaluation evaluated && evaluated.root().hasWarmExits();
    }

    /// Whether partially evaluated code is left by deoptimisation so often that running it costs more than it gains.
    boolean isDeoptStorm() {
        return code instanceof PartialEvaluation evaluated && evaluated.root().isDeoptStorm();
    }

    /// Whether its other pages are so often missing from the fetch TLB that it had better do without them.
    boolean spreadTooFar() {
        return absences > MOST_ABSENCES;
    }

    /// Whether it may be entered at the hart's pc.
    boolean enterable() {
        return valid && hart.pc == pc && hart.remaining >= size && (!usesFloat || hart.floatDirty()) && isMapped();
    }

    private boolean isMapped() {
        FetchTlb tlb = hart.fetchTlb;
        return tlb == mappedIn && tlb.changes() == mappedAt || isMappedNow(tlb);
    }

    private boolean isMappedNow(FetchTlb tlb) {
        CodePage[] pages = plan.pages();
        for (int i = 0; i < pages.length; i++) {
            if (tlb.lookup(plan.tags()[i]) != pages[i]) {
                absences += i == 0 ? 0 : 1;
                return false;
            }
        }
        mappedIn = tlb;
        mappedAt = tlb.changes();
        return true;
    }

    /// Runs it.
    /// @return false when it is not compiled yet and nothing was done
    boolean enter() {
        long before = hart.remaining;
        boolean ran = speed.isDue() ? timed() : code.run();
        executed += before - hart.remaining;
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
