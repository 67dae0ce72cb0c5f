// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;

/// The regions of a hart, found by the half-word they start at, by the blocks they contain, and by recent successors.
final class RegionCache {
    /// Most regions of one hart that start at the same half-word, at different virtual addresses.
    private static final int MOST_SIBLINGS = 8;
    /// Number of recorded blocks above which those of dropped regions are removed.
    private static final int MOST_BLOCKS = 200_000;
    private static final int RECENT = 1 << 12;

    private final Hart hart;
    /// The region that most recently included a basic block, by the block's start.
    private final Map<Long, Region> covering = new HashMap<>();
    /// Regions recently entered from other regions, by pc: finding a successor takes one lookup.
    private final Region[] recent = new Region[RECENT];

    RegionCache(Hart hart) {
        this.hart = hart;
    }

    /// The region for a virtual address that starts at the corresponding half-word of a page, or null.
    Region at(long pc, CodePage page) {
        Region region = (Region) page.unit(CodePage.slot(pc));
        while (region != null && (region.pc() != pc || region.hart() != hart)) {
            region = region.sibling;
        }
        return region;
    }

    /// The region that can be entered directly at the hart's pc, or null.
    Region next() {
        int index = place(hart.pc);
        Region region = recent[index];
        if (region == null || !region.enterable()) {
            CodePage page = hart.fetchTlb.lookup(hart.pc);
            region = page == null ? null : at(hart.pc, page);
            if (region == null || !region.enterable() || !region.code().isReady()) {
                return null;
            }
            recent[index] = region;
        }
        return region.wantsReview() ? null : region;
    }

    /// The region that was last entered from another one at a pc such as the hart's, or null.
    Region recent() {
        return recent[place(hart.pc)];
    }

    /// Index in [#recent] of regions at a pc.
    private static int place(long pc) {
        return (int) (pc >>> 1) & RECENT - 1;
    }

    /// Whether a valid region starts at `pc`.
    ///
    /// @param optimised whether only those in the optimised form count
    boolean starts(long pc, boolean optimised) {
        CodePage page = hart.fetchTlb.lookup(pc);
        Region region = page == null ? null : at(pc, page);
        return region != null && region.valid() && (!optimised || region.optimised() != null);
    }

    /// Adds a region; if the hart has too many at its place, removes the oldest.
    void add(Region region, CodePage page) {
        int slot = CodePage.slot(region.pc());
        region.sibling = few((Region) page.unit(slot));
        page.setUnit(slot, region);
        for (long block : region.plan().starts()) {
            covering.put(block, region);
        }
        if (covering.size() > MOST_BLOCKS) {
            covering.values().removeIf(other -> !other.valid());
        }
    }

    /// Removes a region; it may be added again.
    void remove(Region region, CodePage page) {
        int slot = CodePage.slot(region.pc());
        page.setUnit(slot, without(region, (Region) page.unit(slot)));
        int index = place(region.pc());
        if (recent[index] == region) {
            recent[index] = null;
        }
    }

    /// Whether a region contains a block that starts at `pc`.
    boolean covers(long pc) {
        Region region = covering.get(pc);
        return region != null && region.valid();
    }

    /// The regions from `first` on, except one.
    private static Region without(Region gone, Region first) {
        if (first == null || first == gone) {
            return first == null ? null : first.sibling;
        }
        first.sibling = without(gone, first.sibling);
        return first;
    }

    private Region few(Region first) {
        int own = 1;
        for (Region region = first; region != null; region = region.sibling) {
            own += region.hart() == hart ? 1 : 0;
            if (own == MOST_SIBLINGS) {
                region.retire();
                return without(region, first);
            }
        }
        return first;
    }
}
