// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Usage;
import org.penumbra.launcher.terminal.OutputWatch;
import org.penumbra.options.Setting.Trait;
import org.penumbra.options.Settings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options that write snapshots and continue from them, shared by the commands `run` and `linux`.
public final class SnapshotOptions {
    /// The commands' own options that describe a machine, which is thus in its snapshot.
    private static final List<String> OWN = List.of("--cmdline", "--rootfs", "--packages", "--script", "--reboot",
            "--boot", "--keep-boot");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--snapshot", paramLabel = "FILE",
            description = "Continue from a snapshot instead of booting. Memory, harts, disks, network and share are "
                    + "those of its machine; the model and its settings may be others.")
    private Path from;

    @Option(names = "--save-snapshot", paramLabel = "FILE",
            description = "Write a snapshot once the guest's output ends with the text of --save-at, and go on.")
    private Path to;

    @Option(names = "--save-at", paramLabel = "TEXT",
            description = "When --save-snapshot writes (default of linux: '# ', a shell's prompt).")
    private String at;

    private String problem;
    private boolean written;

    /// The snapshot to continue from, or null.
    public Path from() {
        return from;
    }

    /// The file to write, or null.
    public Path to() {
        return to;
    }

    /// @param prompt text to save at unless one is given; null where there is none
    /// @throws ParameterException for combinations that make no sense
    /// @throws Failure 73 for a file that cannot be written
    public void check(String prompt) {
        Usage.check(spec, at == null || to != null, "--save-at: says when --save-snapshot writes, which is not given");
        Usage.check(spec, to == null || at != null || prompt != null,
                "--save-snapshot: say with --save-at when it is to write");
        Usage.check(spec, at == null || !at.isEmpty(), "--save-at: the text is empty");
        Usage.check(spec, to == null || !to.toString().isEmpty(), "--save-snapshot: the name of a file is missing");
        Usage.check(spec, from == null || !from.toString().isEmpty(), "--snapshot: the name of a file is missing");
        StatisticsFile.check(to);
        at = at == null ? prompt : at;
        if (from != null) {
            var given = spec.commandLine().getParseResult();
            Stream<String> settings = Settings.all().stream().filter(setting -> setting.is(Trait.RECORDED))
                    .map(setting -> setting.flags().getFirst());
            Stream.concat(settings, OWN.stream()).forEach(option -> Usage.check(spec,
                    !given.hasMatchedOption(option), option + ": the machine of a snapshot has it already"));
        }
    }

    /// The option of the language `riscv` that continues from a file.
    public static Map<String, String> polyglot(Path file) {
        return Map.of(Settings.SNAPSHOT.key(), file.toString());
    }

    /// Begins to look for the text to save at.
    ///
    /// @param output of the guest
    public void begin(Guest guest, OutputWatch output, PrintStream err) {
        if (to != null) {
            output.whenEndsWith(at, () -> guest.save(to, (bytes, failed) -> {
                written = failed == null;
                problem = failed;
                err.println("penumbra: " + (written ? describe(to, bytes) : failed));
            }));
        }
    }

    /// A line about a snapshot that has been written.
    public static String describe(Path file, long bytes) {
        return file + " written (" + Math.max(1, bytes >> 20) + " MB)";
    }

    /// To be called after the guest has ended.
    ///
    /// @return its status
    /// @throws Failure 73 if nothing was written although it should have been, unless the guest itself failed
    public int end(int status) {
        if (status == ExitStatus.OK && to != null && !written) {
            throw new Failure(ExitStatus.CANNOT_WRITE, problem != null ? "" : to + ": was not written, for the guest's "
                    + "output never ended with '" + at + "'");
        }
        return status;
    }
}
