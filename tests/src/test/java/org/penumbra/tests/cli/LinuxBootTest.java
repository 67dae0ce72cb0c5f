// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Boots Debian's own kernel to user space: minutes a model. Skipped where its files cannot be had.
@Tag("offline")
final class LinuxBootTest {
    private static final Path PROGRAMS = Path.of("src", "test", "resources", "linux");
    private static final int NO_INPUT = 66;
    private static final int GUEST_STATUS = 7;
    private static final long LONGEST_SECONDS = 900;

    private static final int GUEST_RESET = 71;

    private static String expected;

    @TempDir
    private Path folder;

    private record Outcome(int status, String console, String said) {
    }

    private Outcome linux(String script, Object... options) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of(options));
        arguments.add("--script");
        arguments.add(Files.writeString(folder.resolve("script.sh"), script));
        List<String> command = new ArrayList<>(Command.run(arguments.toArray()));
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
        assumeTrue(process.exitValue() != NO_INPUT || !said.contains("cannot get Debian's"),
                "Debian's files cannot be had: " + said.strip());
        return new Outcome(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp", "tsp", "hap"})
    void debianRunsAScriptAndEndsWithItsStatus(String model) throws Exception {
        Outcome outcome = linux("""
                echo "user space: $(uname -s) $(uname -m)"
                cat /proc/uptime
                seq 1 2000 | sort -r | md5sum
                exit %d
                """.formatted(GUEST_STATUS), "--model", model);
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().contains("user space: Linux riscv64"), outcome.console());
        if (expected == null) {
            expected = outcome.console();
        }
        assertEquals(expected, outcome.console(), "the console is the same under every model");
    }

    /// Writes to a disk, reboots, and finds what it wrote; the file has it, too.
    @Test
    void whatWasSyncedIsThereAfterAReboot() throws Exception {
        Path disk = folder.resolve("disk.img");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(8 << 20);
        }
        String script = """
                mkdir /mnt
                if mount -t ext4 /dev/vda /mnt 2> /dev/null; then
                    md5sum -c /mnt/sum && exit %d
                    exit 1
                fi
                mke2fs /dev/vda > /dev/null && mount -t ext4 /dev/vda /mnt
                seq 1 100000 | dd of=/mnt/data conv=fsync 2> /dev/null
                md5sum /mnt/data > /mnt/sum && umount /mnt && reboot -f
                exit 2
                """.formatted(GUEST_STATUS);
        Outcome outcome = linux(script, "--disk", disk + ",write", "--reboot");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().contains("/mnt/data: OK"), outcome.console());
        byte[] digits = "99998\n99999\n100000\n".getBytes(StandardCharsets.US_ASCII);
        assertTrue(contains(Files.readAllBytes(disk), digits), "the image has the data");
    }

    /// Threads change the mappings of their process while others use them on the other hart.
    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp", "tsp"})
    void twoHartsNeverSeeAMappingThatHasBeenReplaced(String model) throws Exception {
        String program = Base64.getMimeEncoder().encodeToString(Files.readAllBytes(PROGRAMS.resolve("fences.elf")));
        Outcome outcome = linux("base64 -d > /fences <<EOF\n" + program.replace("\r", "") + "\nEOF\n"
                + "chmod +x /fences; nproc; /fences && exit " + GUEST_STATUS, "--harts", "2", "--model", model);
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().replace("\r", "").startsWith("2\nnothing stale, nothing wrong, looked often\n"),
                outcome.console());
    }

    private static boolean contains(byte[] bytes, byte[] part) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains(new String(part, StandardCharsets.ISO_8859_1));
    }

    @Test
    void panicEndsAScriptWithOneLine() throws Exception {
        Outcome outcome = linux("echo c > /proc/sysrq-trigger");
        assertEquals(GUEST_RESET, outcome.status(), outcome.toString());
        assertTrue(outcome.said().lines().toList().getLast().startsWith("penumbra: the guest's kernel panicked: sysrq"),
                outcome.said());
    }

    @Test
    void programsOfDebianRunAndReachThisComputer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> answer(server));
            Outcome outcome = linux("""
                    python3 -c '
                    import socket, sqlite3
                    c = socket.create_connection(("10.0.2.2", %d)); print("from outside:", c.recv(100).decode())
                    db = sqlite3.connect("/root/x.db"); db.execute("create table t(x)")
                    db.executemany("insert into t values(?)", [(i,) for i in range(1000)]); db.commit()'
                    sqlite3 /root/x.db 'select sum(x) from t'
                    exit %d
                    """.formatted(server.getLocalPort(), GUEST_STATUS), "--rootfs", "debian", "--net", "user");
            assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
            assertTrue(outcome.console().contains("from outside: hello"), outcome.console());
            assertTrue(outcome.console().contains("499500"), outcome.console());
        }
    }

    private static void answer(ServerSocket server) {
        try (Socket caller = server.accept()) {
            caller.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException closed) {
            // The test has ended.
        }
    }
}
