// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.launcher.Main;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.options.Settings;

final class LinuxCommandTest {

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    /// Expects one line and a status.
    private void assertFails(int status, String part, Object... arguments) {
        String[] words = new String[arguments.length + 1];
        words[0] = "linux";
        for (int i = 0; i < arguments.length; i++) {
            words[i + 1] = arguments[i].toString();
        }
        assertEquals(status, Main.execute(new PrintStream(said, true), words), said.toString());
        assertTrue(said.toString().contains(part), said.toString());
    }

    @Test
    void scriptAndForeignRamDiskExcludeEachOther() {
        assertFails(ExitStatus.USAGE, "--script needs our own", "--kernel", "k", "--initrd", "i", "--script", "s");
    }

    @Test
    void aDateIsADayOrATimeOrSeconds() {
        assertEquals(1_738_281_600L, Settings.DATE.parse("2025-01-31"));
        assertEquals(1_738_324_800L, Settings.DATE.parse("2025-01-31T12:00:00Z"));
        assertEquals(1_738_324_800L, Settings.DATE.parse("1738324800"));
        assertEquals(0L, Settings.DATE.parse("0"));
        for (String wrong : new String[] {"", "x", "-1", "1969-12-31", "2025-02-30", "2025-01-31T12:00", "9999999999", "99999999999999999999"}) {
            assertFails(ExitStatus.USAGE, "is not a date", "--date", wrong);
        }
    }

    @Test
    void missingKernelIsNamed() {
        assertFails(ExitStatus.NO_INPUT, "no such file", "--kernel", folder.resolve("none"));
    }

    @Test
    void missingScriptIsNamed() {
        assertFails(ExitStatus.NO_INPUT, "none.sh: no such file", "--kernel", folder.resolve("k"), "--script",
                folder.resolve("none.sh"));
    }

    @Test
    void tooLittleMemoryIsSaidBeforeAnythingIsFetched() {
        assertFails(ExitStatus.USAGE, "does not start with less than 96M", "--memory", "64M");
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() throws Exception {
        Path kernel = Files.write(folder.resolve("k"), new byte[100]);
        assertFails(ExitStatus.USAGE, "not none or user", "--kernel", kernel, "--net", "tap");
        assertFails(ExitStatus.USAGE, "no network", "--kernel", kernel, "--net", "none", "--forward", "80:80");
        assertFails(ExitStatus.USAGE, "is no name for a root", "--rootfs", "../arch");
        assertFails(ExitStatus.NO_INPUT, "there is no root not-built-yet; 'penumbra rootfs build not-built-yet", "--rootfs",
                "not-built-yet,write");
        assertFails(ExitStatus.USAGE, "gives other roots theirs", "--rootfs", "not-built-yet", "--packages", "gcc");
        assertFails(ExitStatus.USAGE, "room for 3 beside", "--rootfs", "debian", "--packages", "a b", "--disk", "a", "--disk", "b", "--disk", "c",
                "--disk", "d");
        assertFails(ExitStatus.USAGE, "less than 96M", "--option", "riscv.memory=64M");
        assertFails(ExitStatus.USAGE, "is not a whole number of 4K pages", "--option", "riscv.memory=much");
        assertFails(ExitStatus.USAGE, "only with --rootfs", "--packages", "gcc");
        assertFails(ExitStatus.USAGE, "'a b' is no name", "--rootfs", "debian", "--packages", "a b");
        assertFails(ExitStatus.USAGE, "--rootfs needs our own", "--kernel", kernel, "--initrd", kernel, "--rootfs", "debian");
    }

    /// A file in the form of a kernel, so that what comes after it is looked at.
    private Path image() throws Exception {
        ByteBuffer image = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        image.putInt(0, 0x6f).putLong(0x08, 0x20_0000).putLong(0x10, 4096).putInt(0x38, 0x0543_5352);
        return Files.write(folder.resolve("image"), image.array());
    }

    @Test
    void badDisksAndPortsAreNamed() throws Exception {
        Path kernel = image();
        assertFails(ExitStatus.NO_INPUT, "none.img: no such file", "--kernel", kernel, "--disk", folder.resolve("none.img"));
        assertFails(ExitStatus.NO_INPUT, "is no regular file", "--kernel", kernel, "--disk", folder + ",write");
        assertFails(ExitStatus.USAGE, "is not HOST:GUEST", "--kernel", kernel, "--forward", "eighty");
        assertFails(ExitStatus.USAGE, "needs the clock host", "--kernel", kernel, "--net", "user", "--clock", "instructions");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertFails(ExitStatus.USAGE, "cannot be had", "--kernel", kernel, "--forward", taken.getLocalPort() + ":80");
        }
    }

    @Test
    void kernelOfAnotherKindIsRefused() throws Exception {
        Path kernel = Files.write(folder.resolve("kernel"), new byte[] {4, 0x22, 0x4d, 0x18, 0, 0, 0, 0});
        assertFails(ExitStatus.BAD_IMAGE, "lz4", "--kernel", kernel);
    }
}
