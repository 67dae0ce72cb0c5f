// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Boots Debian's own kernel to user space: minutes a model. Skipped where its files cannot be had.
@Tag("offline")
final class LinuxBootTest {
    private static final int NO_INPUT = 66;
    private static final int GUEST_STATUS = 7;
    private static final long LONGEST_SECONDS = 900;

    private static String expected;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp", "tsp", "hap"})
    void debianRunsAScriptAndEndsWithItsStatus(String model) throws Exception {
        Path script = Files.writeString(folder.resolve("script.sh"), """
                echo "user space: $(uname -s) $(uname -m)"
                cat /proc/uptime
                seq 1 2000 | sort -r | md5sum
                exit %d
                """.formatted(GUEST_STATUS));
        List<String> command = new ArrayList<>(Command.run("--model", model, "--script", script));
        command.set(command.indexOf("run"), "linux");
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(err);
        assumeTrue(process.exitValue() != NO_INPUT || !said.contains("cannot get Debian's kernel"),
                "Debian's files cannot be had: " + said.strip());
        String console = Files.readString(out, StandardCharsets.UTF_8);
        assertEquals(GUEST_STATUS, process.exitValue(), console + said);
        assertTrue(console.contains("user space: Linux riscv64"), console);
        if (expected == null) {
            expected = console;
        }
        assertEquals(expected, console, "the console is the same under every model");
    }
}
