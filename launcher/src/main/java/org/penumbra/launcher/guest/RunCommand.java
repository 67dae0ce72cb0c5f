// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Usage;
import org.penumbra.launcher.terminal.Console;
import org.penumbra.launcher.terminal.OutputWatch;
import org.penumbra.launcher.terminal.Terminal;
import org.penumbra.options.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `penumbra run`: one program on one machine.
@Command(name = "run", sortOptions = false, showEndOfOptionsDelimiterInUsageHelp = false,
        mixinStandardHelpOptions = false,
        description = "Run a RISC-V program on a machine of its own until it exits.%n",
        footer = {
            "",
            "The guest's console is standard input and output, its exit status is ours.",
            "Messages of Penumbra go to standard error.",
            "",
            "Examples:",
            "  penumbra run hello.elf",
            "  penumbra run --memory 1G --stats stats.json kernel.elf",
            "  penumbra run --harts 3 --disk fs.img,write kernel",
            "  penumbra run --bios fw_dynamic.bin --kernel u-boot.bin --disk disk.img",
            "  penumbra run --save-snapshot a.snapshot --save-at 'ready' server.elf",
            "  penumbra run --snapshot a.snapshot --model ssp",
            "  penumbra run --profile kernel.svg --model ssp kernel.elf",
            "  penumbra run --gdb 1234 --wait kernel.elf",
            "  penumbra run --engine interpreter --max-instructions 1000000 test.elf",
            "",
            "Exit status: the guest's (1 for one above 255 whose low eight bits are 0); else 64",
            "wrong usage, 65 bad image, 66 no such file, 70 internal error, 73 cannot write,",
            "75 instruction limit, 130 interrupted, 141 the reader of our output has gone."})
public final class RunCommand implements Callable<Integer> {

    @Mixin
    private MachineOptions machineOptions;

    @Mixin
    private BoardOptions board;

    @Mixin
    private SnapshotOptions snapshots;

    @Mixin
    private DebugOptions debug;

    @Spec
    private CommandSpec spec;

    @Option(names = "--raw", description = "Run a file that is neither ELF nor a kernel, as "
            + "instructions for address 0x80000000.")
    private boolean raw;

    @Option(names = "--stats", paramLabel = "FILE", description = "Write what was counted, as JSON.")
    private Path stats;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Parameters(paramLabel = "IMAGE", arity = "0..1", description =
            "What starts: an ELF64 file for RISC-V, statically linked, "
            + "or with --raw any other, in machine mode; or a Linux Image, in supervisor mode. With --kernel or "
            + "--bios there is "
            + "none.")
    private Path image;

    @Override
    public Integer call() {
        StatisticsFile.check(stats);
        PrintStream err = System.err;
        Console out = Console.standardOutput();
        EndHook flush = new EndHook("flush", out::flushAtEnd);
        board.check();
        snapshots.check(null);
        debug.check();
        boolean named = board.kernel() != null || board.bios() != null || snapshots.from() != null;
        if (named == (image != null)) {
            throw new ParameterException(spec.commandLine(), named
                    ? "one program too many: '" + image + "'" + (snapshots.from() != null ? "; a snapshot has its own"
                            : "; what starts on a firmware is named with --kernel")
                    : "missing required parameter: 'IMAGE'");
        }
        Usage.check(spec, !raw || !named, "--raw: is for an IMAGE; --kernel and --bios take any file");
        var options = machineOptions.polyglot();
        if (snapshots.from() != null) {
            options.putAll(SnapshotOptions.polyglot(snapshots.from()));
        } else {
            board.polyglot().forEach(options::putIfAbsent);
        }
        if (raw || board.kernel() != null) {
            options.put(Settings.RAW.key(), "true");
        }
        debug.addTo(options);
        byte[] bytes = named ? new byte[0] : Guest.read(image);
        Path first = snapshots.from() != null ? snapshots.from() : !named ? image
                : board.kernel() != null ? board.kernel() : board.bios();
        OutputWatch watched = new OutputWatch(out);
        try (Guest guest = Guest.load(first.toString(), bytes, options, System.in, watched, err)) {
            if (machineOptions.compiles()) {
                Guest.warnWithoutCompiler(guest.engine(), err);
            }
            snapshots.begin(guest, watched, err);
            debug.begin(guest, err);
            try {
                return snapshots.end(run(guest, out, stats, false, () -> { }));
            } finally {
                debug.end(guest);
            }
        } finally {
            flush.remove();
        }
    }

    /// Runs a guest until it ends or the user ends it, and writes its statistics.
    ///
    /// @param stats  file for the statistics, or null
    /// @param wholly whether Ctrl-C on a terminal goes to the guest
    /// @param begun  called once the guest has the terminal
    /// @return the exit status
    public static int run(Guest guest, Console out, Path stats, boolean wholly, Runnable begun) {
        try (OrderlyEnd _ = new OrderlyEnd(guest)) {
            int status = runAndReport(guest, stats, wholly, begun);
            out.finish();
            return status;
        } catch (Failure failure) {
            out.finish(); // if the run failed because of its output, this reports it more briefly
            throw failure;
        }
    }

    private static int runAndReport(Guest guest, Path stats, boolean wholly, Runnable begun) {
        try (Terminal _ = Terminal.forGuest(wholly)) {
            begun.run();
            return guest.run();
        } catch (Failure failure) {
            if (failure.status() == ExitStatus.INTERRUPTED) {
                // The user pressed Ctrl-C; no message needed.
                return ExitStatus.INTERRUPTED;
            }
            throw failure;
        } finally {
            // Without this, files could not be written.
            Thread.interrupted();
            if (stats != null) {
                JsonObject statistics = StatisticsFile.of(guest.statistics());
                StatisticsFile.write(stats, statistics);
            }
        }
    }
}
