// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Builds treadmill from its sources, in a folder of another name, and compares it with the file that ships.
class TreadmillReproducibilityTest {

    private static final Path SOURCES = Path.of("treadmill");

    @TempDir
    Path folder;

    @Test
    void shippedImageIsWhatItsSourcesGive() throws Exception {
        String shipped = Files.readString(SOURCES.resolve("compiler.txt")).strip();
        String here = make("identity").strip();
        assumeTrue(here.equals(shipped), () -> "skipped: treadmill was built with " + shipped + ", here is "
                + (here.isEmpty() ? "no riscv64-unknown-elf-gcc" : here));
        Path build = folder.resolve("elsewhere");
        String log = make("BUILD=" + build);
        assertEquals("", log);
        assertArrayEquals(Files.readAllBytes(build.resolve("treadmill.elf")), TreadmillImage.shipped());
    }

    /// What `make` says; empty where there is no make.
    private String make(String argument) throws InterruptedException, IOException {
        Path log = folder.resolve("log");
        Process process;
        try {
            process = new ProcessBuilder("make", "-s", argument).directory(SOURCES.toFile())
                    .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        } catch (IOException e) {
            return "";
        }
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("make took more than two minutes");
        }
        return process.exitValue() == 0 ? Files.readString(log) : argument.equals("identity") ? "" : "make failed: " + Files.readString(log);
    }
}
