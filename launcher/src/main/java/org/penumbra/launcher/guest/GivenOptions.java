// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.options.Setting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Rows of the catalogue of options on a command line, as a mixin for picocli. An option that is not given is not
/// passed on: the language has the defaults.
@Command
public final class GivenOptions {

    private final Map<Setting<?>, OptionSpec> options = new LinkedHashMap<>();

    /// @param settings to offer, in the order of the help
    public GivenOptions(List<Setting<?>> settings) {
        for (Setting<?> setting : settings) {
            OptionSpec.Builder option = OptionSpec.builder(setting.flags().toArray(String[]::new))
                    .description(setting.description().replace("%", "%%"));
            if (setting.isFlag()) {
                option.type(boolean.class).arity("0");
            } else {
                option.arity("1").paramLabel(setting.label());
                if (!setting.syntax().words().isEmpty()) {
                    option.completionCandidates(setting.syntax().words());
                }
                if (setting.isRepeated()) {
                    option.type(List.class).auxiliaryTypes(String.class);
                } else {
                    option.type(String.class);
                }
            }
            options.put(setting, option.build());
        }
    }

    @Spec(Spec.Target.MIXEE)
    void addTo(CommandSpec command) {
        options.values().forEach(command::addOption);
    }

    /// The option's text, lines or items of a repeated one joined; null if it is not given.
    ///
    /// @throws ParameterException if it is invalid
    public String text(Setting<?> setting) {
        Object given = options.get(setting).getValue();
        return switch (given) {
            case null -> null;
            case List<?> list -> list.isEmpty() ? null : valid(setting, String.join(setting.separator(),
                    list.stream().map(Object::toString).toList()));
            case Boolean flag -> flag ? "true" : null;
            default -> valid(setting, given.toString());
        };
    }

    /// The option's value, or the default.
    ///
    /// @throws ParameterException if it is invalid
    public <T> T value(Setting<T> setting) {
        String text = text(setting);
        return text == null ? setting.initial() : setting.parse(text);
    }

    /// The values of a repeated option.
    public List<String> list(Setting<?> setting) {
        String text = text(setting);
        return text == null ? List.of() : List.of(text.split(setting.separator()));
    }

    /// All that are given, in the form in which the language writes them.
    ///
    /// @throws ParameterException if one is invalid
    public Map<Setting<?>, String> all() {
        Map<Setting<?>, String> given = new LinkedHashMap<>();
        for (Setting<?> setting : options.keySet()) {
            String text = text(setting);
            if (text != null) {
                given.put(setting, text);
            }
        }
        return given;
    }

    /// Settings as options of the polyglot API, in a new map.
    public static Map<String, String> polyglot(Map<Setting<?>, String> given) {
        Map<String, String> result = new LinkedHashMap<>();
        given.forEach((setting, text) -> result.put(setting.key(), text));
        return result;
    }

    private String valid(Setting<?> setting, String text) {
        if (text.isEmpty() && setting.label().startsWith("FILE")) {
            throw wrong(setting, "the name of a file is missing");
        }
        try {
            return setting.normal(text);
        } catch (IllegalArgumentException e) {
            throw wrong(setting, e.getMessage());
        }
    }

    /// Refuses an option that has no effect under a model.
    ///
    /// @throws ParameterException if it has none
    void requireEffect(Setting<?> setting, String model) {
        try {
            setting.requireEffect(model);
        } catch (IllegalArgumentException e) {
            throw wrong(setting, e.getMessage());
        }
    }

    /// An error of the command line about an option of the polyglot engine.
    ParameterException wrong(String key, String line) {
        return new ParameterException(options.values().iterator().next().command().commandLine(), "--option " + key
                + ": " + line);
    }

    /// An error of the command line about one option.
    public ParameterException wrong(Setting<?> setting, String line) {
        return new ParameterException(options.get(setting).command().commandLine(), setting.flags().getFirst() + ": "
                + line);
    }
}
