// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.inspect;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.graalvm.polyglot.PolyglotException;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.terminal.Console;
import picocli.CommandLine.Option;

/// A command that prints what it finds in a machine that does not run.
abstract class InspectCommand implements Callable<Integer> {
    @Option(names = {"-h", "--help"}, usageHelp = true, order = Integer.MAX_VALUE, description = "Print this help.")
    private boolean help;

    /// The machine to look at.
    abstract StillMachine open();

    abstract void show(StillMachine machine, PrintStream out);

    @Override
    public final Integer call() {
        Console console = Console.standardOutput();
        var out = new PrintStream(console, false, StandardCharsets.UTF_8);
        try (StillMachine machine = open()) {
            show(machine, out);
        } catch (PolyglotException e) {
            throw Guest.failure(e);
        } finally {
            out.flush();
        }
        console.finish();
        return ExitStatus.OK;
    }
}
