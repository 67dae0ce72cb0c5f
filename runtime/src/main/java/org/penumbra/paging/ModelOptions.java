// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.options.Replacement;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;

/// How a model is to be built; `DEFAULTS` and the `with` methods give every combination.
///
/// The ranges are those of the options of the same names.
///
/// @param rootBuffer        entries of the shadow-root base-address buffer
/// @param replacement       which root a full buffer evicts
/// @param synchronisation   what a fence of `ssp` or `asp` does with the entries it covers
/// @param hostPages         bytes of a host page
/// @param shadowMemory      bytes of shadow tables per hart
/// @param secondStageLevels levels of `hap`'s second stage: 3 (Sv39x4) or 4 (Sv48x4)
/// @param seed              for the placement of host frames and the pages that the balloon moves
/// @param balloon           instructions between two page moves by the host, or 0 for no moves
public record ModelOptions(int rootBuffer, Replacement replacement, Synchronisation synchronisation, long hostPages,
        long shadowMemory, int secondStageLevels, long seed, long balloon) {
    public static final ModelOptions DEFAULTS = new ModelOptions(Settings.ROOT_BUFFER.initial(),
            Settings.ROOT_REPLACEMENT.initial(), Settings.SYNC.initial(), Settings.HOST_PAGES.initial(),
            Settings.SHADOW_MEMORY.initial(), Settings.SECOND_STAGE.initial(), 1, Settings.BALLOON.initial());

    public ModelOptions {
        Settings.ROOT_BUFFER.require(rootBuffer);
        Settings.HOST_PAGES.require(hostPages);
        Settings.SHADOW_MEMORY.require(shadowMemory);
        Settings.SECOND_STAGE.require(secondStageLevels);
        Settings.BALLOON.require(balloon);
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
