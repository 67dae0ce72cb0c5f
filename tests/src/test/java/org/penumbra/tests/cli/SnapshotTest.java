// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;

/// Snapshots of `penumbra run`, the commands that look into them, and the live view, as processes.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotTest {
    private static final Path GUESTS = Path.of(System.getProperty("penumbra.root"), "tests/src/test/resources/guest");
    private static final Path PAGING = GUESTS.resolve("paging.elf");
    /// In the midst of the checks of paging.
    private static final String MIDST = "# --x\n";

    @TempDir
    private Path folder;

    private record Outcome(int status, String out, String err) {
    }

    private Outcome penumbra(String verb, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(Command.of(verb, arguments));
        Process process = new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
        try {
            assertTrue(process.waitFor(200, TimeUnit.SECONDS), "still running");
            return new Outcome(process.exitValue(), Files.readString(folder.resolve("out")),
                    Files.readString(folder.resolve("err")));
        } finally {
            process.destroyForcibly();
        }
    }

    private Path saved() throws IOException, InterruptedException {
        Path file = folder.resolve("paging.snapshot");
        Outcome outcome = penumbra("run", "--save-snapshot", file, "--save-at", MIDST, "--memory", "16M", PAGING);
        assertEquals(0, outcome.status, outcome.err);
        assertEquals("penumbra: " + file + " written (1 MB)\n", outcome.err);
        assertEquals(Files.readString(GUESTS.resolve("paging.output")), outcome.out, "the guest goes on");
        return file;
    }

    /// What is printed by those that go on from it is what the first one printed behind it.
    @Test
    void otherModelsGoOnFromASnapshotAndCommandsLookIntoIt() throws Exception {
        Path file = saved();
        String all = Files.readString(GUESTS.resolve("paging.output"));
        String rest = all.substring(all.indexOf(MIDST) + MIDST.length());
        for (String model : List.of("native", "ssp", "hap")) {
            Outcome outcome = penumbra("run", "--snapshot", file, "--model", model);
            assertEquals(0, outcome.status, outcome.err);
            assertEquals(rest, outcome.out, model);
        }
        Outcome code = penumbra("disasm", file, "machine_trap", 4);
        assertEquals(0, code.status, code.err);
        assertTrue(code.out.lines().count() >= 4 && code.out.contains("csrrw sp, 0x340, sp"), code.out);
        Outcome walk = penumbra("walk", file, "pc", "sp", "0x40000000");
        assertEquals(0, walk.status, walk.err);
        assertTrue(walk.out.lines().filter(line -> line.contains(", satp 0x")).count() == 3, walk.out);
        assertEquals(64, penumbra("walk", file, "no_such_symbol").status);
        assertEquals(66, penumbra("walk", folder.resolve("none"), "pc").status);
        byte[] bytes = Files.readAllBytes(file);
        Path damaged = Files.write(folder.resolve("damaged"), Arrays.copyOf(bytes, bytes.length - 10));
        Outcome refused = penumbra("walk", damaged, "pc");
        assertEquals(65, refused.status, refused.err);
        assertTrue(refused.err.startsWith("penumbra: " + damaged + ": ") && refused.err.lines().count() == 1, refused.err);
    }

    /// The disk gets full while a new one is written over an old one.
    @Test
    void aFullDiskIsOneLineAndTheOldSnapshotStays() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "this system has no /dev/full");
        Path file = saved();
        byte[] before = Files.readAllBytes(file);
        Files.createSymbolicLink(folder.resolve("paging.snapshot.part"), Path.of("/dev/full"));
        Outcome outcome = penumbra("run", "--save-snapshot", file, "--save-at", MIDST, "--memory", "16M", PAGING);
        assertEquals(73, outcome.status, outcome.err);
        assertEquals("penumbra: " + file + ": the snapshot cannot be written (No space left on device)\n", outcome.err);
        assertEquals(Files.readString(GUESTS.resolve("paging.output")), outcome.out, "the guest goes on");
        assertArrayEquals(before, Files.readAllBytes(file));
        assertFalse(Files.exists(folder.resolve("paging.snapshot.part")));
        assertTrue(Files.exists(Path.of("/dev/full")));
    }

    @Test
    void theLiveViewShowsWhatAGuestDoes() throws Exception {
        // It has to run for more than the second after which is looked first, on any computer.
        Workload workload = Workloads.find("quicksort").orElseThrow();
        Path image = Files.write(folder.resolve("quicksort.elf"),
                workload.image(workload.parameters().with(Parameters.Mode.S).withRounds(150)));
        Outcome outcome = penumbra("run", "--live", "--engine", "interpreter", "--model", "tsp", image);
        assertEquals(0, outcome.status, outcome.err);
        String shown = outcome.err.replace("\r", "");
        assertTrue(shown.contains("penumbra, tsp") && shown.contains("a second"), shown);
        long[] counts = shown.lines().filter(line -> line.startsWith("instructions ")).mapToLong(line ->
                Long.parseLong(line.strip().split(" +")[1])).toArray();
        assertTrue(counts.length > 0, shown);
        for (int i = 1; i < counts.length; i++) {
            assertTrue(counts[i] > counts[i - 1], shown);
        }
        assertFalse(outcome.out.contains("penumbra, tsp"), "the guest's output is its own");
    }
}
