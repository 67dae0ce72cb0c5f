// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.penumbra.options.CpuName;
import org.penumbra.options.EngineMode;
import org.penumbra.options.ModelName;
import org.penumbra.options.Settings;

/// What one way of executing an image gave.
///
/// @param output what the guest printed, or why it did not get there
/// @param counts instructions retired and TLB misses, 0 where the partner does not tell
record FuzzRun(String output, List<Long> counts) {

    /// How code is executed.
    enum Mode {
        INTERPRETER, DEFAULT, TRANSLATED, IMMEDIATE,
        /// Regions of immediate mode run by Truffle's interpreter: what nodes mean without the cost of compiling each.
        NODES,
        QEMU;

        private EngineMode engine() {
            return this == NODES ? EngineMode.IMMEDIATE : EngineMode.valueOf(name());
        }
    }

    /// One way: how code is executed, and under which translation model.
    record Way(Mode mode, ModelName model) {
        static final Way INTERPRETER = new Way(Mode.INTERPRETER, ModelName.NATIVE);
        static final Way DEFAULT = new Way(Mode.DEFAULT, ModelName.NATIVE);
        static final Way TRANSLATED = new Way(Mode.TRANSLATED, ModelName.NATIVE);
        static final Way IMMEDIATE = new Way(Mode.IMMEDIATE, ModelName.NATIVE);
        static final Way NODES = new Way(Mode.NODES, ModelName.NATIVE);
        static final Way QEMU = new Way(Mode.QEMU, ModelName.NATIVE);

        Way under(ModelName other) {
            return new Way(mode, other);
        }

        /// Interpreted, under every model, `native` first.
        static Way[] models() {
            return Stream.of(ModelName.values()).map(INTERPRETER::under).toArray(Way[]::new);
        }

        /// A mode, and where it is not `native` a model, as in `interpreter:tsp`.
        static Way of(String text) {
            String[] parts = text.split(":");
            return new Way(Mode.valueOf(parts[0].toUpperCase(Locale.ROOT)),
                    parts.length == 1 ? ModelName.NATIVE : ModelName.of(parts[1]));
        }

        @Override
        public String toString() {
            return mode.name().toLowerCase(Locale.ROOT) + (model == ModelName.NATIVE ? "" : ":" + model);
        }

        private Map<String, String> options() {
            Map<String, String> options = new java.util.HashMap<>(Map.of(
                    "riscv.engine", Settings.ENGINE.text(mode.engine()), "riscv.model", model.toString(),
                    "engine.BackgroundCompilation", "false", "engine.MultiTier", "false"));
            switch (mode) {
                case DEFAULT -> options.put("riscv.eager", "true");
                case IMMEDIATE -> options.put("engine.CompileImmediately", "true");
                case NODES -> options.put("engine.Compilation", "false");
                case INTERPRETER, TRANSLATED, QEMU -> {
                }
            }
            return options;
        }

        /// Whether instructions are counted in this way and in that; TLB misses under the same model only.
        boolean counts(Way other) {
            return mode != Mode.QEMU && other.mode != Mode.QEMU;
        }

        boolean sameModel(Way other) {
            return model == other.model;
        }
    }

    private static final String QEMU = "qemu-system-riscv64";
    /// Two harts, for with one QEMU makes an atomic operation a load and a store, and the fault that of a load.
    private static final List<String> QEMU_ARGUMENTS = List.of("-M", "virt", "-smp", "2", "-m", "32M", "-bios", "none", "-display", "none",
            "-monitor", "none", "-cpu", "rv64,h=false,zbc=false,svinval=true,svnapot=true,svpbmt=true,sstc=true,Zfh=true");
    private static final long MAXIMUM_INSTRUCTIONS = 400_000_000;
    private static final int QEMU_SECONDS = 120;

    static boolean qemuIsPresent() {
        for (String directory : System.getenv("PATH").split(java.io.File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, QEMU))) {
                return true;
            }
        }
        return false;
    }

    /// @param cpu the extensions of our harts
    static FuzzRun of(byte[] image, Way way, CpuName cpu) {
        return way.mode() == Mode.QEMU ? qemu(image, cpu.hasHypervisor()) : penumbra(image, way.options(), cpu);
    }

    private static FuzzRun penumbra(byte[] image, Map<String, String> options, CpuName cpu) {
        var out = new ByteArrayOutputStream();
        var log = new ByteArrayOutputStream();
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).options(options)
                .option("riscv.memory", "32M").option("riscv.mmu", "sv57").option("riscv.cpu", cpu.name())
                .option("riscv.max-instructions", Long.toString(MAXIMUM_INSTRUCTIONS))
                .option("engine.CompilationFailureAction", "Print").option("riscv.raw", "true").logHandler(log)
                .in(InputStream.nullInputStream()).out(out).build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(image), "fuzz")
                    .mimeType("application/x-riscv-elf").build());
            String end;
            try {
                end = "exit " + machine.invokeMember("run").asInt();
            } catch (PolyglotException e) {
                end = e.isInternalError() ? "internal error: " + e : e.getMessage();
            }
            if (log.size() != 0) {
                end += "\n" + log.toString(StandardCharsets.UTF_8);
            }
            Value statistics = machine.getMember("statistics");
            return new FuzzRun(out.toString(StandardCharsets.ISO_8859_1) + end, List.of(
                    statistics.getMember("instructions").asLong(), statistics.getMember("tlb").getMember("misses").asLong()));
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
        }
    }

    private static FuzzRun qemu(byte[] image, boolean hypervisor) {
        try {
            Path file = Files.createTempFile("penumbra-fuzz", ".elf");
            Path output = Files.createTempFile("penumbra-fuzz", ".out");
            try {
                Files.write(file, image);
                var command = new java.util.ArrayList<>(List.of(QEMU));
                QEMU_ARGUMENTS.forEach(argument -> command.add(hypervisor ? argument.replace("h=false", "h=true") : argument));
                command.addAll(List.of("-serial", "file:" + output, "-kernel", file.toString()));
                Process process = new ProcessBuilder(command).redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
                boolean ended = process.waitFor(QEMU_SECONDS, TimeUnit.SECONDS);
                if (!ended) {
                    process.destroyForcibly().waitFor();
                }
                return new FuzzRun(Files.readString(output, StandardCharsets.ISO_8859_1)
                        + (ended ? "exit " + process.exitValue() : "did not end"), List.of(0L, 0L));
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
