// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;

/// The part of a run that the guest marks as measured.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MeasurementTest {
    private static final int BEGIN = 1;
    private static final int END = 2;
    private static final int READY = 3;

    private static Assembly mark(Assembly program, int kind) {
        return program.immediate(ImmediateOp.SLTI, Assembly.ZERO, Assembly.ZERO, kind);
    }

    /// Marks inside a loop of `rounds`: begin and end are executed many times.
    private static Assembly loop(int rounds) {
        Assembly program = new Assembly().li(Assembly.T0, rounds);
        mark(program, BEGIN);
        program.li(Assembly.T1, 1).immediate(ImmediateOp.ADDI, Assembly.T0, Assembly.T0, -1);
        mark(program, END);
        return program.immediate(ImmediateOp.ADDI, Assembly.T2, Assembly.T2, 1)
                .branch(BranchOp.BNE, Assembly.T0, Assembly.ZERO, -16).exit(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "default", "immediate"})
    void instructionsBetweenTheLastBeginAndTheFirstEndCount(String engine) {
        Assembly program = new Assembly().li(Assembly.T0, 2000);
        mark(program, BEGIN);
        mark(program, BEGIN).immediate(ImmediateOp.ADDI, Assembly.T0, Assembly.T0, -1)
                .branch(BranchOp.BNE, Assembly.T0, Assembly.ZERO, -4);
        mark(program, END).li(Assembly.T1, 1);
        mark(program, BEGIN);
        mark(program, END).exit(0);
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
        try (Guest guest = new Guest(mark(new Assembly(), BEGIN).exit(0))) {
            assertEquals(0, guest.run());
            assertTrue(guest.statistics().getMember("measured").isNull());
        }
    }

    @Test
    void endWithoutBeginIsIgnored() {
        Assembly program = mark(new Assembly(), END);
        mark(program, BEGIN);
        try (Guest guest = new Guest(mark(program, END).exit(0))) {
            assertEquals(0, guest.run());
            assertEquals(1, guest.statistics().getMember("measured").getMember("instructions").asLong());
        }
    }

    private static long bootOf(Assembly program) {
        try (Guest guest = new Guest(program.exit(0))) {
            assertEquals(0, guest.run());
            return guest.statistics().getMember("boot").getMember("instructions").asLong();
        }
    }

    @Test
    void bootLastsUntilTheGuestIsReadyForTheFirstTime() {
        long least = bootOf(mark(new Assembly(), READY));
        assertEquals(least + 1, bootOf(mark(mark(new Assembly().li(Assembly.T0, 1), READY).li(Assembly.T0, 1), READY)));
    }

    @Test
    void everyPartIsCountedByItself() {
        Assembly program = mark(mark(mark(new Assembly(), BEGIN), END), END);
        mark(program, BEGIN).li(Assembly.T0, 1).li(Assembly.T0, 2);
        try (Guest guest = new Guest(mark(program, END).exit(0))) {
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
        Assembly program = mark(new Assembly(), BEGIN);
        try (Guest guest = new Guest(mark(program, END).exit(0))) {
            assertEquals(0, guest.run());
            guest.machine.invokeMember("reset");
            assertTrue(guest.statistics().getMember("measured").isNull());
        }
    }
}
