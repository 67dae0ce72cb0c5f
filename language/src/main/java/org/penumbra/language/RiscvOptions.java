// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.TruffleOptionDescriptors;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.graalvm.options.OptionCategory;
import org.graalvm.options.OptionDescriptor;
import org.graalvm.options.OptionDescriptors;
import org.graalvm.options.OptionKey;
import org.graalvm.options.OptionStability;
import org.graalvm.options.OptionType;
import org.graalvm.options.OptionValues;
import org.graalvm.polyglot.SandboxPolicy;
import org.penumbra.hart.HartConfig;
import org.penumbra.options.ModelName;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;
import org.penumbra.paging.ModelOptions;

/// Options of the language, `riscv.NAME` in the polyglot API: one for each row of [Settings].
final class RiscvOptions {
    private static final Map<Setting<?>, OptionKey<?>> KEYS = new IdentityHashMap<>();
    private static final OptionDescriptors DESCRIPTORS;

    static {
        List<OptionDescriptor> descriptors = new ArrayList<>();
        for (Setting<?> setting : Settings.all()) {
            OptionKey<?> key = newKey(setting);
            KEYS.put(setting, key);
            boolean internal = setting.group() == Setting.Group.INTERNAL;
            descriptors.add(OptionDescriptor.newBuilder(key, setting.key()).help(setting.description())
                    .category(internal ? OptionCategory.INTERNAL : OptionCategory.USER)
                    .stability(internal ? OptionStability.EXPERIMENTAL : OptionStability.STABLE).build());
        }
        DESCRIPTORS = new Descriptors(OptionDescriptors.create(descriptors));
    }

    /// Names of the options that only some models have, which [#model(OptionValues)] reads.
    static final Set<String> OF_MODELS = Settings.of(Setting.Group.TRANSLATION).stream()
            .filter(setting -> setting.models().size() < ModelName.values().length).map(Setting::name)
            .collect(Collectors.toUnmodifiableSet());

    private RiscvOptions() {
    }

    /// The options with the policies of sandboxes that permit them.
    private record Descriptors(OptionDescriptors all) implements TruffleOptionDescriptors {
        @Override
        public OptionDescriptor get(String name) {
            return all.get(name);
        }

        @Override
        public Iterator<OptionDescriptor> iterator() {
            return all.iterator();
        }

        @Override
        public SandboxPolicy getSandboxPolicy(String name) {
            return KEYS.keySet().stream().anyMatch(setting -> setting.key().equals(name)
                    && setting.is(Setting.Trait.INSIDE))
                    ? SandboxPolicy.CONSTRAINED : SandboxPolicy.TRUSTED;
        }
    }

    private static <T> OptionKey<T> newKey(Setting<T> setting) {
        return new OptionKey<>(setting.initial(), new OptionType<>(setting.name(), text -> {
            try {
                return setting.parse(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(setting.key() + ": " + e.getMessage());
            }
        }));
    }

    static OptionDescriptors descriptors() {
        return DESCRIPTORS;
    }

    @SuppressWarnings("unchecked")
    static <T> OptionKey<T> key(Setting<T> setting) {
        return (OptionKey<T>) KEYS.get(setting);
    }

    static <T> T get(OptionValues values, Setting<T> setting) {
        return values.get(key(setting));
    }

    /// Options of a hart.
    static HartConfig hart(OptionValues values) {
        return HartConfig.of(get(values, Settings.MMU), get(values, Settings.ASID_BITS), get(values, Settings.AD),
                get(values, Settings.SVVPTC), get(values, Settings.CPU));
    }

    /// Refuses options of other models than the one that is chosen.
    ///
    /// @param given whether an option was given together with the model
    /// @throws RiscvException with a one-line message, if there is one
    static void requireEffects(Predicate<OptionKey<?>> given, String model) {
        for (Setting<?> setting : Settings.of(Setting.Group.TRANSLATION)) {
            if (given.test(key(setting))) {
                try {
                    setting.requireEffect(model);
                } catch (IllegalArgumentException e) {
                    throw new RiscvException(setting.key() + " " + e.getMessage(), RiscvException.USAGE);
                }
            }
        }
    }

    /// Options of the models.
    static ModelOptions model(OptionValues values) {
        ModelOptions options = ModelOptions.DEFAULTS;
        for (Setting<?> setting : ModelOptions.SETTINGS) {
            options = with(options, setting, values);
        }
        return options;
    }

    private static <T> ModelOptions with(ModelOptions options, Setting<T> setting, OptionValues values) {
        return options.with(setting, get(values, setting));
    }

    /// Empty unless the option was given.
    static OptionalLong date(OptionValues values) {
        return values.hasBeenSet(key(Settings.DATE)) ? OptionalLong.of(get(values, Settings.DATE))
                : OptionalLong.empty();
    }
}
