// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rebuilds guest programs with the cross compiler and compares them with those that ship.
class RebuildTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "guest, OUT, src/main/resources/org/penumbra/benchmarks/guest",
        "linux, OUT, src/main/resources/org/penumbra/benchmarks/linux",
        "treadmill, BUILD, src/main/resources/org/penumbra/benchmarks/treadmill",
        "../tests/guest, OUT, ../tests/src/test/resources/guest",
        "../tests/guest/harts, OUT, ../tests/src/test/resources/harts",
        "../tests/guest/hypervisor, OUT, ../tests/src/test/resources/hypervisor",
        "../tests/guest/linux, OUT, ../tests/src/test/resources/linux"})
    void shippedImagesAreWhatTheirSourcesGive(Path sources, String variable, Path shipped) throws Exception {
        String identity = Files.readString(sources.resolve("compiler.txt")).strip();
        String found = identity(sources);
        assumeTrue(found.equals(identity), "skipped: the shipped images were built by " + identity + ", here is " + (found.isEmpty() ? "none" : found));
        Path log = folder.resolve("log");
        Path out = folder.resolve("out");
        assertEquals(0, make(sources, log, "-s", "-j2", variable + "=" + out), () -> read(log));
        List<String> images = images(shipped);
        assertEquals(images, images(out));
        assertFalse(images.isEmpty());
        for (String image : images) {
            assertArrayEquals(Files.readAllBytes(shipped.resolve(image)), Files.readAllBytes(out.resolve(image)), image);
        }
    }

    private static List<String> images(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".elf")).sorted().toList();
        }
    }

    private String identity(Path sources) throws IOException, InterruptedException {
        Path log = folder.resolve("identity");
        try {
            return make(sources, log, "-s", "identity") == 0 ? Files.readString(log).strip() : "";
        } catch (IOException e) {
            return ""; // no make
        }
    }

    private static int make(Path sources, Path log, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("make"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).directory(sources.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        if (!process.waitFor(300, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("make took more than five minutes");
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
