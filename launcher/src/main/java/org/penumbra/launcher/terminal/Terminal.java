// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.penumbra.launcher.cli.EndHook;
import sun.misc.Signal;

/// The terminal on standard input, given to the guest: no line editing, no echo, since the guest does both itself. The
/// former settings are restored by [#close], and also when a signal ends the process.
public final class Terminal implements AutoCloseable {

    private final String settings;
    private final EndHook hook;
    /// Shutdown may begin before the terminal is taken over, which must not happen then.
    private boolean ended;

    private Terminal(String settings) {
        this.settings = settings;
        this.hook = settings == null ? null : new EndHook("terminal", this::restore);
    }

    /// Takes over the terminal; does nothing if standard input is not one (a file, a pipe), or on other systems.
    ///
    /// @param wholly whether Ctrl-C and similar keys also go to the guest; else they interrupt Penumbra
    public static Terminal forGuest(boolean wholly) {
        if (!isThere()) {
            return new Terminal(null);
        }
        Terminal terminal = new Terminal(stty("-g"));
        terminal.take(wholly);
        return terminal;
    }

    public static boolean isThere() {
        return System.console() != null && System.console().isTerminal();
    }

    /// Columns and rows, such as `80x24`, which is also the default if they are unknown.
    public static String size() {
        String size = stty("size");
        if (size == null || !size.matches("[1-9]\\d{0,4} [1-9]\\d{0,4}")) {
            return "80x24";
        }
        return size.replaceFirst("(\\d+) (\\d+)", "$2x$1");
    }

    /// Calls back whenever the size has changed, if the system reports it.
    public static void whenResized(Runnable call) {
        try {
            Signal.handle(new Signal("WINCH"), _ -> call.run());
        } catch (IllegalArgumentException _) {
            // A system without this signal: the guest keeps the first size.
        }
    }

    @Override
    public void close() {
        if (settings == null) {
            return;
        }
        restore();
        hook.remove(); // if shutdown has begun, it restores the same settings again
    }

    private synchronized void take(boolean wholly) {
        if (settings == null || ended || hook.isLate()) {
            return;
        }
        stty("-icanon", "-echo", "min", "1", "time", "0");
        if (wholly) {
            stty("-isig", "-ixon", "-icrnl", "-iexten");
        }
    }

    private synchronized void restore() {
        ended = true;
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
