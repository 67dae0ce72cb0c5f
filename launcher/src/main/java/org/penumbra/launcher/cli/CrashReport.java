// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes stack traces to a file for bug reports, rather than to the terminal.
final class CrashReport {

    private CrashReport() {
    }

    /// Writes the stack trace to a file in the temporary directory.
    ///
    /// @return one line that names the problem and the file
    static String describe(Throwable problem) {
        String line = "internal error: " + firstLine(problem);
        try {
            Path file = Files.createTempFile("penumbra-", ".txt");
            try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(file))) {
                Versions.lines().forEach(writer::println);
                problem.printStackTrace(writer);
            }
            return line + " (stack trace in " + file + ")";
        } catch (IOException | RuntimeException e) {
            return line + " (its stack trace could not be written: " + firstLine(e) + ")";
        }
    }

    private static String firstLine(Throwable problem) {
        String message = problem.getMessage();
        if (message == null || message.isBlank()) {
            return problem.getClass().getSimpleName();
        }
        return message.strip().lines().findFirst().orElse("");
    }
}
