// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

    @Option(names = "--kernel", paramLabel = "FILE", description = "The kernel: an Image, as it is or compressed with gzip. "
            + "Without it, Debian's is obtained through apt, and cached.")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "The initial RAM disk. Without it and without "
            + "--kernel, one with a shell.")
    private Path initrd;

    @Option(names = "--append", paramLabel = "TEXT", description = "More words for the kernel's command line, which begins "
            + "with " + LinuxBoot.CONSOLE + ".")
    private String append = "";

    @Option(names = {"--disk", "--drive"}, paramLabel = "FILE[,write]",
            description = "A raw disk image for /dev/vda. What the guest writes ends with the run, unless ',write' says that it "
                    + "goes to the file.")
    private String disk;

    @Option(names = "--script", paramLabel = "FILE", description = "Run this shell script in the guest, then switch off with "
            + "its status (with our own initial RAM disk only).")
    private Path script;

    @Option(names = "--stats", paramLabel = "FILE", description = "Write what was counted, as JSON.")
    private Path stats;

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
        options.putIfAbsent("riscv.memory", Long.toString(LinuxBoot.DEFAULT_MEMORY));
        if (interactive()) {
            options.putIfAbsent("riscv.clock", "host");
        }
        LinuxBoot boot = new LinuxBoot(err).withKernel(kernel).withInitrd(initrd).withDisk(disk);
        if (script != null) {
            boot.requireOwnRamDisk("--script");
            boot.withScript(Guest.read(script));
        }
        boot.withWords(append);
        try (boot) {
            options.putAll(boot.prepare().options());
            return run(boot.kernel(), options, out, err);
        } finally {
            out.flush();
        }
    }

    private boolean interactive() {
        return script == null && System.console() != null && System.console().isTerminal();
    }

    private int run(Path image, Map<String, String> options, Console out, PrintStream err) {
        try (Guest guest = Guest.load(image.toString(), Guest.read(image), options, System.in, out, err)) {
            if (machineOptions.compiles() && !guest.isOptimizing()) {
                err.println("penumbra: warning: no compiler on this Java: guest code is only interpreted, many times slower");
            }
            return RunCommand.run(guest, out, stats);
        }
    }
}
