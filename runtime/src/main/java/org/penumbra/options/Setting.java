// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.util.List;

/// One option of a machine: a row of [Settings].
///
/// @param name      in the polyglot API (`riscv.NAME`), in scripts and sweeps, and with `--` on the command line
/// @param alias     another name on the command line, the one that its help shows; empty for none
/// @param label     what the help calls the value; empty for a flag
/// @param separator between several values; empty if only one can be given
/// @param group     where it is offered
/// @param syntax    how values are written, and their range
/// @param initial   its value if it is not given
/// @param shown     the default as users read it, with exceptions for commands; empty for none
/// @param help      one or two sentences
/// @param models    those under which it has an effect
public record Setting<T>(String name, String alias, String label, String separator, Group group, Syntax<T> syntax,
        T initial, String shown, String help, List<ModelName> models) {

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

    static <T> Setting<T> of(Group group, String name, String label, Syntax<T> syntax, T initial, String help) {
        return new Setting<>(name, "", label, "", group, syntax, initial, syntax.writer().apply(initial), help,
                List.of(ModelName.values()));
    }

    static Setting<Boolean> flag(Group group, String name, String help) {
        return new Setting<>(name, "", "", "", group, Syntax.flag(), false, "", help, List.of(ModelName.values()));
    }

    /// The default that users read.
    Setting<T> shown(String text) {
        return new Setting<>(name, alias, label, separator, group, syntax, initial, text, help, models);
    }

    /// The default of one command, after the general one.
    Setting<T> but(String text) {
        return shown(shown + "; " + text);
    }

    Setting<T> also(String other) {
        return new Setting<>(name, other, label, separator, group, syntax, initial, shown, help, models);
    }

    Setting<T> repeated(String between) {
        return new Setting<>(name, alias, label, between, group, syntax, initial, shown, help, models);
    }

    /// The only models under which it has an effect.
    Setting<T> under(List<ModelName> some) {
        return new Setting<>(name, alias, label, separator, group, syntax, initial, shown, help, some);
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
