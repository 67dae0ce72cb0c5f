// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.graalvm.polyglot.PolyglotException;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.BoardOptions;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.guest.RunCommand;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.terminal.Console;
import org.penumbra.launcher.terminal.EndingInput;
import org.penumbra.launcher.terminal.EscapeInput;
import org.penumbra.launcher.terminal.Terminal;
import org.penumbra.options.Settings;
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
            "  penumbra linux --rootfs debian          with python3, sqlite3 and redis",
            "  penumbra linux --rootfs web,write       a root made by penumbra rootfs build web",
            "  penumbra linux --disk data.img,write --forward 8080:80",
            "  penumbra linux --share .,write          this folder is the guest's /mnt/share",
            "  penumbra linux --kernel vmlinux-6.12-riscv64 --initrd initramfs.cpio.gz",
            "  penumbra linux --kernel Image --initrd i.cpio --append 'quiet init=/bin/sh'",
            "",
            "Exit status: the guest's (see penumbra run --help); else 64 wrong usage, 65 bad image, 66 no such file,",
            "70 internal error, 71 guest's panic or reset, 73 cannot write,",
            "75 instruction limit, 130 interrupted."})
public final class LinuxCommand implements Callable<Integer> {

    private static final Duration END_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_BESIDE_ROOT = 3;
    /// Behind a disk or a root that is to be changed.
    private static final String WRITE = ",write";

    @Option(names = "--rootfs", paramLabel = "NAME[,write]",
            description = "Run shell or script in a root that 'penumbra rootfs build NAME' has made of Debian's "
                    + "packages. The one "
                    + "called debian is built if it is not there. What the guest writes ends with the run, unless "
                    + "',write' says "
                    + "that it is kept.")
    private String rootfs;

    @Option(names = "--packages", paramLabel = "A,B", split = ",",
            description = "Packages for --rootfs debian, with what they depend on (default python3,sqlite3,redis).")
    private List<String> packages = List.of();

    @Option(names = "--script", paramLabel = "FILE", description =
            "Run this shell script in the guest, then switch off with "
            + "its status (with our own initial RAM disk only). Its standard input is empty.")
    private Path script;

    @Option(names = "--reboot", negatable = true,
            description = "Whether the machine starts again when the guest resets it. Without a terminal, or with "
                    + "--script, "
                    + "it does not: a reset, as after a kernel panic, ends the run with status 71.")
    private Boolean reboot;

    @Option(names = "--stats", paramLabel = "FILE", description = "Write what was counted, as JSON.")
    private Path stats;

    @Mixin
    private BoardOptions board;

    @Mixin
    private MachineOptions machineOptions;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Override
    public Integer call() {
        PrintStream err = System.err;
        Console out = Console.standardOutput();
        EndHook flush = new EndHook("flush", out::flushAtEnd);
        boolean interactive = script == null && Terminal.isThere();
        StatisticsFile.check(stats);
        board.check();
        boolean networked = board.isNetworked();
        Map<String, String> options = machineOptions.polyglot();
        board.requireOwnOptions(options);
        options.putIfAbsent(Settings.MEMORY.key(), Settings.MEMORY.text(LinuxBoot.DEFAULT_MEMORY));
        long memory;
        try {
            memory = Settings.MEMORY.parse(options.get(Settings.MEMORY.key()));
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitStatus.USAGE, "--option riscv.memory: " + e.getMessage());
        }
        if (interactive && !machineOptions.hasJournal() || networked) {
            options.putIfAbsent(Settings.CLOCK.key(), "host");
        }
        if (!"host".equals(options.get(Settings.CLOCK.key()))) {
            // Programs look at certificates and at the ages of files: a date of long ago is of no use to them.
            options.putIfAbsent(Settings.DATE.key(), Long.toString(Instant.now().getEpochSecond()));
        }
        try (LinuxBoot boot = new LinuxBoot(err).withKernel(board.kernel()).withInitrd(board.initrd())) {
            if (script != null) {
                boot.requireOwnRamDisk("--script");
                boot.withScript(Guest.read(script));
            }
            describe(boot, networked, err);
            if (interactive) {
                boot.withTerminal(Terminal.size()).withWords("TERM=" + System.getenv().getOrDefault("TERM", "linux"));
            }
            if (reboot == null ? !interactive : !reboot) {
                boot.endingWithReset();
            }
            boot.withWords(board.append()).withCommandLine(board.commandLine());
            options.putAll(boot.prepare(memory).options());
            options.putAll(board.common());
            return run(options, out, err, interactive);
        } finally {
            flush.remove();
        }
    }

    private void describe(LinuxBoot boot, boolean networked, PrintStream err) {
        if (rootfs != null) {
            boot.requireOwnRamDisk("--rootfs");
            if (board.commandLine() != null) {
                throw new Failure(ExitStatus.USAGE, "--cmdline: --rootfs has words of its own there; use --append");
            }
            List<String> disks = board.disks();
            if (disks.size() > MOST_BESIDE_ROOT) {
                throw new Failure(ExitStatus.USAGE, "--disk: there is room for " + MOST_BESIDE_ROOT
                        + " beside the disk of --rootfs");
            }
            boot.withDisks(disks).withRoot(root(err));
        } else if (!packages.isEmpty()) {
            throw new Failure(ExitStatus.USAGE, "--packages: only with --rootfs debian");
        } else {
            boot.withDisks(board.disks());
        }
        if (board.share() != null) {
            boot.withShare(board.share());
        }
        if (networked) {
            boot.withNetwork(board.forwards());
        }
    }

    /// The image of the root, as a disk is specified.
    private String root(PrintStream err) {
        boolean written = rootfs.endsWith(WRITE);
        String name = RootStore.requireName(written ? rootfs.substring(0, rootfs.length() - WRITE.length()) : rootfs);
        RootStore store = RootStore.ofUser();
        Path image = store.image(name);
        if (name.equals(DebianRoot.DEFAULT_NAME)) {
            image = new DebianRoot(store, err).obtain(packages);
        } else if (!packages.isEmpty()) {
            throw new Failure(ExitStatus.USAGE, "--packages: only with --rootfs debian; 'penumbra rootfs build' gives "
                    + "other roots theirs");
        } else if (!store.has(name)) {
            throw new Failure(ExitStatus.NO_INPUT, "--rootfs: there is no root " + name + "; 'penumbra rootfs build "
                    + name
                    + " --packages A,B' makes one, 'penumbra rootfs list' names those there are");
        }
        return image + (written ? WRITE : "");
    }

    private int run(Map<String, String> options, Console out, PrintStream err, boolean interactive) {
        PanicWatch watched = new PanicWatch(out);
        InputStream in = input(interactive);
        try (Guest guest = Guest.load(options.get(Settings.KERNEL.key()), new byte[0], options, in, watched, err)) {
            if (machineOptions.compiles()) {
                Guest.warnWithoutCompiler(guest.engine(), err);
            }
            if (interactive) {
                err.println("penumbra: Ctrl-A x ends the run, Ctrl-A h helps");
                Terminal.whenResized(() -> resize(guest));
            }
            Runnable readKeys = in instanceof EscapeInput keyboard ? keyboard::start : () -> { };
            return RunCommand.run(guest, out, stats, interactive, readKeys);
        } catch (Failure failure) {
            if (failure.status() == ExitStatus.GUEST_RESET) {
                throw new Failure(ExitStatus.GUEST_RESET, watched.panic() != null
                        ? "the guest's kernel panicked: " + watched.panic()
                                : failure.getMessage() + " (--reboot lets it)");
            }
            throw failure;
        }
    }

    private InputStream input(boolean interactive) {
        if (interactive) {
            return new EscapeInput(System.in, System.err, LinuxCommand::quit);
        }
        if (script != null) {
            return InputStream.nullInputStream(); // so that every run is the same
        }
        boolean ourShell = board.initrd() == null && (board.kernel() == null || rootfs != null);
        return ourShell ? new EndingInput(System.in, END_PAUSE) : System.in;
    }

    private static void resize(Guest guest) {
        String[] size = Terminal.size().split("x");
        try {
            guest.resize(Integer.parseInt(size[0]), Integer.parseInt(size[1]));
        } catch (PolyglotException | IllegalStateException _) {
            // The guest is about to end.
        }
    }

    /// Not on this thread, which the end waits for.
    private static void quit() {
        Thread.ofPlatform().daemon().start(() -> System.exit(ExitStatus.INTERRUPTED));
    }
}
