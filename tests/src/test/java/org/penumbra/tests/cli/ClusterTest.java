// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A comparison that three processes share.
@Tag("long")
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ClusterTest {

    private static final List<String> COMPARISON = List.of("--quick", "--engine", "interpreter", "--models",
            "native,tsp,ssp,hap", "--jobs", "1", "--workloads");
    private static final String ALL = "forkexit,forkexec,mmapchurn,faultstorm,pipeping,hashjoin,server";

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String name, String verb, List<String> words, String... more) throws IOException {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        Process process = new ProcessBuilder(Command.of(verb, all.toArray()))
                .redirectInput(Path.of("/dev/null").toFile()).redirectOutput(directory.resolve(name + ".out").toFile())
                .redirectError(directory.resolve(name + ".err").toFile()).start();
        started.add(process);
        return process;
    }

    private String text(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private void await(String name, String text, Process process) throws IOException, InterruptedException {
        for (int i = 0; i < 1200 && !text(name).contains(text); i++) {
            assertTrue(process.isAlive(), name + ": " + text(name));
            Thread.sleep(100);
        }
        assertTrue(text(name).contains(text), name + ": " + text(name));
    }

    private static JsonElement counts(Path file) throws IOException {
        return counts(JsonParser.parseString(Files.readString(file)));
    }

    /// What does not depend on the computer.
    private static JsonElement counts(JsonElement element) {
        if (element.isJsonObject()) {
            List.of("hostSeconds", "compiler").forEach(element.getAsJsonObject()::remove);
            element.getAsJsonObject().asMap().values().forEach(ClusterTest::counts);
        } else if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(ClusterTest::counts);
        }
        return element;
    }

    /// Below those that the system gives to connections, since members look for theirs above it.
    private static int freePort() throws IOException {
        for (int port = 5_801 + (int) (ProcessHandle.current().pid() % 2_000) * 10;; port += 10) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException _) {
                // The next one.
            }
        }
    }

    @Test
    void aMemberIsKilledAndTheReportIsWhatOneProcessMakes() throws Exception {
        String at = "127.0.0.1:" + freePort();
        Path shared = directory.resolve("shared.json");
        Process leader = start("leader", "compare", COMPARISON, ALL, "--cluster", at, "--json", shared.toString());
        await("leader.err", "penumbra worker " + at + " joins", leader);
        Process killed = start("killed", "worker", List.of(at), "--jobs", "1");
        Process other = start("other", "worker", List.of(at), "--jobs", "1");
        await("killed.err", "joined " + at, killed);
        await("other.err", "joined " + at, other);
        // By now it is in the middle of a run.
        Thread.sleep(2_000);
        assertTrue(killed.isAlive() && leader.isAlive(), text("leader.err") + text("killed.err"));
        killed.destroyForcibly();

        assertTrue(leader.waitFor(10, TimeUnit.MINUTES), text("leader.err"));
        assertEquals(0, leader.exitValue(), text("leader.err"));
        assertTrue(text("leader.out").contains("7 workloads, 28 runs; every guest printed the same checksum"), text("leader.out"));
        assertTrue(other.waitFor(1, TimeUnit.MINUTES), text("other.err"));
        assertEquals(0, other.exitValue(), text("other.err"));

        Path alone = directory.resolve("alone.json");
        Process single = start("single", "compare", COMPARISON, ALL, "--json", alone.toString());
        assertTrue(single.waitFor(10, TimeUnit.MINUTES));
        assertEquals(counts(alone).toString(), counts(shared).toString());
    }

    @Test
    void aWorkerEndsWhenWhoLeadsIsGone() throws Exception {
        String at = "127.0.0.1:" + freePort();
        Process leader = start("leader", "compare", COMPARISON, ALL, "--cluster", at);
        await("leader.err", "joins", leader);
        Process worker = start("worker", "worker", List.of(at), "--jobs", "1");
        await("worker.err", "joined " + at, worker);
        leader.destroyForcibly();
        assertTrue(worker.waitFor(2, TimeUnit.MINUTES), text("worker.err"));
        assertEquals(1, worker.exitValue(), text("worker.err"));
        assertTrue(text("worker.err").contains(at + " is gone before the comparison has ended"), text("worker.err"));
    }
}
