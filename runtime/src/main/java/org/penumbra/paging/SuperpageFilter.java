// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// Records which superpages may have 4 KiB pieces in a hart's TLBs, so that a single-address fence drops all of them.
///
/// One hashed set per level. A collision only makes a fence drop more, which is always legal.
final class SuperpageFilter {
    private static final int LEVELS = TranslationMode.MAXIMUM_LEVELS;
    private static final int WORDS = 64;

    private final long[][] bits = new long[LEVELS][];

    /// Notes a leaf of a level, 1 (2 MiB) or above, that covers `gva`.
    void add(long gva, int level) {
        if (bits[level] == null) {
            bits[level] = new long[WORDS];
        }
        int hash = hash(gva, level);
        bits[level][hash >>> 6] |= 1L << hash;
    }

    /// Level of the largest leaf that may cover `gva`; 0 if only 4 KiB pages do.
    int level(long gva) {
        for (int level = LEVELS - 1; level > 0; level--) {
            if (bits[level] != null) {
                int hash = hash(gva, level);
                if ((bits[level][hash >>> 6] >>> hash & 1) != 0) {
                    return level;
                }
            }
        }
        return 0;
    }

    void clear() {
        for (int level = 1; level < LEVELS; level++) {
            bits[level] = null;
        }
    }

    private static int hash(long gva, int level) {
        long page = gva >> 12 + 9 * level;
        return (int) (page * 0x9e3779b97f4a7c15L >>> 52);
    }

    void transfer(State state) {
        for (int level = 1; level < LEVELS; level++) {
            if (state.flag(bits[level] != null)) {
                bits[level] = bits[level] == null ? new long[WORDS] : bits[level];
                state.numbers(bits[level]);
            }
        }
    }
}
