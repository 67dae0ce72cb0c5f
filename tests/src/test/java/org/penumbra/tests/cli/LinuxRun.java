// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What a run of `penumbra linux` or of a comparison of Linux guests came to.
///
/// @param console what it printed
/// @param said    what Penumbra told on standard error
/// @param memory  the peak of its resident set
record LinuxRun(int status, String console, String said, PeakMemory memory) {

    private static final long LONGEST_SECONDS = 600;

    /// Why Debian's files cannot be had, once that is known: not every test has to wait for it.
    private static String missing;

    /// The command line that starts `penumbra VERB`.
    static List<String> command(String verb, Object... arguments) {
        List<String> command = new ArrayList<>(Command.run(arguments));
        command.set(command.indexOf("run"), verb);
        return command;
    }

    /// Boots Debian's kernel with a script.
    static LinuxRun ofScript(Path folder, String script, Object... options) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of(options));
        arguments.add("--script");
        arguments.add(Files.writeString(folder.resolve("script.sh"), script));
        return of(folder, LONGEST_SECONDS, command("linux", arguments.toArray()), new File("/dev/null"));
    }

    /// Sees to it that Debian's files are there, without a boot.
    static void obtain(Path folder) throws Exception {
        LinuxRun run = of(folder, LONGEST_SECONDS, command("linux", "--disk", "no such disk"), new File("/dev/null"));
        assertTrue(run.said().contains("no such disk: no such file"), run.toString());
    }

    /// Runs a command to its end. Its caller's test is skipped where Debian's files cannot be had.
    static LinuxRun of(Path folder, long seconds, List<String> command, File input) throws Exception {
        skipWithoutFiles();
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command).redirectInput(input).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        PeakMemory memory;
        try {
            memory = PeakMemory.of(process);
            assertTrue(process.waitFor(seconds, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(err);
        if (process.exitValue() != 0) {
            skipWhereFilesAreMissing(said);
        }
        return new LinuxRun(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8).replace("\r", ""), said,
                memory);
    }

    /// Skips the test of a command that said that Debian's files cannot be had.
    static void skipWhereFilesAreMissing(String said) {
        if (said.contains("cannot get Debian's")) {
            missing = said.strip();
            skipWithoutFiles();
        }
    }

    private static void skipWithoutFiles() {
        assumeTrue(missing == null, () -> "Debian's files cannot be had: " + missing);
    }
}
