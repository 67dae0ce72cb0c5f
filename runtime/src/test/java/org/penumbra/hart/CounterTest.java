// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// mcycle, minstret and what shows or stops them. The harness counts each CSR instruction as the engine does.
final class CounterTest {
    private final HartHarness harness = new HartHarness();
    private final Hart hart = harness.hart;

    @Test
    void instructionReadsHowManyRetiredBeforeIt() {
        assertEquals(0, harness.read("minstret"));
        assertEquals(1, harness.read("minstret"));
        hart.remaining -= 10;
        assertEquals(12, harness.read("instret"));
        assertEquals(13, harness.read("mcycle"));
        assertEquals(14, harness.read("cycle"));
    }

    @Test
    void movingTheDeadlineDoesNotShow() {
        hart.remaining -= 5;
        hart.deadline += 1_000_000;
        hart.remaining += 1_000_000;
        assertEquals(5, harness.read("minstret"));
    }

    @Test
    void nextInstructionReadsWhatWasWritten() {
        hart.remaining -= 77;
        for (String name : new String[] {"minstret", "mcycle"}) {
            for (long value : new long[] {0, 1, -1, Long.MIN_VALUE, 1L << 32}) {
                harness.write(name, value);
                assertEquals(value, harness.read(name));
                assertEquals(value + 1, harness.read(name));
            }
        }
    }

    @Test
    void countersAreIndependent() {
        harness.write("minstret", 1000);
        harness.write("mcycle", 5000);
        assertEquals(5000, harness.read("mcycle"));
        assertEquals(1002, harness.read("minstret"));
    }

    @Test
    void settingBitsOfACounterStartsFromItsValue() {
        harness.write("minstret", 0x100);
        assertEquals(0x100, harness.set("minstret", 0x1000));
        assertEquals(0x1100, harness.read("minstret"));
    }

    @Test
    void inhibitedCounterStandsStill() {
        harness.write("mcountinhibit", 4);
        long stopped = harness.read("minstret");
        assertEquals(1, stopped, "the instruction that stops it still counts");
        hart.remaining -= 100;
        assertEquals(stopped, harness.read("instret"));
        assertEquals(103, harness.read("mcycle"), "the other one goes on");
        harness.write("mcountinhibit", 1);
        assertEquals(stopped, harness.read("minstret"), "the instruction that starts it does not count yet");
        assertEquals(stopped + 1, harness.read("minstret"));
        assertEquals(105, harness.read("mcycle"));
        assertEquals(105, harness.read("mcycle"));
    }

    @Test
    void inhibitedCounterCanBeWritten() {
        harness.write("mcountinhibit", 5);
        harness.write("minstret", 42);
        hart.remaining -= 9;
        assertEquals(42, harness.read("minstret"));
        harness.write("mcountinhibit", 5);
        assertEquals(42, harness.read("minstret"));
        harness.write("mcountinhibit", 0);
        assertEquals(42, harness.read("minstret"));
        assertEquals(43, harness.read("minstret"));
    }

    @Test
    void writingACounterDoesNotMoveTheMachinesCount() {
        harness.write("minstret", 1_000_000);
        harness.write("mcountinhibit", 5);
        assertEquals(2, hart.instret());
    }

    @Test
    void timeIsTheMachines() {
        harness.now = 0x1234_5678_9abcL;
        assertEquals(0x1234_5678_9abcL, harness.read("time"));
        harness.write("mcountinhibit", -1);
        harness.now++;
        assertEquals(0x1234_5678_9abdL, harness.read("time"));
    }
}
