// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.graalvm.polyglot.Context;
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
        String model = given.text(Settings.MODEL);
        if (model != null) { // else a snapshot may have one
            all.keySet().forEach(setting -> given.requireEffect(setting, model));
        }
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

    /// Whether anything takes down the run from its start.
    public boolean isRecorded() {
        return hasJournal() || given.text(Settings.TRACE) != null || given.text(Settings.MAX_INSTRUCTIONS) != null;
    }

    /// Options that only a polyglot engine with a compiler has; without one there is nothing to set.
    private static final Set<String> OF_COMPILER = Set.of("engine.MultiTier", "engine.CompilationFailureAction",
            "engine.CompileImmediately", "engine.BackgroundCompilation");

    /// The options that an engine mode needs, as a mutable map.
    public static Map<String, String> polyglot(EngineMode engine) {
        Map<String, String> options = new LinkedHashMap<>();
        // A single Truffle tier: guest regions are few, hot and long-lived, and a first tier would only delay their
        // best code.
        options.put("engine.MultiTier", "false");
        options.put("engine.CompilationFailureAction", "Print");
        options.put("engine.WarnInterpreterOnly", "false");
        // Without the JVM's interface for compilers there is no Graal.
        if (ModuleLayer.boot().findModule("jdk.internal.vm.ci").isEmpty()) {
            options.keySet().removeAll(OF_COMPILER);
        } else if (engine == EngineMode.IMMEDIATE) {
            options.put("engine.CompileImmediately", "true");
            options.put("engine.BackgroundCompilation", "false");
        }
        if (engine != EngineMode.DEFAULT) {
            options.put(Settings.ENGINE.key(), Settings.ENGINE.text(engine));
        }
        return options;
    }

    /// Builds a context with options of [#polyglot] and others. Whether the engine has a compiler is certain only then.
    ///
    /// @param builders make one with everything but the options
    /// @throws IllegalArgumentException for an option that does not exist or a value that it cannot have
    public static Context context(Supplier<Context.Builder> builders, Map<String, String> options) {
        try {
            return builders.get().options(options).build();
        } catch (IllegalArgumentException e) {
            Map<String, String> fewer = new LinkedHashMap<>(options);
            if (OF_COMPILER.stream().noneMatch(option -> e.getMessage().contains(option))
                    || !fewer.keySet().removeAll(OF_COMPILER)) {
                throw e;
            }
            return builders.get().options(fewer).build();
        }
    }

    /// Whether this run uses a compiler, so that its absence deserves a warning.
    public boolean compiles() {
        return given.value(Settings.ENGINE) != EngineMode.INTERPRETER && given.text(Settings.TRACE) == null;
    }
}
