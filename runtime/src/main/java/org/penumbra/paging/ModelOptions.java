// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.options.Replacement;
import org.penumbra.options.Setting;
import org.penumbra.options.Setting.Trait;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;

/// How a model is to be built; `DEFAULTS` and the `with` methods give every combination.
///
/// @param values of the options [#SETTINGS], all of them
/// @param seed   for the placement of host frames and the pages that the balloon moves
public record ModelOptions(Map<Setting<?>, Object> values, long seed) {
    /// The options that a model is built with, in the order of the help.
    public static final List<Setting<?>> SETTINGS = Settings.all().stream()
            .filter(setting -> setting.is(Trait.OF_MODEL)).toList();

    public static final ModelOptions DEFAULTS = defaults();

    private static ModelOptions defaults() {
        Map<Setting<?>, Object> values = new HashMap<>();
        SETTINGS.forEach(setting -> values.put(setting, setting.initial()));
        return new ModelOptions(values, 1);
    }

    public ModelOptions {
        values = Map.copyOf(values);
    }

    /// The value of one of [#SETTINGS].
    @SuppressWarnings("unchecked")
    public <T> T get(Setting<T> setting) {
        return (T) values.get(setting);
    }

    /// The same with another value of one of [#SETTINGS].
    ///
    /// @throws IllegalArgumentException with a one-line message, if the value is out of range
    public <T> ModelOptions with(Setting<T> setting, T value) {
        Map<Setting<?>, Object> changed = new HashMap<>(values);
        if (changed.put(setting, setting.require(value)) == null) {
            throw new IllegalArgumentException(setting.name() + " is no option of a model");
        }
        return new ModelOptions(changed, seed);
    }

    /// Entries of the shadow-root base-address buffer.
    public int rootBuffer() {
        return get(Settings.ROOT_BUFFER);
    }

    /// Which root a full buffer evicts.
    public Replacement replacement() {
        return get(Settings.ROOT_REPLACEMENT);
    }

    /// What a fence of `ssp` or `asp` does with the entries it covers.
    public Synchronisation synchronisation() {
        return get(Settings.SYNC);
    }

    /// Bytes of a host page.
    public long hostPages() {
        return get(Settings.HOST_PAGES);
    }

    /// Bytes of shadow tables per hart.
    public long shadowMemory() {
        return get(Settings.SHADOW_MEMORY);
    }

    /// Levels of the second stage: 3 (Sv39x4) or 4 (Sv48x4).
    public int secondStageLevels() {
        return get(Settings.SECOND_STAGE);
    }

    /// Instructions between two page moves by the host, or 0 for no moves.
    public long balloon() {
        return get(Settings.BALLOON);
    }

    public ModelOptions withRootBuffer(int entries) {
        return with(Settings.ROOT_BUFFER, entries);
    }

    public ModelOptions withReplacement(Replacement policy) {
        return with(Settings.ROOT_REPLACEMENT, policy);
    }

    public ModelOptions withSynchronisation(Synchronisation policy) {
        return with(Settings.SYNC, policy);
    }

    public ModelOptions withHostPages(long bytes) {
        return with(Settings.HOST_PAGES, bytes);
    }

    public ModelOptions withShadowMemory(long bytes) {
        return with(Settings.SHADOW_MEMORY, bytes);
    }

    public ModelOptions withSecondStageLevels(int levels) {
        return with(Settings.SECOND_STAGE, levels);
    }

    public ModelOptions withSeed(long other) {
        return new ModelOptions(values, other);
    }

    public ModelOptions withBalloon(long instructions) {
        return with(Settings.BALLOON, instructions);
    }
}
