// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    void missingKernelIsNamed() {
        assertFails(ExitStatus.NO_INPUT, "no such file", "--kernel", folder.resolve("none"));
    }

    @Test
    void missingScriptIsNamed() {
        assertFails(ExitStatus.NO_INPUT, "none.sh: no such file", "--kernel", folder.resolve("k"), "--script",
                folder.resolve("none.sh"));
    }

    @Test
    void kernelOfAnotherKindIsRefused() throws Exception {
        Path kernel = Files.write(folder.resolve("kernel"), new byte[] {4, 0x22, 0x4d, 0x18, 0, 0, 0, 0});
        assertFails(ExitStatus.BAD_IMAGE, "lz4", "--kernel", kernel);
    }
}
