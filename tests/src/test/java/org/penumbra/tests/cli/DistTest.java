// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.options.ModelName;

/// The archive runs where it was not made, without a JDK, Maven or any environment.
@Tag("long")
final class DistTest {
    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));

    @TempDir
    private Path folder;

    /// Of the command that ran last.
    private PeakMemory memory;

    @Test
    void anUnpackedArchiveComparesTheModelsWithAnEmptyEnvironment() throws Exception {
        Path made = folder.resolve("made");
        run(folder, List.of(ROOT.resolve("launcher/dist/make").toString(), made.toString()));
        Path archive;
        try (Stream<Path> files = Files.list(made)) {
            archive = files.filter(file -> file.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
        }
        run(made, List.of("sha256sum", "-c", "--quiet", archive + ".sha256"));
        Path elsewhere = Files.createDirectories(folder.resolve("some where else"));
        run(elsewhere, List.of("tar", "xzf", archive.toString(), "--strip-components=1"));
        Files.delete(archive);
        run(elsewhere, List.of("sha256sum", "-c", "--quiet", "SHA256SUMS"));

        String licences = Files.readString(elsewhere.resolve("licences/README.md"));
        for (String place : List.of("class", "module")) {
            try (Stream<Path> jars = Files.list(elsewhere.resolve("lib").resolve(place))) {
                for (Path jar : jars.toList()) {
                    String name = jar.getFileName().toString().replaceAll("-\\d.*", "");
                    assertTrue(licences.contains(name + "-*.jar") || name.startsWith("penumbra-"), jar + " has no licence");
                }
            }
        }
        String start = elsewhere.resolve("bin/penumbra").toString();
        // With this mode Java refuses to start without the start-up cache.
        String version = run(folder, List.of("env", "-i", "PENUMBRA_JAVA_OPTS=-XX:AOTMode=on", start, "--version"));
        assertTrue(version.contains("Graal"), version);
        String report = run(folder, List.of("env", "-i", start, "compare", "--quick", "--jobs", "2"));
        long peak = memory.bytes() >> 20;
        assertTrue(peak < 600, "peak of the resident set of a comparison: " + peak + " MiB");
        int workloads = TreadmillWorkload.Suite.KERNEL.workloads().size();
        assertTrue(report.contains(workloads + " workloads, " + workloads * ModelName.usual().size() + " runs; every guest printed the same checksum under every model, the "
                + "expected one."), report);
        assertTrue(Files.exists(elsewhere.resolve("share/man/man1/penumbra-run.1")));
        run(folder, List.of("bash", "-n", elsewhere.resolve("share/bash-completion/completions/penumbra").toString()));
    }

    private String run(Path where, List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile("dist", ".log");
        Process process = new ProcessBuilder(new ArrayList<>(command)).directory(where.toFile())
                .redirectErrorStream(true).redirectInput(new java.io.File("/dev/null")).redirectOutput(log.toFile()).start();
        memory = PeakMemory.of(process);
        boolean ended = process.waitFor(20, TimeUnit.MINUTES);
        process.destroyForcibly();
        String output = Files.readString(log);
        Files.delete(log);
        assertTrue(ended, command + " does not end:\n" + output);
        assertEquals(0, process.exitValue(), command + ":\n" + output);
        return output;
    }
}
