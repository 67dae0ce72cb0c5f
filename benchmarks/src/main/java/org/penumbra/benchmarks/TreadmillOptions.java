// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

/// What the treadmill kernel makes of the machine it runs on. It works with every combination on every machine.
///
/// @param asids      whether it uses ASIDs, if the machine has any; without, every context switch fences
/// @param svvptc     whether it relies on Svvptc: no fence after an invalid entry became valid
/// @param superpages whether anonymous mappings of 2 MiB and more get superpages
/// @param svadu      whether it asks the machine to update A and D itself, as far as it can (`menvcfg.ADUE`)
/// @param asidLimit  the most ASID bits it uses, 1 to 16, or 0 for all
/// @param repeats    how many times more it runs its program, which prints its line each time
public record TreadmillOptions(boolean asids, boolean svvptc, boolean superpages, boolean svadu, int asidLimit,
        int repeats) {

    /// Those of the file as it ships: ASIDs, fences as without Svvptc, small pages, A and D by page faults.
    public static final TreadmillOptions DEFAULT = new TreadmillOptions(true, false, false, false, 0, 0);

    private static final int ASIDS = 1;
    private static final int SVVPTC = 2;
    private static final int SUPERPAGES = 4;
    private static final int SVADU = 8;
    private static final int ASID_LIMIT_SHIFT = 8;
    private static final int REPEATS_SHIFT = 16;
    private static final int MOST_REPEATS = 0xffff;

    public TreadmillOptions {
        if (asidLimit < 0 || asidLimit > 16) {
            throw new IllegalArgumentException("an ASID has 1 to 16 bits, not " + asidLimit);
        }
        if (repeats < 0 || repeats > MOST_REPEATS) {
            throw new IllegalArgumentException("repeats are 0 to " + MOST_REPEATS + ", not " + repeats);
        }
    }

    public TreadmillOptions withSvvptc(boolean use) {
        return new TreadmillOptions(asids, use, superpages, svadu, asidLimit, repeats);
    }

    public TreadmillOptions withSuperpages(boolean use) {
        return new TreadmillOptions(asids, svvptc, use, svadu, asidLimit, repeats);
    }

    public TreadmillOptions withSvadu(boolean use) {
        return new TreadmillOptions(asids, svvptc, superpages, use, asidLimit, repeats);
    }

    public TreadmillOptions withAsidLimit(int bits) {
        return new TreadmillOptions(asids, svvptc, superpages, svadu, bits, repeats);
    }

    public TreadmillOptions withRepeats(int times) {
        return new TreadmillOptions(asids, svvptc, superpages, svadu, asidLimit, times);
    }

    /// The flags word (`PARAMETER_*` in `treadmill/kernel/layout.h`).
    int flags() {
        return (asids ? ASIDS : 0) | (svvptc ? SVVPTC : 0) | (superpages ? SUPERPAGES : 0) | (svadu ? SVADU : 0)
                | asidLimit << ASID_LIMIT_SHIFT | repeats << REPEATS_SHIFT;
    }
}
