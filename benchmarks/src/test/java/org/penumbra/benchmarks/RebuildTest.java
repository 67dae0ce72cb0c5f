// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rebuilds the guest programs with the cross compiler and compares them with those that ship.
class RebuildTest {

    private static final Path SOURCES = Path.of("guest");

    @TempDir
    Path folder;

    @Test
    void shippedImagesAreWhatTheirSourcesGive() throws Exception {
        String identity = Files.readString(SOURCES.resolve("compiler.txt")).strip();
        String found = identity();
        assumeTrue(found.equals(identity), "skipped: the shipped images were built by " + identity + ", here is " + (found.isEmpty() ? "none" : found));
        Path log = folder.resolve("log");
        Path out = folder.resolve("out");
        assertEquals(0, make(log, "-s", "-j2", "OUT=" + out), () -> read(log));
        for (Workload workload : Workloads.all()) {
            assertArrayEquals(workload.image(), Files.readAllBytes(out.resolve(workload.name() + ".elf")), workload.name());
        }
    }

    private String identity() throws IOException, InterruptedException {
        Path log = folder.resolve("identity");
        try {
            return make(log, "-s", "identity") == 0 ? Files.readString(log).strip() : "";
        } catch (IOException e) {
            return ""; // no make
        }
    }

    private static int make(Path log, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("make"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).directory(SOURCES.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("make took more than two minutes");
        }
        return process.exitValue();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
