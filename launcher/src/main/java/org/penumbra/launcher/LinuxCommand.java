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
            "  penumbra linux --kernel vmlinux-6.12-riscv64 --initrd initramfs.cpio.gz",
            "  penumbra linux --kernel Image --initrd i.cpio --model ssp --append 'quiet init=/bin/sh'",
            "",
            "Exit status: the guest's; else 64 wrong usage, 65 bad image, 66 no such file,",
            "70 internal error, 73 cannot write, 75 instruction limit, 130 interrupted."})
final class LinuxCommand implements Callable<Integer> {

    private static final String CONSOLE = "console=ttyS0";
    private static final String DEFAULT_MEMORY = Long.toString(512L << 20);

    @Option(names = "--kernel", paramLabel = "FILE", required = true,
            description = "The kernel: an Image, as it is or compressed with gzip.")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "The initial RAM disk.")
    private Path initrd;

    @Option(names = "--append", paramLabel = "TEXT", description = "More words for the kernel's command line, which begins "
            + "with " + CONSOLE + ".")
    private String append = "";

    @Option(names = "--drive", paramLabel = "FILE",
            description = "A raw disk image for /dev/vda. What the guest writes ends with the run.")
    private Path drive;

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
        options.putIfAbsent("riscv.memory", DEFAULT_MEMORY);
        options.put("riscv.append", (CONSOLE + " " + append).strip());
        if (initrd != null) {
            options.put("riscv.initrd", initrd.toString());
        }
        if (drive != null) {
            options.put("riscv.drive", drive.toString());
        }
        try (Guest guest = Guest.load(kernel.toString(), Guest.read(kernel), options, System.in, out, err)) {
            if (machineOptions.compiles() && !guest.isOptimizing()) {
                err.println("penumbra: warning: no compiler on this Java: guest code is only interpreted, many times slower");
            }
            return RunCommand.run(guest, out, stats);
        } finally {
            out.flush();
        }
    }
}
