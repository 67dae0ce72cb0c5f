// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import com.oracle.truffle.api.CallTarget;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.language.nodes.RegionRootNode;

/// A region and the conditions under which it may be entered.
///
/// All its pages must be in the fetch TLB, mapped as they were when it was built: then nothing inside it can miss there,
/// and it needs no checks where it goes from page to page.
final class Region implements CodePage.Dependent {
    private static final int CALLS_TO_COMPILE = 3;
    private static final int MOST_SIBLINGS = 8;
    private static final int MOST_ABSENCES = 40;
    /// An odd pc, at which no region starts.
    private static final long NOWHERE = -1;

    private final Hart hart;
    private final long pc;
    private final int size;
    private final boolean usesFloat;
    private final RegionRootNode root;
    private final CallTarget target;
    private final long[] tags;
    private final CodePage[] pages;
    private final long[] blocks;
    private boolean valid = true;
    private boolean compiled;
    private int absences;
    /// How often a region of another entry was put off for this one.
    int deferrals;
    /// Another region of the same code, at another virtual address or for another hart, or null.
    Region sibling;
    /// What will take its place once that is compiled, or null.
    Region successor;
    /// How often it was run since then.
    int arrivals;
    /// What its stays are like, or null when that matters no more.
    Departures departures;
    /// Whether to build it anew with the code behind its exits, and how often that was done before.
    boolean stunted;
    int growths;

    Region(Hart hart, long pc, int size, boolean usesFloat, RegionRootNode root, long[] tags, CodePage[] pages, long[] blocks) {
        this.hart = hart;
        this.pc = pc;
        this.size = size;
        this.usesFloat = usesFloat;
        this.root = root;
        this.target = root.getCallTarget();
        this.tags = tags;
        this.pages = pages;
        this.blocks = blocks;
        for (CodePage page : pages) {
            page.addDependent(this);
        }
    }

    /// A hart's region for a virtual address among those that start at a half-word of a page, or null.
    static Region at(Hart hart, long pc, Object first) {
        Region region = (Region) first;
        while (region != null && (region.pc != pc || region.hart != hart)) {
            region = region.sibling;
        }
        return region;
    }

    /// The regions from `first` on but for one.
    static Region without(Region gone, Object first) {
        Region region = (Region) first;
        if (region == null || region == gone) {
            return region == null ? null : region.sibling;
        }
        region.sibling = without(gone, region.sibling);
        return region;
    }

    /// The regions from `first` on, without the oldest where a hart has many.
    static Region few(Hart hart, Object first) {
        int own = 1;
        for (Region region = (Region) first; region != null; region = region.sibling) {
            own += region.hart == hart ? 1 : 0;
            if (own == MOST_SIBLINGS) {
                return without(region, first);
            }
        }
        return (Region) first;
    }

    long pc() {
        return pc;
    }

    /// Number of instructions in it.
    int size() {
        return size;
    }

    /// The pcs that its blocks start at.
    long[] blocks() {
        return blocks;
    }

    /// Whether the code it was built from is still there.
    boolean valid() {
        return valid;
    }

    @Override
    public void codeDropped() {
        valid = false;
    }

    /// Whether it should be built anew: with what has been learnt of its exits, or with fewer pages.
    boolean unfit() {
        return root.outgrown() || spreadTooFar();
    }

    /// Whether running it costs more than it gains until it has been built anew.
    boolean tedious() {
        return root.tedious();
    }

    /// Has it compiled in the background.
    void requestCompilation() {
        // Each call of code that is not compiled only reports that it is hot; it takes some of them to get it queued.
        for (int i = 0; i < CALLS_TO_COMPILE && !compiled(); i++) {
            // Asking is the call.
        }
    }

    /// Whether its compiled code is there.
    boolean compiled() {
        if (!compiled) {
            long at = hart.pc;
            hart.pc = NOWHERE;
            try {
                compiled = target.call() == RegionRootNode.ELSEWHERE;
            } finally {
                hart.pc = at;
            }
        }
        return compiled;
    }

    /// Whether it may be entered at the hart's pc, which lies in its first page.
    boolean enterable() {
        if (!valid || hart.pc != pc || hart.remaining < size || usesFloat && !hart.floatDirty()) {
            return false;
        }
        for (int i = 1; i < pages.length; i++) {
            if (hart.fetchTlb.lookup(tags[i]) != pages[i]) {
                absences++;
                return false;
            }
        }
        return true;
    }

    /// Whether its other pages are so often missing from the fetch TLB that it had better do without them.
    boolean spreadTooFar() {
        return absences > MOST_ABSENCES;
    }

    /// Runs it.
    /// @return false when it is not compiled yet and nothing was done
    boolean enter() {
        return target.call() == RegionRootNode.RAN;
    }
}
