// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CpioArchiveTest {

    /// Reads archives that follow each other: for each entry its mode, name and contents.
    private static List<String> entries(byte[] bytes) {
        List<String> entries = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            assertEquals("070701", new String(bytes, at, 6, StandardCharsets.US_ASCII));
            int mode = field(bytes, at, 1);
            int size = field(bytes, at, 6);
            int nameSize = field(bytes, at, 11);
            String name = new String(bytes, at + 110, nameSize - 1, StandardCharsets.UTF_8);
            int data = at + 110 + nameSize + 3 & -4;
            String contents = new String(bytes, data, size, StandardCharsets.UTF_8);
            entries.add(Integer.toOctalString(mode) + " " + name + " " + contents);
            at = data + size + 3 & -4;
        }
        return entries;
    }

    private static int field(byte[] bytes, int at, int index) {
        return Integer.parseInt(new String(bytes, at + 6 + 8 * index, 8, StandardCharsets.US_ASCII), 16);
    }

    @Test
    void entriesComeBackAsTheyWentIn() {
        byte[] bytes = new CpioArchive().directory("bin").file("bin/x", 0755, "odd".getBytes(StandardCharsets.UTF_8))
                .link("bin/y", "x").device("dev/null", 0666, 1, 3).bytes();
        assertEquals(List.of("40755 bin ", "100755 bin/x odd", "120777 bin/y x", "20666 dev/null ", "0 TRAILER!!! "), entries(bytes));
    }

    @Test
    void ramDiskHasInitScriptAndAddedFiles() throws Exception {
        byte[] disk = new RamDisk(new byte[5], null, List.of(), List.of()).script("exit 3".getBytes(StandardCharsets.UTF_8))
                .file("bin/tool", 0755, "tool".getBytes(StandardCharsets.UTF_8)).bytes();
        List<String> entries = entries(disk);
        assertTrue(entries.contains("100755 penumbra-script exit 3"), entries.toString());
        assertTrue(entries.contains("100755 bin/tool tool"), entries.toString());
        assertTrue(entries.stream().anyMatch(entry -> entry.startsWith("100755 init #!/bin/busybox sh")));
    }
}
