// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.benchmarks.LinuxWorkload;

/// Firmware and boot loader as Debian ships them, OpenSBI and U-Boot. Skipped, by name, where a package is missing.
@Tag("long")
final class FirmwareTest {
    private static final Path OPENSBI = Path.of("/usr/lib/riscv64-linux-gnu/opensbi/generic");
    private static final Path U_BOOT = Path.of("/usr/lib/u-boot/qemu-riscv64/u-boot.bin");
    private static final Path U_BOOT_SUPERVISOR = Path.of("/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin");
    private static final long LONGEST_SECONDS = 300;
    private static final int LIMIT_REACHED = 75;
    private static final int SECTOR = 512;
    private static final int PARTITION = 2048 * SECTOR;

    @TempDir
    private Path folder;

    private static Path needed(Path file, String debianPackage) {
        assumeTrue(Files.exists(file), () -> "needs Debian's package " + debianPackage);
        return file;
    }

    private static Path opensbi(String name) {
        return needed(OPENSBI.resolve(name), "opensbi");
    }

    private LinuxRun run(Object... arguments) throws Exception {
        return LinuxRun.of(folder, LONGEST_SECONDS, Command.run(arguments), new File("/dev/null"));
    }

    /// As far as U-Boot's prompt, where it counts down.
    private void assertUBootStarts(Object... arguments) throws Exception {
        LinuxRun outcome = run(arguments);
        assertEquals(LIMIT_REACHED, outcome.status(), outcome.toString());
        assertTrue(outcome.console().contains("U-Boot 20") && outcome.console().contains("DRAM:  256 MiB")
                && outcome.console().contains("Hit any key to stop autoboot"), outcome.console());
    }

    @Test
    void uBootStartsInMachineMode() throws Exception {
        assertUBootStarts("--bios", needed(U_BOOT, "u-boot-qemu"), "--max-instructions", 1_500_000_000);
    }

    @Test
    void uBootStartsInSupervisorModeOnTheBuiltInFirmware() throws Exception {
        assertUBootStarts("--kernel", needed(U_BOOT_SUPERVISOR, "u-boot-qemu"), "--max-instructions", 1_500_000_000);
    }

    @Test
    void uBootStartsInSupervisorModeOnOpensbi() throws Exception {
        assertUBootStarts("--bios", opensbi("fw_jump.bin"), "--kernel", needed(U_BOOT_SUPERVISOR, "u-boot-qemu"),
                "--max-instructions", 1_500_000_000);
    }

    @Test
    void debianRunsAScriptOnOpensbi() throws Exception {
        LinuxRun outcome = LinuxRun.ofScript(folder, LinuxBootTest.with("perf", "grep mmu /proc/cpuinfo; /perf; exit 7"),
                "--bios", opensbi("fw_dynamic.elf"));
        assertEquals(7, outcome.status(), outcome.toString());
        assertTrue(outcome.console().contains("OpenSBI v") && outcome.console().contains(": sv48"), outcome.console());
        // It knows of the counters by the device tree.
        assertTrue(outcome.console().contains("\nsamples 20\nsamples-of-spin 20\n"), outcome.console());
    }

    /// OpenSBI finds U-Boot by its `fw_dynamic_info`, U-Boot the kernel on the first virtio disk.
    @Test
    void uBootLoadsDebiansKernelFromADisk() throws Exception {
        Path firmware = opensbi("fw_dynamic.bin");
        Path loader = needed(U_BOOT_SUPERVISOR, "u-boot-qemu");
        Path kernel = debiansKernel();
        Path disk = disk(kernel);
        LinuxRun outcome = run("--memory", "512M", "--bios", firmware, "--kernel", loader, "--disk", disk,
                "--max-instructions", 20_000_000_000L);
        assertEquals(0, outcome.status(), outcome.toString());
        assertTrue(outcome.console().contains("Retrieving file: /Image"), outcome.console());
        String result = LinuxWorkload.find("signal").orElseThrow().expectedOutput(true);
        assertTrue(outcome.console().contains(result), outcome.console());
    }

    /// `run` has a network, too; what it starts need not be Linux. U-Boot looks at keys in all it does, so each line waits for
    /// the prompt.
    @Test
    @Timeout(LONGEST_SECONDS)
    void uBootFindsTheNetwork() throws Exception {
        uBootFindsTheNetwork("modern");
    }

    @Test
    @Timeout(LONGEST_SECONDS)
    void uBootFindsTheNetworkByTheLegacyInterface() throws Exception {
        uBootFindsTheNetwork("legacy");
    }

    private void uBootFindsTheNetwork(String virtio) throws Exception {
        Process process = new ProcessBuilder(Command.run("--bios", needed(U_BOOT, "u-boot-qemu"), "--net", "user", "--virtio", virtio))
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var console = process.getInputStream(); var keys = process.getOutputStream()) {
            String said = type(keys, console, "", "Hit any key to stop autoboot");
            assertTrue(said.contains("virtio-net#0"), said);
            type(keys, console, "\n", "=> ");
            type(keys, console, "setenv autoload no\n", "=> ");
            said = type(keys, console, "dhcp\n", "=> ");
            assertTrue(said.contains("DHCP client bound to address 10.0.2.15"), said);
            said = type(keys, console, "ping 10.0.2.2\n", "=> ");
            assertTrue(said.contains("host 10.0.2.2 is alive"), said);
            keys.write("poweroff\n".getBytes(StandardCharsets.US_ASCII));
            keys.flush();
            console.readAllBytes();
            assertEquals(0, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    /// What the console shows after some keys, up to a text.
    private static String type(OutputStream keys, InputStream console, String text, String until) throws IOException {
        keys.write(text.getBytes(StandardCharsets.US_ASCII));
        keys.flush();
        var said = new StringBuilder();
        while (said.indexOf(until) < 0) {
            int next = console.read();
            assertTrue(next >= 0, () -> "ended: " + said);
            said.append((char) next);
        }
        return said.toString();
    }

    private Path debiansKernel() throws Exception {
        LinuxRun.obtain(folder);
        String cache = Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).filter(name -> !name.isEmpty())
                .orElse(System.getProperty("user.home") + "/.cache");
        try (var files = Files.find(Path.of(cache, "penumbra"), 2, (path, _) -> path.endsWith("vmlinux"))) {
            return files.findFirst().orElseThrow();
        }
    }

    /// A disk with one partition that can be booted from.
    private Path disk(Path kernel) throws Exception {
        Path root = Files.createDirectories(folder.resolve("root"));
        Files.copy(kernel, root.resolve("Image"));
        Files.write(root.resolve("initrd"), archive());
        String workload = LinuxWorkload.find("signal").orElseThrow().expectedOutput(true).replaceAll(" checksum.*", "")
                .replaceAll(" [a-z]+=", ":");
        Files.createDirectories(root.resolve("extlinux"));
        Files.writeString(root.resolve("extlinux/extlinux.conf"), """
                timeout 1
                default debian
                label debian
                  kernel /Image
                  initrd /initrd
                  append console=ttyS0 quiet panic=-1 -- %s
                """.formatted(workload));
        Path system = folder.resolve("system");
        try {
            Process made = new ProcessBuilder("mke2fs", "-q", "-t", "ext4", "-O", "^metadata_csum,^64bit", "-d", root.toString(),
                    system.toString(), "64M").redirectErrorStream(true).start();
            String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, made.waitFor(), said);
        } catch (IOException missing) {
            assumeTrue(false, "needs Debian's package e2fsprogs");
        }
        Path disk = folder.resolve("disk.img");
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            ByteBuffer entry = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
            entry.putInt(0, 0x80).put(4, (byte) 0x83).putInt(8, PARTITION / SECTOR).putInt(12, (int) (Files.size(system) / SECTOR));
            file.seek(446);
            file.write(entry.array());
            file.seek(510);
            file.write(new byte[] {0x55, (byte) 0xaa});
            file.seek(PARTITION);
            Files.copy(system, new FileOutputStream(file.getFD()));
        }
        return disk;
    }

    /// An initial RAM disk in the format `newc` with the program of the workloads as the first process.
    private static byte[] archive() {
        var out = new ByteArrayOutputStream();
        entry(out, "dev", 040755, 0, 0, new byte[0]);
        entry(out, "dev/console", 020600, 5, 1, new byte[0]);
        entry(out, "init", 0100755, 0, 0, LinuxWorkload.program());
        entry(out, "TRAILER!!!", 0, 0, 0, new byte[0]);
        return out.toByteArray();
    }

    private static void entry(ByteArrayOutputStream out, String name, int mode, int major, int minor, byte[] contents) {
        var header = new StringBuilder("070701");
        for (int field : List.of(0, mode, 0, 0, 1, 0, contents.length, 0, 0, major, minor, name.length() + 1, 0)) {
            header.append(String.format("%08X", field));
        }
        out.writeBytes(header.append(name).append('\0').toString().getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[-out.size() & 3]);
        out.writeBytes(contents);
        out.writeBytes(new byte[-out.size() & 3]);
    }
}
