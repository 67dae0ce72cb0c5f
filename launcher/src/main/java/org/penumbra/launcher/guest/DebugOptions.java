// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import org.penumbra.launcher.cli.Usage;
import org.penumbra.options.HostPath;
import org.penumbra.options.Settings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options to look into a guest while it runs, shared by the commands `run` and `linux`.
public final class DebugOptions {
    private static final int LAST_PORT = 0xffff;
    private static final int USUAL_PORT = 1234;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--gdb", paramLabel = "PORT",
            description = "Let gdb connect to this port of the computer's loopback, with target remote :PORT. It can "
                    + "also go back (reverse-stepi, reverse-continue), unless guest time is the host's.")
    private Integer port;

    @Option(names = "--wait", description = "Begin the run when gdb has connected.")
    private boolean waits;

    @Option(names = "--profile", paramLabel = "FILE",
            description = "Sample where the guest is and write a flame graph (FILE.svg), or its stacks as text. VM "
                    + "exits are shown by cause.")
    private Path profile;

    @Option(names = "--symbols", paramLabel = "FILE",
            description = "More symbols for --profile and gdb's monitor: an ELF file or a System.map.")
    private Path symbols;

    @Option(names = "--live", description = "Show each second, on standard error, what the guest does: exits by cause.")
    private boolean live;

    /// Whether there is to be a debugger.
    public boolean isWanted() {
        return port != null;
    }

    /// @throws ParameterException for invalid values and combinations
    /// @throws org.penumbra.launcher.cli.Failure 73 for a file that cannot be written after the run
    public void check() {
        Usage.check(spec, port == null || port >= 1 && port <= LAST_PORT,
                "--gdb: " + port + " is no port from 1 to 65535");
        Usage.check(spec, profile == null || !profile.toString().isEmpty(), "--profile: the name of a file is missing");
        Usage.check(spec, symbols == null || !symbols.toString().isEmpty(), "--symbols: the name of a file is missing");
        Usage.check(spec, !waits || port != null, "--wait: is for gdb; give --gdb PORT");
        StatisticsFile.check(profile);
    }

    /// Adds the options of the language `riscv`.
    ///
    /// @param options of the machine so far
    public void addTo(Map<String, String> options) {
        if (port == null) {
            return;
        }
        options.put(Settings.GDB.key(), port.toString());
        options.put(Settings.GDB_WAIT.key(), Boolean.toString(waits));
        boolean reversible = !"host".equals(options.get(Settings.CLOCK.key()))
                && !options.containsKey(Settings.RECORD_INPUT.key())
                && !options.containsKey(Settings.REPLAY_INPUT.key()) && !options.containsKey(Settings.SHARE.key())
                && options.getOrDefault(Settings.DRIVE.key(), "").lines().map(HostPath::parse)
                        .noneMatch(HostPath::writable);
        options.put(Settings.HISTORY.key(), Boolean.toString(reversible));
    }

    /// Begins what was asked for.
    public void begin(Guest guest, PrintStream err) {
        if (symbols != null) {
            guest.addSymbols(symbols);
        }
        if (profile != null) {
            guest.profile();
        }
        if (live) {
            new LiveView(guest, err).start();
        }
        if (port != null) {
            err.println("penumbra: gdb connects with: target remote :" + port);
        }
    }

    /// Writes what was asked for, after the guest has ended.
    ///
    /// @throws org.penumbra.launcher.cli.Failure 73 if it cannot be written
    public void end(Guest guest) {
        if (profile != null) {
            guest.writeProfile(profile);
        }
    }

    /// The port at which gdb is to connect once it is asked for.
    public int port() {
        return port == null ? USUAL_PORT : port;
    }
}
