// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.isa.Extension;
import org.penumbra.isa.Profile;
import org.penumbra.options.CpuName;

/// Boots Debian's own kernel to user space. Skipped where its files cannot be had.
@Tag("long")
final class LinuxBootTest {
    private static final Path PROGRAMS = Path.of("src", "test", "resources", "linux");
    private static final int GUEST_STATUS = 7;
    private static final int GUEST_RESET = 71;

    private static String expected;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"native,default", "ssp,interpreter", "tsp,interpreter", "hap,interpreter"})
    void debianRunsAScriptAndEndsWithItsStatus(String model, String engine) throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, """
                echo "user space: $(uname -s) $(uname -m)"
                cat /proc/uptime
                date -u +%%F
                seq 1 2000 | sort -r | md5sum
                exit %d
                """.formatted(GUEST_STATUS), "--model", model, "--engine", engine, "--date", "2001-02-03");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().contains("user space: Linux riscv64"), outcome.console());
        assertTrue(outcome.console().contains("\n2001-02-03\n"), outcome.console());
        if (expected == null) {
            expected = outcome.console();
        }
        assertEquals(expected, outcome.console(), "the console is the same under every model and engine");
    }

    /// Shadow tables of a boot are some 10 MiB; the rest of a model's memory is bounded.
    @Test
    void shadowModelsTakeLittleMoreMemoryThanNative() throws Exception {
        long[] peaks = new long[2];
        for (int i = 0; i < peaks.length; i++) {
            Path script = Files.writeString(folder.resolve("script.sh"), "true\n");
            LinuxRun outcome = LinuxRun.of(folder, 600, Command.small("linux", "--engine", "interpreter", "--script", script,
                    "--model", i == 0 ? "native" : "ssp"), new File("/dev/null"));
            assertEquals(0, outcome.status(), outcome.toString());
            peaks[i] = outcome.memory().bytes() >> 20;
        }
        assertTrue(peaks[0] > 0 && peaks[0] < 512 && peaks[1] - peaks[0] < 64, "native " + peaks[0] + " MiB, ssp " + peaks[1] + " MiB");
    }

    /// By instructions, of which guest time is made: it was 1.23 s with modules as they are packaged, and 0.5 since they are trimmed
    /// and the kernel does not test its cryptography.
    @Test
    void theWayToAFileSystemIsShort() throws Exception {
        Path disk = Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        LinuxRun outcome = LinuxRun.ofScript(folder, "modprobe ext4 && cut -d ' ' -f 1 /proc/uptime", "--disk", disk, "--engine",
                "interpreter");
        assertEquals(0, outcome.status(), outcome.toString());
        String uptime = outcome.console().lines().findFirst().orElseThrow();
        assertTrue(Double.parseDouble(uptime) < 0.8, outcome.console());
    }

    /// Writes to a disk, reboots, and finds what it wrote, also when the disk has got full; the file has it, too.
    @Test
    void whatWasSyncedIsThereAfterAReboot() throws Exception {
        Path disk = folder.resolve("disk.img");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(8 << 20);
        }
        String script = """
                if mount -t ext4 /dev/vda /mnt 2> /dev/null; then
                    md5sum -c /mnt/sum || exit 1
                    dd if=/dev/zero of=/mnt/more bs=64k 2>&1 | grep -o 'No space left on device'
                    md5sum -c /mnt/sum && exit %d
                    exit 1
                fi
                mke2fs /dev/vda > /dev/null && mount -t ext4 /dev/vda /mnt
                seq 1 100000 | dd of=/mnt/data conv=fsync 2> /dev/null
                md5sum /mnt/data > /mnt/sum && umount /mnt && reboot -f
                exit 2
                """.formatted(GUEST_STATUS);
        LinuxRun outcome = LinuxRun.ofScript(folder, script, "--disk", disk + ",write", "--reboot", "--engine", "interpreter");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().endsWith("/mnt/data: OK\nNo space left on device\n/mnt/data: OK\n"), outcome.console());
        byte[] digits = "99998\n99999\n100000\n".getBytes(StandardCharsets.US_ASCII);
        assertTrue(contains(Files.readAllBytes(disk), digits), "the image has the data");
    }

    /// Threads change the mappings of their process while others use them on the other hart.
    @Test
    void twoHartsNeverSeeAMappingThatHasBeenReplaced() throws Exception {
        assertFencesWork(2, "ssp");
    }

    @ParameterizedTest
    @CsvSource({"2,native", "2,tsp", "4,ssp"})
    @Tag("offline")
    void hartsNeverSeeAMappingThatHasBeenReplaced(int harts, String model) throws Exception {
        assertFencesWork(harts, model);
    }

    private void assertFencesWork(int harts, String model) throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, fences("nproc; /fences && exit " + GUEST_STATUS), "--harts", harts, "--model", model);
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(outcome.console().startsWith(harts + "\nnothing stale, nothing wrong, looked often\n"), outcome.console());
    }

    private static String fences(String commands) throws IOException {
        return with("fences", commands);
    }

    /// A script that finds one of our programs in the root.
    static String with(String name, String commands) throws IOException {
        String program = Base64.getMimeEncoder().encodeToString(Files.readAllBytes(PROGRAMS.resolve(name + ".elf")));
        return "base64 -d > /" + name + " <<EOF\n" + program.replace("\r", "") + "\nEOF\nchmod +x /" + name + "; " + commands;
    }

    /// The kernel lists the extensions of the profile that it knows of, in `/proc/cpuinfo` and by `riscv_hwprobe`, and
    /// perf events count and sample with Sscofpmf, exits of the model included.
    @ParameterizedTest
    @CsvSource({"rva22s64,native", "scalar,ssp", "rv64gc,native"})
    void kernelKnowsTheExtensionsAndCounts(String cpu, String model) throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, with("perf", "grep ^isa /proc/cpuinfo; /perf; exit " + GUEST_STATUS),
                "--cpu", cpu, "--model", model, "--engine", "interpreter");
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        List<String> isa = List.of(outcome.console().lines().findFirst().orElseThrow().split("[:_\\s]+"));
        List<String> names = Extension.names(Profile.of(CpuName.valueOf(cpu.toUpperCase(Locale.ROOT))));
        for (Map.Entry<String, Integer> known : HWPROBE.entrySet()) {
            boolean there = names.contains(known.getKey());
            assertEquals(there, isa.contains(known.getKey()), () -> known.getKey() + " in " + outcome.console());
            assertEquals(there, (said(outcome, "hwprobe") >>> known.getValue() & 1) != 0, () -> known + outcome.console());
        }
        assertBetween(2_000_000, 2_100_000, said(outcome, "cycles"));
        if (!names.contains("sscofpmf")) {
            assertTrue(said(outcome, "instructions:u") < 0, "modes cannot be told apart");
            return;
        }
        assertBetween(2_000_000, 2_000_100, said(outcome, "instructions:u"));
        assertBetween(1, 100_000, said(outcome, "instructions:k"));
        assertBetween(512, 2048, said(outcome, "dTLB-store-misses"));
        assertBetween(model.equals("native") ? 0 : 100, model.equals("native") ? 0 : 5000, said(outcome, "exits"));
        assertEquals(20, said(outcome, "samples"));
        assertEquals(20, said(outcome, "samples-of-spin"));
    }

    /// A bare guest runs by Debian's own KVM: `tests/guest/linux/kvm.c`.
    @ParameterizedTest
    @CsvSource({"interpreter, native", "default, native", "default, hap", "default, ssp", "default, tsp"})
    void kernelRunsAGuestOfItsOwn(String engine, String model) throws Exception {
        Path counts = folder.resolve("counts.json");
        LinuxRun outcome = LinuxRun.ofScript(folder, with("kvm", "dmesg | grep -o 'hypervisor extension available'; /kvm && exit " + GUEST_STATUS),
                "--cpu", "max", "--engine", engine, "--model", model, "--stats", counts);
        assertEquals("hypervisor extension available\n" + OF_KVM, outcome.console(), outcome.toString());
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
        assertTrue(Files.readString(counts).contains("\"guestHypervisor\""), "statistics have what the guest's guest did");
    }

    /// Guests of the guest on harts that run at the same time: their fences reach both, and each has what it has alone.
    @Test
    void hartsInParallelRunGuestsOfTheirOwn() throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, with("kvm", """
                nproc
                i=0; while [ $i -lt 6 ]; do /kvm > /out$i & i=$((i+1)); done; wait
                cat /out0; i=1; while [ $i -lt 6 ]; do cmp /out0 /out$i || exit 1; i=$((i+1)); done
                exit %d
                """.formatted(GUEST_STATUS)), "--cpu", "max", "--harts", "2", "--smp", "parallel", "--clock", "host");
        assertEquals("2\n" + OF_KVM, outcome.console(), outcome.toString());
        assertEquals(GUEST_STATUS, outcome.status(), outcome.toString());
    }

    /// Treadmill by KVM (`tests/guest/linux/treadmill.c`) prints what it prints under `hap`, and takes as many exits for memory: but
    /// one, for the machine-mode shim.
    @Test
    void kernelRunsTreadmillWithTheExitsOfHap() throws Exception {
        Path shared = Files.createDirectory(folder.resolve("shared"));
        Path hypervisor = Files.copy(PROGRAMS.resolve("treadmill.elf"), shared.resolve("hypervisor"));
        assertTrue(hypervisor.toFile().setExecutable(true));
        Path image = Files.write(shared.resolve("treadmill"),
                TreadmillWorkload.FORKEXIT.image(TreadmillOptions.DEFAULT, TreadmillWorkload.FORKEXIT.small()));
        Path counts = folder.resolve("counts.json");
        LinuxRun alone = LinuxRun.of(folder, 600, Command.run("--model", "hap", "--stats", counts, image), new File("/dev/null"));
        assertTrue(alone.console().startsWith("forkexit "), alone.toString());
        long exits = counted(counts).getAsJsonObject("hypervisorExits").get("g_fault").getAsLong();
        LinuxRun inside = LinuxRun.ofScript(folder, "/mnt/share/hypervisor < /mnt/share/treadmill && exit " + GUEST_STATUS, "--cpu",
                "max", "--share", shared, "--stats", counts);
        // Each character costs two accesses of the device, and the end one.
        int accesses = 2 * alone.console().length() + 1;
        assertEquals(alone.console() + "accesses of devices " + accesses + "\n", inside.console(), inside.toString());
        JsonObject causes = counted(counts).getAsJsonObject("guestHypervisor").getAsJsonObject("exits");
        assertEquals(exits - 1 + accesses, Stream.of("fetch", "load", "store")
                .mapToLong(kind -> causes.get(kind + "_guest_page_fault").getAsLong()).sum(), causes.toString());
    }

    private static JsonObject counted(Path statistics) throws IOException {
        return JsonParser.parseString(Files.readString(statistics)).getAsJsonObject();
    }

    /// What `tests/guest/linux/kvm.c` says.
    private static final String OF_KVM = """
                version 12
                device 5050
                memory 6
                work 1280000
                traps 33
                end 1
                text kvm
                calls 3
                stores 100
                loads 1
                changed 87
                changed-through-tables 1
                changed-since 0
                its-store 119
                """;

    /// Names that kernel 6.12 knows, and their bits in the first set of extensions of `riscv_hwprobe`.
    private static final Map<String, Integer> HWPROBE = Map.ofEntries(Map.entry("zba", 3), Map.entry("zbb", 4),
            Map.entry("zbs", 5), Map.entry("zicboz", 6), Map.entry("zfh", 27), Map.entry("zfhmin", 28),
            Map.entry("zihintntl", 29), Map.entry("zfa", 32), Map.entry("zacas", 34), Map.entry("zicond", 35),
            Map.entry("zihintpause", 36), Map.entry("zimop", 42), Map.entry("zca", 43), Map.entry("zcb", 44),
            Map.entry("zcd", 45), Map.entry("zcmop", 47), Map.entry("zawrs", 48));

    private static long said(LinuxRun run, String name) {
        return run.console().lines().filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(name.length() + 1))).findFirst().orElseThrow();
    }

    private static void assertBetween(long least, long most, long value) {
        assertTrue(value >= least && value <= most, value + " is not between " + least + " and " + most);
    }

    private static boolean contains(byte[] bytes, byte[] part) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains(new String(part, StandardCharsets.ISO_8859_1));
    }

    @Test
    void panicEndsAScriptWithOneLine() throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, "echo c > /proc/sysrq-trigger", "--engine", "interpreter");
        assertEquals(GUEST_RESET, outcome.status(), outcome.toString());
        assertTrue(outcome.said().lines().toList().getLast().startsWith("penumbra: the guest's kernel panicked: sysrq"),
                outcome.said());
    }

    @Test
    @Tag("offline")
    void programsOfDebianRunAndReachThisComputer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> answer(server));
            LinuxRun outcome = LinuxRun.ofScript(folder, """
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
