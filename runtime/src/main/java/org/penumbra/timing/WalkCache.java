// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.TimingParameters.Policy;

/// A page-walk cache of one stage: for each level but the lowest, entries of tables that point to other tables, found
/// by the address being translated. A walk begins below the lowest level that is found.
final class WalkCache {
    private static final int SPACE_SHIFT = 45;

    /// By level; null where there is none.
    private final SetAssociative[] levels = new SetAssociative[TranslationMode.MAXIMUM_LEVELS];

    /// @param entries at each level; 0 for no cache
    WalkCache(int entries, int ways, Policy policy, long seed) {
        for (int level = 1; entries > 0 && level < TranslationMode.MAXIMUM_LEVELS; level++) {
            levels[level] = new SetAssociative(entries, ways, policy, seed + level);
        }
    }

    /// Whether there is one at all.
    boolean exists() {
        return levels[1] != null;
    }

    private static long prefix(long address, int level) {
        return address >>> 12 + 9 * level;
    }

    private static long tag(long address, int space, int level) {
        return prefix(address, level) & (1L << SPACE_SHIFT) - 1 | (long) space << SPACE_SHIFT;
    }

    /// The lowest level, above `leaf`, whose entry is held, or 0 if none is.
    ///
    /// @param leaf level at which the walk ends
    int lowest(long address, int space, int leaf) {
        for (int level = leaf + 1; level < TranslationMode.MAXIMUM_LEVELS && exists(); level++) {
            int slot = levels[level].find(tag(address, space, level), prefix(address, level));
            if (slot != SetAssociative.NONE) {
                levels[level].touch(slot);
                return level;
            }
        }
        return 0;
    }

    /// Notes the pointer that a walk has read at a level.
    void add(long address, int space, int level) {
        if (exists()) {
            levels[level].use(tag(address, space, level), prefix(address, level));
        }
    }

    void clear() {
        for (int level = 1; level < TranslationMode.MAXIMUM_LEVELS && exists(); level++) {
            levels[level].clear();
        }
    }
}
