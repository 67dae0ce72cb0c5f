// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.graalvm.polyglot.Context;
import org.penumbra.launcher.cli.ByteSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The options that describe a machine, shared by the commands that start one. An option that is not given is not
/// passed on: the language has the defaults.
public final class MachineOptions {

    private static final long MIN_MEMORY = 64L << 10;
    private static final long MAX_MEMORY = 16L << 30;
    private static final long PAGE = 4096;
    private static final int MAX_HARTS = 16;

    public enum Engine {
        DEFAULT, INTERPRETER, TRANSLATED, IMMEDIATE;

        @Override
        public String toString() {
            return lower(this);
        }
    }

    enum ClockSource {
        INSTRUCTIONS, HOST;

        @Override
        public String toString() {
            return lower(this);
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "M",
            description = "How guest-virtual memory is translated: native, tsp, tsp-unsync, ssp, lsp, asp or hap "
                    + "(default native).")
    private String model;

    @Option(names = "--memory", paramLabel = "SIZE", converter = ByteSize.Converter.class,
            description = "RAM of the guest, 64K to 16G (default 256M; of linux 512M).")
    private ByteSize memory;

    @Option(names = "--engine", paramLabel = "E", converter = EngineConverter.class,
            description = "default: interpret, and compile what is hot; interpreter: never compile; translated: "
                    + "translate "
                    + "everything to bytecode of the host at once; immediate: compile everything at once (both slow; "
                    + "for "
                    + "tests).")
    private Engine engine = Engine.DEFAULT;

    @Option(names = "--clock", paramLabel = "C", converter = ClockConverter.class,
            description = "instructions: guest time follows executed instructions, so that every run is the same "
                    + "(default); host: real time (default of linux on a terminal or with a network).")
    private ClockSource clock;

    @Option(names = "--max-instructions", paramLabel = "N",
            description = "Stop with status 75 after N guest instructions.")
    private Long maxInstructions;

    @Option(names = "--harts", paramLabel = "N",
            description = "Harts of the guest, 1 to 16, which take turns on one thread of the host (default 1).")
    private Integer harts;

    @Option(names = "--date", paramLabel = "DATE", converter = DateConverter.class,
            description = "What the guest's real-time clock shows at the start: as 2025-01-31, 2025-01-31T12:00:00Z "
                    + "or seconds since "
                    + "1970. Default: this computer's time for linux; for run, unless it follows the host's clock, "
                    + "2025-01-01. "
                    + "With a date every run is the same.")
    private Long date;

    @Mixin
    private SettingOptions settings;

    @Option(names = "--record-input", paramLabel = "FILE",
            description = "Write at which instruction each byte of input came. Needs --clock instructions.")
    private String recordInput;

    @Option(names = "--replay-input", paramLabel = "FILE",
            description = "Let the input of such a file come at the same instructions, so that the run is the same "
                    + "again. "
                    + "Standard input is not read then.")
    private String replayInput;

    @Option(names = "--trace", paramLabel = "FILE",
            description = "Write what every instruction does, in the format of Spike's commit log. Guest code is only "
                    + "interpreted then, one instruction at a time.")
    private String trace;

    @Option(names = "--option", paramLabel = "KEY=VALUE",
            description = "Set an option of the polyglot engine, as engine.TraceCompilation=true (may be repeated).")
    private Map<String, String> polyglotOptions = new LinkedHashMap<>();

    /// All of them as options of the polyglot engine and the language `riscv`.
    ///
    /// @throws ParameterException for a value out of range
    public Map<String, String> polyglot() {
        Map<String, String> options = polyglot(engine);
        if (model != null) {
            options.put("riscv.model", model);
        }
        if (memory != null) {
            check(memory.bytes() >= MIN_MEMORY && memory.bytes() <= MAX_MEMORY && memory.bytes() % PAGE == 0,
                    "--memory: " + memory.text() + " is not a whole number of 4K pages between 64K and 16G");
            options.put("riscv.memory", Long.toString(memory.bytes()));
        }
        if (clock != null) {
            options.put("riscv.clock", clock.toString());
        }
        if (date != null) {
            options.put("riscv.date", date.toString());
        }
        if (maxInstructions != null) {
            check(maxInstructions > 0, "--max-instructions: " + maxInstructions + " is not a positive number");
            options.put("riscv.max-instructions", maxInstructions.toString());
        }
        if (harts != null) {
            check(harts >= 1 && harts <= MAX_HARTS, "--harts: " + harts + " is not between 1 and " + MAX_HARTS);
            options.put("riscv.harts", harts.toString());
        }
        options.putAll(Setting.polyglot(settings.chosen()));
        putFile(options, "record-input", recordInput);
        putFile(options, "replay-input", replayInput);
        if (trace != null) {
            check(!trace.isEmpty(), "--trace: the name of a file is missing");
            options.put("riscv.trace", trace);
        }
        options.putAll(polyglotOptions);
        return options;
    }

    private void putFile(Map<String, String> options, String name, String file) {
        if (file != null) {
            check(!file.isEmpty(), "--" + name + ": the name of a file is missing");
            options.put("riscv." + name, file);
        }
    }

    /// Whether input is recorded or replayed, which requires the instruction clock.
    public boolean hasJournal() {
        return recordInput != null || replayInput != null;
    }

    /// Options that only a polyglot engine with a compiler has; without one there is nothing to set.
    private static final Set<String> OF_COMPILER = Set.of("engine.MultiTier", "engine.CompilationFailureAction",
            "engine.CompileImmediately", "engine.BackgroundCompilation");

    /// The options that an engine mode needs, as a mutable map.
    public static Map<String, String> polyglot(Engine engine) {
        Map<String, String> options = new LinkedHashMap<>();
        // A single Truffle tier: guest regions are few, hot and long-lived, and a first tier would only delay their
        // best code.
        options.put("engine.MultiTier", "false");
        options.put("engine.CompilationFailureAction", "Print");
        options.put("engine.WarnInterpreterOnly", "false");
        // Without the JVM's interface for compilers there is no Graal.
        if (ModuleLayer.boot().findModule("jdk.internal.vm.ci").isEmpty()) {
            options.keySet().removeAll(OF_COMPILER);
        } else if (engine == Engine.IMMEDIATE) {
            options.put("engine.CompileImmediately", "true");
            options.put("engine.BackgroundCompilation", "false");
        }
        if (engine != Engine.DEFAULT) {
            options.put("riscv.engine", engine.toString());
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
        return engine != Engine.INTERPRETER && trace == null;
    }

    private void check(boolean holds, String line) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), line);
        }
    }

    /// The constant whose name in lower case this is.
    private static <E extends Enum<E>> E choose(Class<E> type, String value) {
        for (E constant : type.getEnumConstants()) {
            if (constant.toString().equals(value)) {
                return constant;
            }
        }
        throw new TypeConversionException("'" + value + "' is none of " + Arrays.stream(type.getEnumConstants())
                .map(Enum::toString).collect(Collectors.joining(", ")));
    }

    /// For picocli: seconds since 1970.
    public static final class DateConverter implements ITypeConverter<Long> {
        private static final long LAST = Long.MAX_VALUE / 1_000_000_000L;

        @Override
        public Long convert(String value) {
            long seconds;
            try {
                seconds = value.matches("\\d{1,10}") ? Long.parseLong(value) : value.contains("T")
                        ? Instant.parse(value).getEpochSecond()
                        : LocalDate.parse(value).toEpochSecond(LocalTime.MIDNIGHT, ZoneOffset.UTC);
            } catch (DateTimeParseException _) {
                seconds = -1;
            }
            if (seconds < 0 || seconds > LAST) {
                throw new TypeConversionException("'" + value + "' is no date from 1970 to 2262 such as 2025-01-31, "
                        + "2025-01-31T12:00:00Z or 1738324800");
            }
            return seconds;
        }
    }

    /// For picocli.
    public static final class EngineConverter implements ITypeConverter<Engine> {
        @Override
        public Engine convert(String value) {
            return choose(Engine.class, value);
        }
    }

    /// For picocli.
    static final class ClockConverter implements ITypeConverter<ClockSource> {
        @Override
        public ClockSource convert(String value) {
            return choose(ClockSource.class, value);
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
