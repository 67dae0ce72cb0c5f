// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;

/// The regions of a hart: by the half-word of the page they start at, by the blocks they hold, and by where control went
/// last.
final class RegionCache {
    /// Regions of one hart that start at one half-word, at different virtual addresses.
    private static final int MOST_SIBLINGS = 8;
    /// Blocks remembered of regions until those of dropped ones are forgotten.
    private static final int MOST_BLOCKS = 200_000;
    private static final int RECENT = 1 << 12;

    private final Hart hart;
    /// By the start of a basic block, the region that took it in last.
    private final Map<Long, Region> covering = new HashMap<>();
    /// Regions lately gone to from others, by their pc: going on takes one look.
    private final Region[] recent = new Region[RECENT];

    RegionCache(Hart hart) {
        this.hart = hart;
    }

    /// The region for a virtual address that starts at its half-word of a page, or null.
    Region at(long pc, CodePage page) {
        Region region = (Region) page.unit(CodePage.slot(pc));
        while (region != null && (region.pc() != pc || region.hart() != hart)) {
            region = region.sibling;
        }
        return region;
    }

    /// The region that control can go to at once at the hart's pc, or null.
    Region next() {
        int index = (int) (hart.pc >>> 1) & RECENT - 1;
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

    /// Takes a region in, the oldest at its place out where a hart has many.
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

    /// Takes a region out; it may be put back.
    void remove(Region region, CodePage page) {
        int slot = CodePage.slot(region.pc());
        page.setUnit(slot, without(region, (Region) page.unit(slot)));
        int index = (int) (region.pc() >>> 1) & RECENT - 1;
        if (recent[index] == region) {
            recent[index] = null;
        }
    }

    /// Whether a region holds a block that starts at `pc`.
    boolean covers(long pc) {
        Region region = covering.get(pc);
        return region != null && region.valid();
    }

    /// The regions from `first` on but for one.
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
