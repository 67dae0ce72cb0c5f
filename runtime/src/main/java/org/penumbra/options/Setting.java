// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One option of a machine: a row of [Settings].
///
/// @param name      in the polyglot API (`riscv.NAME`), in scripts and sweeps, and with `--` on the command line
/// @param alias     another name on the command line, the one that its help shows; empty for none
/// @param label     what the help calls the value; empty for a flag
/// @param separator between several values; empty if only one can be given
/// @param group     where it is offered
/// @param syntax    how values are written, and their range
/// @param initial   its value if it is not given
/// @param initialOf that of some commands, by their names
/// @param shown     the default as users read it, with exceptions for commands; empty for none
/// @param help      one or two sentences
/// @param models    those under which it has an effect
/// @param traits    what else it says about itself
public record Setting<T>(String name, String alias, String label, String separator, Group group, Syntax<T> syntax,
        T initial, Map<String, T> initialOf, String shown, String help, List<ModelName> models, Set<Trait> traits) {

    /// Where an option is offered. All are polyglot options and options of scripts.
    public enum Group {
        /// On the command line of `run` and `linux`.
        MACHINE,
        /// There, on that of `compare`, and in sweeps.
        TRANSLATION,
        /// On the command line of `run` and `linux`: images and peripherals.
        BOARD,
        /// Not on a command line of its own; commands set it.
        INNER,
        /// For tests.
        INTERNAL
    }

    /// What else an option says about itself.
    public enum Trait {
        /// It describes the machine, so a snapshot has it and it cannot be given with one.
        RECORDED,
        /// It may differ between a boot that is kept and the starts that continue from it.
        AFTER_BOOT,
        /// The translation model is built with it.
        OF_MODEL,
        /// A constrained context may set it: it reaches out of the machine to no file, network or debugger.
        INSIDE
    }

    static <T> Builder<T> of(Group group, String name, String label, Syntax<T> syntax, T initial, String help) {
        return new Builder<>(group, name, label, syntax, initial, syntax.writer().apply(initial), help);
    }

    static Builder<Boolean> flag(Group group, String name, String help) {
        return new Builder<>(group, name, "", Syntax.flag(), false, "", help);
    }

    /// A row in the making.
    static final class Builder<T> {
        private final Group group;
        private final String name;
        private final String label;
        private final Syntax<T> syntax;
        private final T initial;
        private final String help;
        private final Map<String, T> initialOf = new LinkedHashMap<>();
        private String alias = "";
        private String separator = "";
        private String shown;
        private List<ModelName> models = List.of(ModelName.values());
        private Set<Trait> traits = Set.of();

        private Builder(Group group, String name, String label, Syntax<T> syntax, T initial, String shown,
                String help) {
            this.group = group;
            this.name = name;
            this.label = label;
            this.syntax = syntax;
            this.initial = initial;
            this.shown = shown;
            this.help = help;
        }

        /// The default that users read.
        Builder<T> shown(String text) {
            shown = text;
            return this;
        }

        /// An exception to the default that users read, after the general one.
        Builder<T> but(String text) {
            return shown(shown + "; " + text);
        }

        /// The default of one command.
        Builder<T> but(String command, T value) {
            initialOf.put(command, value);
            return but(command + ": " + syntax.writer().apply(value));
        }

        Builder<T> also(String other) {
            alias = other;
            return this;
        }

        Builder<T> repeated(String between) {
            separator = between;
            return this;
        }

        /// The only models under which it has an effect.
        Builder<T> under(List<ModelName> some) {
            models = some;
            return this;
        }

        Builder<T> traits(Trait... some) {
            traits = Set.of(some);
            return this;
        }

        /// In the help, `{values}` stands for the valid ones and `{models}` for those under which it has an effect.
        Setting<T> build() {
            String text = help.replace("{values}", syntax.values())
                    .replace("{models}", Syntax.series(models.stream().map(ModelName::toString).toList(), "and"));
            return new Setting<>(name, alias, label, separator, group, syntax, initial, Map.copyOf(initialOf), shown,
                    text, models, traits);
        }
    }

    /// Refuses a setting that has no effect.
    ///
    /// @param model as users write it; one that does not exist is somebody else's to refuse
    /// @throws IllegalArgumentException with a one-line message, without the name of the option
    public void requireEffect(String model) {
        if (!hasEffect(model) && ModelName.all().contains(model)) {
            throw new IllegalArgumentException("has no effect under the model " + model + ", only under "
                    + String.join(", ", models.stream().map(ModelName::toString).toList()));
        }
    }

    /// Whether it has an effect under a model, as users write it.
    public boolean hasEffect(String model) {
        return models.stream().anyMatch(known -> known.toString().equals(model));
    }

    public boolean is(Trait trait) {
        return traits.contains(trait);
    }

    /// Its value where a command is not given it.
    public T initial(String command) {
        return initialOf.getOrDefault(command, initial);
    }

    /// The text of a default that only this command has.
    Optional<String> own(String command) {
        return Optional.ofNullable(initialOf.get(command)).map(this::text);
    }

    public boolean isFlag() {
        return label.isEmpty();
    }

    public boolean isRepeated() {
        return !separator.isEmpty();
    }

    /// Names on the command line, the one for messages first.
    public List<String> flags() {
        return alias.isEmpty() ? List.of("--" + name) : List.of("--" + alias, "--" + name);
    }

    /// The name in the polyglot API.
    public String key() {
        return "riscv." + name;
    }

    /// @throws IllegalArgumentException with a one-line message, if the text is not a valid value
    public T parse(String text) {
        return syntax.parse(text);
    }

    /// A text that gives this value.
    public String text(T value) {
        return syntax.writer().apply(value);
    }

    /// The text that [#text] gives for what this one says.
    ///
    /// @throws IllegalArgumentException with a one-line message, if it is not a valid value
    public String normal(String text) {
        return text(parse(text));
    }

    /// Returns a value.
    ///
    /// @throws IllegalArgumentException with a one-line message, if it is out of range
    public T require(T value) {
        if (!syntax.valid().test(value)) {
            throw new IllegalArgumentException(name + ": '" + text(value) + "' is not " + syntax.wanted());
        }
        return value;
    }

    /// Text for help: what it does, and its default.
    public String description() {
        return help + (shown.isEmpty() ? "" : " Default: " + shown + ".") + (isRepeated() ? " May be repeated." : "");
    }
}
