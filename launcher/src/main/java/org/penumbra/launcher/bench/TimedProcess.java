// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// A process whose output lines are timed as they arrive.
final class TimedProcess {

    /// Receives the lines.
    interface Listener {

        /// @param seconds since the process was started
        void line(String text, double seconds);
    }

    private TimedProcess() {
    }

    /// Runs the command to its end.
    ///
    /// @param limitSeconds time limit, after which the process is killed
    /// @param listener     creates the listener; it may write to the process's standard input, which is open and empty
    /// @return the exit status
    /// @throws Failure if it cannot be run
    static int run(List<String> command, long limitSeconds, Function<Process, Listener> listener) {
        long begun = System.nanoTime();
        Process process;
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new Failure(ExitStatus.INTERNAL, command.getFirst() + ": cannot be started (" + e.getMessage() + ")");
        }
        Thread guard = Thread.ofVirtual().start(() -> endAfter(process, limitSeconds));
        EndHook hook = new EndHook("process", process::destroyForcibly);
        if (hook.isLate()) {
            process.destroyForcibly();
        }
        Listener listening = listener.apply(process);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(),
                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                listening.line(line, (System.nanoTime() - begun) / 1e9);
            }
            return waitFor(process);
        } catch (IOException e) {
            throw new Failure(ExitStatus.INTERNAL, command.getFirst() + ": its output broke off (" + e.getMessage()
                    + ")");
        } finally {
            process.destroyForcibly();
            guard.interrupt();
            hook.remove();
        }
    }

    private static void endAfter(Process process, long limitSeconds) {
        try {
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            // It ended within the limit.
        }
    }

    private static int waitFor(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return ExitStatus.INTERRUPTED;
        }
    }
}
