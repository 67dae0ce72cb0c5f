// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.paging.shadow.Replacement;
import org.penumbra.paging.shadow.Synchronisation;

/// How a model is to be built; `DEFAULTS` and the `with` methods give every combination.
///
/// @param rootBuffer        entries of the shadow-root base-address buffer, 0 to 16
/// @param replacement       which root a full buffer evicts
/// @param synchronisation   what a fence of `ssp` or `asp` does with the entries it covers
/// @param hostPages         bytes of a host page, 4 KiB or 2 MiB
/// @param shadowMemory      bytes of shadow tables per hart
/// @param secondStageLevels levels of `hap`'s second stage: 3 (Sv39x4) or 4 (Sv48x4)
/// @param seed              for the placement of host frames and the pages that the balloon moves
/// @param balloon           instructions between two page moves by the host, or 0 for no moves
public record ModelOptions(int rootBuffer, Replacement replacement, Synchronisation synchronisation, long hostPages,
        long shadowMemory, int secondStageLevels, long seed, long balloon) {
    public static final long SMALL_PAGES = 4096;
    public static final long LARGE_PAGES = 2 << 20;
    public static final int MAXIMUM_ROOT_BUFFER = 16;
    public static final long MINIMUM_SHADOW_MEMORY = 256 << 10;
    public static final long MAXIMUM_SHADOW_MEMORY = 4L << 30;
    public static final long MINIMUM_BALLOON = 1000;

    public static final ModelOptions DEFAULTS = new ModelOptions(8, Replacement.LEAST_RECENTLY_USED,
            Synchronisation.REACHED, SMALL_PAGES, 64 << 20, 3, 1, 0);

    public ModelOptions {
        require(rootBuffer >= 0 && rootBuffer <= MAXIMUM_ROOT_BUFFER, "root buffer", rootBuffer, "0 to 16 entries");
        require(hostPages == SMALL_PAGES || hostPages == LARGE_PAGES, "host page size", hostPages,
                "4096 or 2097152 bytes");
        require(shadowMemory >= MINIMUM_SHADOW_MEMORY && shadowMemory <= MAXIMUM_SHADOW_MEMORY && shadowMemory % 4096
                == 0,
                "shadow memory", shadowMemory, "whole pages, 256 KiB to 4 GiB");
        require(secondStageLevels == 3 || secondStageLevels == 4, "second-stage levels", secondStageLevels, "3 or 4");
        require(balloon == 0 || balloon >= MINIMUM_BALLOON, "balloon", balloon,
                "0, or at least " + MINIMUM_BALLOON + " instructions");
    }

    private static void require(boolean condition, String what, long value, String wanted) {
        if (!condition) {
            throw new IllegalArgumentException(what + " of " + value + ": must be " + wanted);
        }
    }

    public ModelOptions withRootBuffer(int entries) {
        return new ModelOptions(entries, replacement, synchronisation, hostPages, shadowMemory, secondStageLevels, seed,
                balloon);
    }

    public ModelOptions withReplacement(Replacement policy) {
        return new ModelOptions(rootBuffer, policy, synchronisation, hostPages, shadowMemory, secondStageLevels, seed,
                balloon);
    }

    public ModelOptions withSynchronisation(Synchronisation policy) {
        return new ModelOptions(rootBuffer, replacement, policy, hostPages, shadowMemory, secondStageLevels, seed,
                balloon);
    }

    public ModelOptions withHostPages(long bytes) {
        return new ModelOptions(rootBuffer, replacement, synchronisation, bytes, shadowMemory, secondStageLevels, seed,
                balloon);
    }

    public ModelOptions withShadowMemory(long bytes) {
        return new ModelOptions(rootBuffer, replacement, synchronisation, hostPages, bytes, secondStageLevels, seed,
                balloon);
    }

    public ModelOptions withSecondStageLevels(int levels) {
        return new ModelOptions(rootBuffer, replacement, synchronisation, hostPages, shadowMemory, levels, seed,
                balloon);
    }

    public ModelOptions withSeed(long seed) {
        return new ModelOptions(rootBuffer, replacement, synchronisation, hostPages, shadowMemory, secondStageLevels,
                seed,
                balloon);
    }

    public ModelOptions withBalloon(long instructions) {
        return new ModelOptions(rootBuffer, replacement, synchronisation, hostPages, shadowMemory, secondStageLevels,
                seed,
                instructions);
    }
}
