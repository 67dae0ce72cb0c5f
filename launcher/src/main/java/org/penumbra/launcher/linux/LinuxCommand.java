// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.graalvm.polyglot.PolyglotException;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.BoardOptions;
import org.penumbra.launcher.guest.DebugOptions;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.LiveView;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.guest.RunCommand;
import org.penumbra.launcher.guest.SnapshotOptions;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.terminal.Console;
import org.penumbra.launcher.terminal.EndingInput;
import org.penumbra.launcher.terminal.EscapeInput;
import org.penumbra.launcher.terminal.OutputWatch;
import org.penumbra.launcher.terminal.Terminal;
import org.penumbra.options.HostPath;
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
            "  penumbra linux --save-snapshot booted   and later",
            "  penumbra linux --snapshot booted --model ssp",
            "  penumbra linux --rootfs debian          with python3, sqlite3 and redis",
            "  penumbra linux --rootfs web,write       a root made by penumbra rootfs build web",
            "  penumbra linux --disk data.img,write --forward 8080:80",
            "  penumbra linux --share .,write          this folder is the guest's /mnt/share",
            "  penumbra linux --gdb 1234               and in gdb: target remote :1234",
            "  penumbra linux --kernel vmlinux-6.12-riscv64 --initrd initramfs.cpio.gz",
            "  penumbra linux --kernel Image --initrd i.cpio --append 'quiet init=/bin/sh'",
            "",
            "Exit status: the guest's (see penumbra run --help); else 64 wrong usage, 65 bad image, 66 no such file,",
            "70 internal error, 71 guest's panic or reset, 73 cannot write,",
            "75 instruction limit, 130 interrupted."})
public final class LinuxCommand implements Callable<Integer> {

    private static final Duration END_PAUSE = Duration.ofSeconds(1);
    private static final int MOST_BESIDE_ROOT = Settings.MOST_DISKS - 1;
    /// What the output of a shell that waits for a command ends with.
    private static final String PROMPT = "# ";

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

    @Option(names = "--keep-boot", description = "Keep this boot: later starts of the same machine, whatever its "
            + "model, begin at its first prompt. Ctrl-A k does the same.")
    private boolean keepBoot;

    @Option(names = "--boot", description = "Boot although a boot was kept. A run with --stats, --trace or a journal "
            + "of input always boots.")
    private boolean bootAnew;

    @Mixin
    private SnapshotOptions snapshots;

    @Mixin
    private DebugOptions debug;

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
        snapshots.check(PROMPT);
        debug.check();
        boolean networked = board.isNetworked();
        Map<String, String> options = machineOptions.polyglot();
        board.requireOwnOptions(options);
        if (snapshots.from() != null) {
            if (interactive) {
                if (!debug.isWanted()) {
                    options.putIfAbsent(Settings.CLOCK.key(), "host");
                }
                options.put(Settings.TERMINAL.key(), Terminal.size());
            }
            try {
                return resume(snapshots.from(), options, out, err, interactive, null);
            } finally {
                flush.remove();
            }
        }
        options.putIfAbsent(Settings.MEMORY.key(), Settings.MEMORY.text(LinuxBoot.DEFAULT_MEMORY));
        long memory;
        try {
            memory = Settings.MEMORY.parse(options.get(Settings.MEMORY.key()));
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitStatus.USAGE, "--option riscv.memory: " + e.getMessage());
        }
        // A guest that stands at a breakpoint is to find no time passed.
        if (interactive && !machineOptions.hasJournal() && !debug.isWanted() || networked) {
            options.putIfAbsent(Settings.CLOCK.key(), "host");
        }
        if (!"host".equals(options.get(Settings.CLOCK.key()))) {
            // Programs look at certificates and at the ages of files: a date of long ago is of no use to them.
            options.putIfAbsent(Settings.DATE.key(), Long.toString(Instant.now().getEpochSecond()));
        }
        try (LinuxBoot boot = new LinuxBoot(err).withKernel(board.kernel()).withInitrd(board.initrd())
                .withoutSelfTests()) {
            if (script != null) {
                boot.requireOwnRamDisk("--script");
                boot.withScript(Guest.read(script));
            }
            describe(boot, networked, err);
            String cpu = options.get(Settings.CPU.key());
            if (cpu != null && Settings.CPU.parse(cpu).hasHypervisor()) {
                boot.withHypervisor();
            }
            if (interactive) {
                boot.withTerminal(Terminal.size()).withWords("TERM=" + System.getenv().getOrDefault("TERM", "linux"));
            }
            if (reboot == null ? !interactive : !reboot) {
                boot.endingWithReset();
            }
            boot.withWords(board.append()).withCommandLine(board.commandLine());
            options.putAll(board.common());
            KeptBoot kept = boot.kept(options);
            if (kept != null && kept.isThere() && mayContinue()) {
                try {
                    Map<String, String> again = new LinkedHashMap<>(options);
                    again.keySet().removeAll(List.of(Settings.DATE.key(), Settings.MEMORY.key()));
                    if (interactive) {
                        again.put(Settings.TERMINAL.key(), Terminal.size());
                    }
                    err.println("penumbra: from the kept boot; --boot boots anew");
                    return resume(kept.file(), again, out, err, interactive, kept);
                } catch (Failure failure) {
                    if (failure.status() != ExitStatus.BAD_IMAGE) {
                        throw failure;
                    }
                    err.println("penumbra: " + failure.getMessage() + "; booting instead");
                    kept.remove();
                }
            }
            boot.prepare(memory);
            if (kept == null) {
                kept = boot.kept(options); // its files have been fetched
            }
            if (keepBoot && kept == null) {
                throw new Failure(ExitStatus.USAGE, "--keep-boot: only a boot to the shell of our own initial RAM "
                        + "disk, without disks that are written, can be kept");
            }
            options.putAll(boot.options());
            return run(options.get(Settings.KERNEL.key()), options, out, err, interactive, kept);
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
        HostPath root = HostPath.parse(rootfs);
        String name = RootStore.requireName(root.name());
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
        return new HostPath(image.toString(), root.writable()).toString();
    }

    /// Whether a kept boot does as well as one from the start.
    private boolean mayContinue() {
        return !bootAnew && !keepBoot && stats == null && !machineOptions.isRecorded();
    }

    private int resume(Path snapshot, Map<String, String> options, Console out, PrintStream err, boolean interactive,
            KeptBoot kept) {
        options.putAll(SnapshotOptions.polyglot(snapshot));
        return run(snapshot.toString(), options, out, err, interactive, kept);
    }

    /// @param kept where this boot can be kept, or was; or null
    private int run(String name, Map<String, String> options, Console out, PrintStream err, boolean interactive,
            KeptBoot kept) {
        PanicWatch watched = new PanicWatch(out);
        OutputWatch output = new OutputWatch(watched);
        InputStream in = input(interactive);
        debug.addTo(options);
        try (Guest guest = Guest.load(name, new byte[0], options, in, output, err)) {
            if (machineOptions.compiles()) {
                Guest.warnWithoutCompiler(guest.engine(), err);
            }
            if (interactive) {
                boolean fresh = kept != null && !options.containsKey(Settings.SNAPSHOT.key());
                err.println("penumbra: Ctrl-A x ends the run, Ctrl-A h helps"
                        + (fresh ? "; Ctrl-A k at the prompt keeps the boot for later starts" : ""));
                keys(guest, (EscapeInput) in, kept, err);
                Terminal.whenResized(() -> resize(guest));
            }
            debug.begin(guest, err);
            Runnable readKeys = in instanceof EscapeInput keyboard ? keyboard::start : () -> { };
            if (keepBoot) {
                kept.prepare();
                output.whenEndsWith(PROMPT, () -> keep(guest, kept, err));
            } else {
                snapshots.begin(guest, output, err);
            }
            try {
                return snapshots.end(RunCommand.run(guest, out, stats, interactive, readKeys));
            } finally {
                debug.end(guest);
            }
        } catch (Failure failure) {
            if (failure.status() == ExitStatus.GUEST_RESET) {
                throw new Failure(ExitStatus.GUEST_RESET, watched.panic() != null
                        ? "the guest's kernel panicked: " + watched.panic()
                                : failure.getMessage() + " (--reboot lets it)");
            }
            throw failure;
        }
    }

    private void keys(Guest guest, EscapeInput keyboard, KeptBoot kept, PrintStream err) {
        keyboard.with('s', "write a snapshot", () -> {
            Path file = snapshots.to() != null ? snapshots.to() : unused();
            guest.save(file, (bytes, failed) -> tell(err, failed != null ? failed
                    : SnapshotOptions.describe(file, bytes)));
        });
        LiveView live = new LiveView(guest, err);
        keyboard.with('l', "show what the guest does", live::once);
        keyboard.with('g', "let gdb connect", () -> {
            try {
                tell(err, "gdb connects with: target remote :" + guest.listen(debug.port()));
            } catch (Failure failure) {
                tell(err, failure.getMessage());
            }
        });
        if (kept != null) {
            keyboard.with('k', "keep this state for later starts", () -> {
                kept.prepare();
                keep(guest, kept, err);
            });
        }
    }

    private static Path unused() {
        for (int i = 1;; i++) {
            Path file = Path.of("penumbra-" + i + ".snapshot");
            if (!Files.exists(file)) {
                return file;
            }
        }
    }

    private static void keep(Guest guest, KeptBoot kept, PrintStream err) {
        guest.save(kept.file(), (_, failed) -> tell(err, failed != null ? failed : "kept; later starts begin here"));
    }

    /// On a terminal that belongs to the guest.
    private static void tell(PrintStream err, String line) {
        err.print("\r\npenumbra: " + line + "\r\n");
        err.flush();
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
