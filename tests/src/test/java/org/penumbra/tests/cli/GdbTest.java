// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;

/// `penumbra run --gdb` with the real gdb, and with clients that leave. Skipped where gdb is not installed.
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class GdbTest {
    private static final Path GUESTS = Path.of(System.getProperty("penumbra.root"), "tests/src/test/resources/guest");
    private static final long LONGEST_SECONDS = 240;

    @TempDir
    private Path folder;

    private int port;
    private Process machine;
    private Process gdb;

    @BeforeEach
    void choosePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void end() {
        for (Process process : new Process[] {gdb, machine}) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    private void start(Object... arguments) throws Exception {
        List<Object> all = new ArrayList<>(List.of("--gdb", port, "--memory", "16M"));
        all.addAll(List.of(arguments));
        machine = new ProcessBuilder(Command.of("run", all.toArray())).redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile()).start();
        await("err", "target remote :" + port);
        for (int tries = 0; tries < 200 && !listens(); tries++) {
            assertTrue(machine.isAlive(), Files.readString(folder.resolve("err")));
            Thread.sleep(50);
        }
    }

    /// Whether the port is open, as the system says: to connect would be to debug.
    private boolean listens() throws IOException {
        String end = String.format(":%04X ", port);
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            if (Files.exists(Path.of(table)) && Files.readAllLines(Path.of(table)).stream()
                    .anyMatch(line -> line.contains(end) && line.contains(" 0A "))) {
                return true;
            }
        }
        return false;
    }

    private void await(String file, String text) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (!Files.exists(folder.resolve(file)) || !Files.readString(folder.resolve(file)).contains(text)) {
            assertTrue(System.nanoTime() < end, "no '" + text + "'");
            Thread.sleep(50);
        }
    }

    private void startGdb(Path symbols, String... commands) throws IOException {
        List<String> command = new ArrayList<>(List.of("gdb-multiarch", "-q", "-nx", "-batch", "-ex",
                "set remotetimeout 100", "-ex", "set tcp connect-timeout 100", "-ex", "set pagination off"));
        if (symbols != null) {
            command.addAll(List.of("-ex", "file " + symbols));
        } else {
            command.addAll(List.of("-ex", "set architecture riscv:rv64"));
        }
        command.addAll(List.of("-ex", "target remote :" + port));
        for (String one : commands) {
            command.addAll(List.of("-ex", one));
        }
        try {
            gdb = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("gdb").toFile())
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "gdb-multiarch is not installed");
        }
    }

    private String debug(Path symbols, String... commands) throws Exception {
        startGdb(symbols, commands);
        assertTrue(gdb.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "gdb has not ended: " + said());
        return said();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("gdb"));
    }

    private int status() throws Exception {
        assertTrue(machine.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "the machine still runs");
        return machine.exitValue();
    }

    /// What is left of the output behind each text, in this order.
    private static void inOrder(String all, String... texts) {
        int at = 0;
        for (String text : texts) {
            int found = all.indexOf(text, at);
            assertTrue(found >= 0, "no '" + text + "' in its place in: " + all);
            at = found + text.length();
        }
    }

    @Test
    void breaksWatchesStepsGoesBackAndDetaches() throws Exception {
        Path guest = GUESTS.resolve("traps.elf");
        start("--wait", guest);
        String said = debug(guest, "p/x $pc", "p $priv", "break *check_trap", "continue", "bt 1", "p/x $mstatus",
                "stepi", "p/x $pc - (long)check_trap", "reverse-stepi", "p/x $pc - (long)check_trap",
                "watch *(int*)&checks", "continue", "reverse-continue", "x/i $pc", "continue",
                "set $saved = $a0", "p $a0=7", "info registers a0", "set $a0 = $saved", "x/2xw $sp-8", "set {int}($sp-8) = 0x1234", "x/xw $sp-8", "delete",
                "p *(int*)&checks", "monitor stats", "monitor where 0x80000000", "monitor walk 0x80000000",
                "monitor help", "monitor nonsense", "detach");
        inOrder(said, "$1 = 0x1000", "$2 = 3", "Breakpoint 1,", "check_trap", "$3 = 0x", "$4 = 0x2", "$5 = 0x0",
                "Old value = 0", "New value = 1", "Old value = 1", "New value = 0", "sd", "Old value = 0",
                "New value = 1", "$6 = 7", "a0             0x7", "0x00001234", "$7 = 1", "model native",
                "_start+0x0", "physical 0x80000000", "walk ADDRESS", "there is no 'nonsense' here", "detached");
        assertEquals(0, status());
        String out = Files.readString(folder.resolve("out"));
        assertTrue(out.endsWith("59 checks, 0 failed\n"), out);
        assertEquals(out.lines().distinct().count(), out.lines().count(), "nothing is printed twice");
    }

    @Test
    void reverseContinueEndsAtTheLastBreakpointAndAtTheBeginning() throws Exception {
        Path guest = GUESTS.resolve("traps.elf");
        start("--wait", guest);
        String said = debug(guest, "tbreak *check_no_trap", "continue", "break *check_trap", "reverse-continue",
                "p/x $pc - (long)check_trap", "p *(int*)&checks", "reverse-continue", "p *(int*)&checks", "delete",
                "reverse-continue", "p/x $pc", "tbreak *check_no_trap", "continue", "p *(int*)&checks", "kill");
        inOrder(said, "check_no_trap", "= 0x0", "$2 = 3", "$3 = 2", "No more reverse-execution history", "$4 = 0x1000",
                "$5 = 4");
        assertEquals(0, status());
    }

    /// Harts are threads; memory is seen as the hart sees it, or physically.
    @ParameterizedTest
    @CsvSource({"turns, instructions", "turns, host", "parallel, host"})
    void hartsAreThreadsAndInterruptsStopAll(String smp, String clock) throws Exception {
        Path loop = Files.write(folder.resolve("loop"), new byte[] {0x6f, 0, 0, 0});
        start("--raw", "--harts", 3, "--smp", smp, "--clock", clock, loop);
        startGdb(null, "info threads", "thread 3", "p $mhartid", "stepi", "p $mhartid", "continue", "p/x $pc",
                "maintenance packet Qqemu.PhyMemMode:1", "x/xw 0x80000000", "detach");
        await("gdb", "$2 = 2");
        Thread.sleep(1000);
        assertTrue(gdb.isAlive(), said());
        new ProcessBuilder("kill", "-INT", Long.toString(gdb.pid())).start().waitFor();
        assertTrue(gdb.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), said());
        inOrder(said(), "hart 0", "hart 1", "hart 2", "$1 = 2", "$2 = 2", "SIGINT", "$3 = 0x80000000", "received: \"OK\"",
                "0x0000006f", "detached");
        assertTrue(machine.isAlive(), "it runs on");
    }

    @Test
    void aClientThatVanishesLeavesTheGuestRunningForTheNext() throws Exception {
        Path guest = GUESTS.resolve("traps.elf");
        start("--wait", guest);
        try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream().write("+$Z0,80000806,2#xx$?#3f".getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[64];
            int length = client.getInputStream().read(answer);
            String text = new String(answer, 0, length, StandardCharsets.US_ASCII);
            assertTrue(text.startsWith("-"), "a wrong sum is refused: " + text);
        }
        assertEquals(0, status());
        assertTrue(Files.readString(folder.resolve("out")).endsWith("59 checks, 0 failed\n"));
    }

    /// Harts in parallel take turns while there are breakpoints, and run in parallel again without.
    @Test
    void breakpointsStopHartsInParallel() throws Exception {
        // Each hart counts in a word of its own: a0 is its number.
        Path loop = Files.write(folder.resolve("loop"), words(0x00100293, 0x01f29293, 0x00851313, 0x006282b3, 0x1002b383,
                0x00138393, 0x1072b023, 0xff5ff06f));
        start("--raw", "--wait", "--harts", 2, "--smp", "parallel", "--clock", "host", loop);
        String said = debug(null, "break *0x80000018", "continue", "p/x $pc", "stepi", "p/x $pc",
                "delete", "detach");
        inOrder(said, "Breakpoint 1", "$1 = 0x80000018", "$2 = 0x8000001c", "detached");
        assertTrue(machine.isAlive(), "it runs on");
    }

    private static byte[] words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        return bytes.array();
    }

    /// What has a breakpoint in its page is interpreted. The engine's own counts tell that it no longer is when gdb has
    /// detached, or vanished.
    @Test
    void theGuestIsCompiledAgainOnceGdbHasLeft() throws Exception {
        Workload workload = Workloads.find("quicksort").orElseThrow();
        Path guest = Files.write(folder.resolve("quicksort.elf"),
                workload.image(workload.parameters().with(Parameters.Mode.S)));
        for (boolean detaches : new boolean[] {true, false}) {
            choosePort();
            Path stats = folder.resolve("stats");
            start("--wait", "--engine", "translated", "--stats", stats, guest);
            List<String> commands = new ArrayList<>(List.of("break *kernel", "watch *(long*)&keys", "continue",
                    "continue"));
            commands.add(detaches ? "detach" : "shell kill -9 $PPID");
            String said = debug(guest, commands.toArray(String[]::new));
            inOrder(said, "Breakpoint 1", "atchpoint 2");
            assertEquals(0, status(), Files.readString(folder.resolve("err")));
            JsonObject counts = JsonParser.parseString(Files.readString(stats)).getAsJsonObject();
            JsonObject compiler = counts.getAsJsonObject("compiler");
            long all = counts.get("instructions").getAsLong();
            assertTrue(compiler.get("interpreted").getAsLong() < all / 4, counts.toString());
            assertTrue(compiler.get("translatedInstructions").getAsLong() > all / 2, counts.toString());
        }
    }

    @Test
    void aPortThatIsTakenIsOneLine() throws Exception {
        try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertFalse(taken.isClosed());
            machine = new ProcessBuilder(Command.of("run", "--gdb", port, "--memory", "16M", GUESTS.resolve("traps.elf")))
                    .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
            assertEquals(64, status());
            String err = Files.readString(folder.resolve("err"));
            assertTrue(err.contains("penumbra: port " + port + " cannot be had for gdb ("), err);
        }
    }
}
