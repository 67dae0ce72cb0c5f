// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The terminal on standard input, given to the guest: no line editing, no echo, since the guest does both itself.
/// Ctrl-C still interrupts Penumbra. The former settings come back on [#close], and also when the process is ended
/// by a signal.
final class Terminal implements AutoCloseable {

    private final String settings;
    private final Thread hook;

    private Terminal(String settings) {
        this.settings = settings;
        this.hook = settings == null ? null : new Thread(this::restore, "terminal");
    }

    /// Takes the terminal over, or does nothing when standard input is none (a file, a pipe, another system).
    static Terminal forGuest() {
        if (System.console() == null || !System.console().isTerminal()) {
            return new Terminal(null);
        }
        Terminal terminal = new Terminal(stty("-g"));
        if (terminal.settings != null) {
            Runtime.getRuntime().addShutdownHook(terminal.hook);
            stty("-icanon", "-echo", "min", "1", "time", "0");
        }
        return terminal;
    }

    @Override
    public void close() {
        if (settings == null) {
            return;
        }
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // Already shutting down: the hook restores the same settings once more.
        }
    }

    private void restore() {
        stty(settings);
    }

    /// @return what stty printed, null when it is missing or standard input is no terminal
    private static String stty(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "stty";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return process.waitFor() == 0 ? output : null;
        } catch (IOException _) {
            return null;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
