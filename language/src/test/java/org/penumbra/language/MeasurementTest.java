// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The part of a run that the guest marks as measured.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MeasurementTest {
    /// Hints that mark a place.
    private static final String BEGIN = "slti zero, zero, 1\n";
    private static final String END = "slti zero, zero, 2\n";
    private static final String READY = "slti zero, zero, 3\n";

    private static byte[] ending(String text) {
        return Assembly.of(text + Assembly.exit(0));
    }

    /// Marks inside a loop of `rounds`: begin and end are executed many times.
    private static byte[] loop(int rounds) {
        return ending("li t0, " + rounds + "\n" + BEGIN + """
                again: li t1, 1
                addi t0, t0, -1
                """ + END + """
                addi t2, t2, 1
                bnez t0, again
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "default", "immediate"})
    void instructionsBetweenTheLastBeginAndTheFirstEndCount(String engine) {
        byte[] program = ending("li t0, 2000\n" + BEGIN + BEGIN + """
                again: addi t0, t0, -1
                bnez t0, again
                """ + END + "li t1, 1\n" + BEGIN + END);
        try (Guest guest = new Guest(program, "riscv.engine", engine)) {
            assertEquals(0, guest.run());
            Value measured = guest.statistics().getMember("measured");
            assertEquals(1 + 2 * 2000, measured.getMember("instructions").asLong());
            assertTrue(measured.getMember("hostSeconds").asDouble() > 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "default", "immediate"})
    void marksInHotCodeAreSeenTheFirstTime(String engine) {
        try (Guest guest = new Guest(loop(2000), "riscv.engine", engine)) {
            assertEquals(0, guest.run());
            assertEquals(3, guest.statistics().getMember("measured").getMember("instructions").asLong());
        }
    }

    @Test
    void unendedPartIsNone() {
        try (Guest guest = new Guest(ending(BEGIN))) {
            assertEquals(0, guest.run());
            assertTrue(guest.statistics().getMember("measured").isNull());
        }
    }

    @Test
    void endWithoutBeginIsIgnored() {
        try (Guest guest = new Guest(ending(END + BEGIN + END))) {
            assertEquals(0, guest.run());
            assertEquals(1, guest.statistics().getMember("measured").getMember("instructions").asLong());
        }
    }

    private static long bootOf(String text) {
        try (Guest guest = new Guest(ending(text))) {
            assertEquals(0, guest.run());
            return guest.statistics().getMember("boot").getMember("instructions").asLong();
        }
    }

    @Test
    void bootLastsUntilTheGuestIsReadyForTheFirstTime() {
        long least = bootOf(READY);
        assertEquals(least + 1, bootOf("nop\n" + READY + "nop\n" + READY));
    }

    @Test
    void everyPartIsCountedByItself() {
        try (Guest guest = new Guest(ending(BEGIN + END + END + BEGIN + "nop\nnop\n" + END))) {
            assertEquals(0, guest.run());
            assertTrue(guest.statistics().getMember("boot").isNull());
            Value parts = guest.statistics().getMember("parts");
            assertEquals(2, parts.getArraySize());
            assertEquals(1, parts.getArrayElement(0).getMember("instructions").asLong());
            assertEquals(3, parts.getArrayElement(1).getMember("instructions").asLong());
        }
    }

    @Test
    void resetForgetsTheMarks() {
        try (Guest guest = new Guest(ending(BEGIN + END))) {
            assertEquals(0, guest.run());
            guest.machine.invokeMember("reset");
            assertTrue(guest.statistics().getMember("measured").isNull());
        }
    }
}
