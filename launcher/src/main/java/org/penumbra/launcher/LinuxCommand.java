// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `penumbra linux`: a Linux kernel with an initial RAM disk.
@Command(name = "linux", sortOptions = false, showEndOfOptionsDelimiterInUsageHelp = false,
        mixinStandardHelpOptions = false,
        description = "Boot a RISC-V Linux kernel.%n",
        footer = {
            "",
            "The guest's console is standard input and output, its exit status is ours.",
            "Messages of Penumbra go to standard error.",
            "",
            "Examples:",
            "  penumbra linux                          Debian's kernel, busybox and a shell",
            "  penumbra linux --script test.sh --model ssp",
            "  penumbra linux --kernel vmlinux-6.12-riscv64 --initrd initramfs.cpio.gz",
            "  penumbra linux --kernel Image --initrd i.cpio --model ssp --append 'quiet init=/bin/sh'",
            "",
            "Exit status: the guest's; else 64 wrong usage, 65 bad image, 66 no such file,",
            "70 internal error, 73 cannot write, 75 instruction limit, 130 interrupted."})
final class LinuxCommand implements Callable<Integer> {

    private static final String CONSOLE = "console=ttyS0";
    private static final String DEFAULT_MEMORY = Long.toString(512L << 20);

    @Option(names = "--kernel", paramLabel = "FILE", description = "The kernel: an Image, as it is or compressed with gzip. "
            + "Without it, Debian's is obtained through apt, and cached.")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "The initial RAM disk. Without it and without "
            + "--kernel, one with a shell.")
    private Path initrd;

    @Option(names = "--append", paramLabel = "TEXT", description = "More words for the kernel's command line, which begins "
            + "with " + CONSOLE + ".")
    private String append = "";

    @Option(names = "--drive", paramLabel = "FILE",
            description = "A raw disk image for /dev/vda. What the guest writes ends with the run.")
    private Path drive;

    @Option(names = "--script", paramLabel = "FILE", description = "Run this shell script in the guest, then switch off with "
            + "its status (with our own initial RAM disk only).")
    private Path script;

    @Option(names = "--stats", paramLabel = "FILE", description = "Write what was counted, as JSON.")
    private Path stats;

    @Spec
    private CommandSpec spec;

    @Mixin
    private MachineOptions machineOptions;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Override
    public Integer call() {
        PrintStream err = System.err;
        Console out = Console.standardOutput();
        Runtime.getRuntime().addShutdownHook(new Thread(out::flush, "flush"));
        Map<String, String> options = machineOptions.polyglot();
        options.putIfAbsent("riscv.memory", DEFAULT_MEMORY);
        if (interactive()) {
            options.putIfAbsent("riscv.clock", "host");
        }
        options.put("riscv.append", (CONSOLE + " " + (script == null ? "" : "quiet ") + append).strip());
        if (drive != null) {
            options.put("riscv.drive", drive.toString());
        }
        Path ownDisk = null;
        try {
            if (kernel == null || script != null) {
                ownDisk = prepare(err);
            }
            Path disk = ownDisk != null ? ownDisk : initrd;
            if (disk != null) {
                options.put("riscv.initrd", disk.toString());
            }
            return boot(options, out, err);
        } finally {
            out.flush();
            delete(ownDisk);
        }
    }

    private boolean interactive() {
        return script == null && System.console() != null && System.console().isTerminal();
    }

    private int boot(Map<String, String> options, Console out, PrintStream err) {
        try (Guest guest = Guest.load(kernel.toString(), Guest.read(kernel), options, System.in, out, err)) {
            if (machineOptions.compiles() && !guest.isOptimizing()) {
                err.println("penumbra: warning: no compiler on this Java: guest code is only interpreted, many times slower");
            }
            return RunCommand.run(guest, out, stats);
        }
    }

    /// Sees to the kernel and makes an initial RAM disk, unless one is given and no script is.
    ///
    /// @return a file that goes after the run, or null
    private Path prepare(PrintStream err) {
        if (initrd != null && script != null) {
            throw new ParameterException(spec.commandLine(), "--script needs our own initial RAM disk: leave out --initrd");
        }
        byte[] commands = script == null ? null : Guest.read(script);
        DebianFiles debian = new DebianFiles(DebianFiles.userCache(), err);
        debian.obtain();
        if (kernel == null) {
            kernel = debian.kernel();
        }
        if (initrd != null) {
            return null;
        }
        byte[] disk = RamDisk.busybox(Guest.read(debian.busybox()));
        try {
            Path file = Files.createTempFile("penumbra", ".cpio");
            return Files.write(file, commands == null ? disk : RamDisk.withScript(disk, commands));
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, "the initial RAM disk cannot be written (" + e.getMessage() + ")");
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // The system clears its temporary directory.
        }
    }
}
