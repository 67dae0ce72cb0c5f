// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.LinkedHashMap;
import java.util.Map;
import org.penumbra.options.EngineMode;
import org.penumbra.options.Setting;
import org.penumbra.options.Setting.Group;
import org.penumbra.options.Settings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options that describe a machine, shared by the commands that start one.
public final class MachineOptions {

    @Mixin
    private GivenOptions given = new GivenOptions(Settings.of(Group.MACHINE, Group.TRANSLATION));

    @Option(names = "--option", paramLabel = "KEY=VALUE",
            description = "Set an option of the polyglot engine, as engine.TraceCompilation=true. May be repeated.")
    private Map<String, String> polyglotOptions = new LinkedHashMap<>();

    /// All of them as options of the polyglot engine and the language `riscv`.
    ///
    /// @throws ParameterException for a value out of range
    public Map<String, String> polyglot() {
        Map<String, String> options = polyglot(given.value(Settings.ENGINE));
        Map<Setting<?>, String> all = given.all();
        options.putAll(GivenOptions.polyglot(all));
        String model = polyglotOptions.getOrDefault(Settings.MODEL.key(), given.value(Settings.MODEL));
        all.keySet().forEach(setting -> given.requireEffect(setting, model));
        if (given.text(Settings.ENGINE) != null && given.text(Settings.TRACE) != null
                && given.value(Settings.ENGINE) != EngineMode.INTERPRETER) {
            throw given.wrong(Settings.ENGINE, "with --trace guest code is only interpreted");
        }
        polyglotOptions.forEach((key, value) -> {
            String flag = options.put(key, value);
            if (all.keySet().stream().anyMatch(setting -> setting.key().equals(key)) && !value.equals(flag)) {
                throw given.wrong(key, "its own option has been given, too");
            }
        });
        return options;
    }

    /// Whether input is recorded or replayed, which requires the instruction clock.
    public boolean hasJournal() {
        return given.text(Settings.RECORD_INPUT) != null || given.text(Settings.REPLAY_INPUT) != null;
    }

    /// The options that an engine mode needs, as a mutable map.
    public static Map<String, String> polyglot(EngineMode engine) {
        Map<String, String> options = new LinkedHashMap<>();
        // A single Truffle tier: guest regions are few, hot and long-lived, and a first tier would only delay their
        // best code.
        options.put("engine.MultiTier", "false");
        options.put("engine.CompilationFailureAction", "Print");
        options.put("engine.WarnInterpreterOnly", "false");
        if (engine == EngineMode.IMMEDIATE) {
            options.put("engine.CompileImmediately", "true");
            options.put("engine.BackgroundCompilation", "false");
        }
        if (engine != EngineMode.DEFAULT) {
            options.put(Settings.ENGINE.key(), Settings.ENGINE.text(engine));
        }
        return options;
    }

    /// Whether this run uses a compiler, so that its absence deserves a warning.
    public boolean compiles() {
        return given.value(Settings.ENGINE) != EngineMode.INTERPRETER && given.text(Settings.TRACE) == null;
    }
}
