// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Machines with more than one hart, as scripts and traces see them.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SeveralHartsTest {
    private static List<Long> instructions(Guest guest) {
        Value harts = guest.statistics().getMember("harts");
        return LongStream.range(0, harts.getArraySize())
                .mapToObj(i -> harts.getArrayElement(i).getMember("instructions").asLong()).toList();
    }

    @Test
    void allHartsStartAtTheEntryWithTheirNumber() {
        try (Guest guest = new Guest(Assembly.LOOP, "riscv.harts", "3")) {
            assertEquals(200_000, guest.step(200_000));
            Value harts = guest.machine.getMember("harts");
            assertEquals(3, harts.getArraySize());
            for (int id = 0; id < 3; id++) {
                assertEquals(id, harts.getArrayElement(id).getMember("id").asInt());
                assertEquals(id, harts.getArrayElement(id).getMember("a0").asLong());
                assertEquals(0x8000_0000L, harts.getArrayElement(id).getMember("pc").asLong());
            }
            assertEquals(List.of(100_000L, 50_000L, 50_000L), instructions(guest));
            assertEquals(200_000, guest.statistics().getMember("instructions").asLong());
        }
    }

    @Test
    void stepsDoNotChangeWhoseTurnItIs() {
        try (Guest guest = new Guest(Assembly.LOOP, "riscv.harts", "2")) {
            for (int i = 0; i < 120; i++) {
                assertEquals(1001, guest.step(1001));
            }
            assertEquals(List.of(120 * 1001 - 50_000L, 50_000L), instructions(guest));
        }
    }

    @Test
    void traceNamesTheHart(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("trace");
        try (Guest guest = new Guest(Assembly.of("""
                bnez a0, first
                wfi
                first:
                """ + Assembly.exit(4)), "riscv.harts", "2",
                "riscv.trace", file.toString())) {
            assertEquals(4, guest.run());
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals("core   0: 3 0x0000000080000004 (0x10500073)", lines.get(7));
        assertEquals("core   1: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000", lines.get(8));
        assertTrue(lines.get(lines.size() - 1).startsWith("core   1: "), lines.getLast());
    }

    @Test
    void machineEndsWhenAllHartsWaitForNothing() {
        try (Guest guest = new Guest(Assembly.of("wfi\nj pc"), "riscv.harts", "4")) {
            PolyglotException end = assertThrows(PolyglotException.class, guest::run);
            assertTrue(end.getMessage().contains("for an interrupt that cannot come"), end.getMessage());
        }
    }

    /// The other hart has no code at its trap vector and traps there forever.
    @Test
    void hartThatTrapsForEverDoesNotHoldUpTheOthers() {
        try (Guest guest = new Guest(Assembly.of("""
                beqz a0, first
                .word 0
                first:
                """ + Assembly.exit(5)), "riscv.harts", "2")) {
            assertEquals(5, guest.run());
        }
        try (Guest guest = new Guest(Assembly.of(".word 0"), "riscv.harts", "3")) {
            PolyglotException end = assertThrows(PolyglotException.class, guest::run);
            assertTrue(end.getMessage().contains("forever"), end.getMessage());
        }
    }

    @Test
    void numberOfHartsIsChecked() {
        for (String bad : List.of("0", "-1", "17", "2147483647")) {
            var error = assertThrows(IllegalArgumentException.class,
                    () -> new Guest(Assembly.LOOP, "riscv.harts", bad));
            assertTrue(error.getMessage().contains("'" + bad + "' is not a number from 1 to 16"), error.getMessage());
        }
    }
}
