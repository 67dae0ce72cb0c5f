// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM without options has no Graal and hides its own compilers from us. Hot code is still compiled there.
final class PlainJavaTest {
    private static final Path KERNEL = Path.of(System.getProperty("penumbra.root"),
            "benchmarks/src/main/resources/org/penumbra/benchmarks/guest/matmul_int.elf");

    @TempDir
    private Path folder;

    @Test
    void aKernelRunsInTheMiddleTierAndNothingAlarmingIsSaid() throws Exception {
        Path statistics = folder.resolve("statistics.json");
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(Command.plain("run", "--stats", statistics, KERNEL))
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertTrue(process.waitFor(300, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), () -> read(err));
        assertTrue(read(out).contains("matmul_int checksum=9a86b0ae90891ed3"), () -> read(out));
        Matcher translated = Pattern.compile("\"translatedInstructions\": (\\d+)").matcher(read(statistics));
        assertTrue(translated.find() && Long.parseLong(translated.group(1)) > 10_000_000, () -> read(statistics));
        // What begins with WARNING is Java's own, about libraries.
        List<String> said = read(err).lines().filter(line -> !line.isBlank() && !line.startsWith("WARNING: ")).toList();
        assertEquals(List.of("penumbra: this Java has no Graal compiler, without which some guest code is slower"),
                said);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }
}
