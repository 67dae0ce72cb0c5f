// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.TimedProgram;
import org.penumbra.benchmarks.Workload;
import org.penumbra.launcher.cli.Versions;
import org.penumbra.launcher.linux.LinuxBoot;
import org.penumbra.launcher.linux.LinuxProgram;

/// A program that runs workloads, to be compared with others.
sealed interface Contender {

    /// The name of its column.
    String name();

    /// Its description, with version.
    String description();

    /// The command that runs a workload.
    ///
    /// @param image the ELF file, already patched with the parameters
    List<String> command(Workload workload, Parameters parameters, Path image);

    /// The command that boots a Linux guest; empty if it cannot.
    List<String> command(LinuxProgram.Started linux);

    /// The command that runs a program of [org.penumbra.benchmarks.Workloads#timed()] for a time without a guest; empty
    /// if it cannot.
    default List<String> command(TimedProgram program, int milliseconds) {
        return List.of();
    }

    /// This program, each run in a fresh JVM like the current one.
    ///
    /// @param options of `penumbra run`
    record Penumbra(String name, List<String> options) implements Contender {

        static final String MAIN = "org.penumbra.launcher.Main";

        @Override
        public String description() {
            return String.join("; ", Versions.lines()).replaceAll(" +", " ")
                    + (options.isEmpty() ? "" : "; " + String.join(" ", options));
        }

        @Override
        public List<String> command(Workload workload, Parameters parameters, Path image) {
            List<String> command = command("run");
            command.add(image.toString());
            return command;
        }

        @Override
        public List<String> command(LinuxProgram.Started linux) {
            List<String> command = command("linux");
            command.addAll(List.of("--kernel", linux.kernel().toString(), "--initrd", linux.ramDisk().toString(),
                    "--memory", Long.toString(LinuxBoot.DEFAULT_MEMORY), "--append", linux.words()));
            return command;
        }

        private List<String> command(String verb) {
            List<String> command = new ArrayList<>();
            String start = System.getProperty("penumbra.start");
            if (start != null) { // an archive's start script, which opens what its JVM needs
                command.add(start);
            } else {
                command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
                command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
                command.add("-cp");
                command.add(System.getProperty("java.class.path"));
                command.add(MAIN);
            }
            command.add(verb);
            command.addAll(options);
            return command;
        }
    }

    /// QEMU in system mode with its just-in-time translator, on the board whose memory map we use.
    ///
    /// @param harts of its Linux guests, each on a thread of its own if there are several
    record Qemu(String description, int harts) implements Contender {

        private static final String PROGRAM = "qemu-system-riscv64";

        static Optional<Contender> find(int harts) {
            return firstLine(PROGRAM, "--version").map(version -> new Qemu(version
                    + (harts == 1 ? "" : ", -smp " + harts + ", a thread a hart"), harts));
        }

        @Override
        public String name() {
            return "qemu";
        }

        @Override
        public List<String> command(Workload workload, Parameters parameters, Path image) {
            return List.of(PROGRAM, "-M", "virt", "-m", "256M", "-bios", "none", "-display", "none", "-monitor", "none",
                    "-serial", "stdio", "-kernel", image.toString());
        }

        @Override
        public List<String> command(LinuxProgram.Started linux) {
            List<String> command = new ArrayList<>(List.of(PROGRAM, "-M", "virt", "-m",
                    (LinuxBoot.DEFAULT_MEMORY >> 20) + "M", "-display", "none", "-monitor", "none", "-serial", "stdio",
                    "-no-reboot", "-kernel", linux.kernel().toString(), "-initrd", linux.ramDisk().toString(),
                    "-append", linux.words()));
            if (harts > 1) {
                command.addAll(List.of("-smp", Integer.toString(harts), "-accel", "tcg,thread=multi"));
            }
            return command;
        }
    }

    /// The same C source compiled for this computer.
    record Host(String description, Path kernels) implements Contender {

        /// Compiles the kernels, if the sources and a compiler are available.
        static Optional<Contender> find(Path home) {
            Path sources = home.resolve("benchmarks/guest");
            Path kernels = home.resolve(".penumbra/host-kernels");
            Optional<String> compiler = firstLine("gcc", "--version");
            if (compiler.isEmpty() || !Files.exists(sources.resolve("Makefile"))
                    || firstLine("make", "-s", "-C", sources.toString(), "host", "HOST_OUT=" + kernels).isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Host(compiler.get() + ", -O2", kernels));
        }

        @Override
        public String name() {
            return "host";
        }

        @Override
        public List<String> command(Workload workload, Parameters parameters, Path image) {
            return List.of(kernels.resolve(workload.name()).toString(), Long.toString(parameters.rounds()),
                    Long.toString(parameters.iterations()));
        }

        @Override
        public List<String> command(LinuxProgram.Started linux) {
            return List.of();
        }

        @Override
        public List<String> command(TimedProgram program, int milliseconds) {
            return List.of(kernels.resolve(program.name()).toString(), "for", Integer.toString(milliseconds));
        }
    }

    /// The first line that a command prints ("" if it prints nothing); empty if the command is missing or fails.
    private static Optional<String> firstLine(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null"))).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? Optional.of(output.lines().findFirst().orElse("")) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
