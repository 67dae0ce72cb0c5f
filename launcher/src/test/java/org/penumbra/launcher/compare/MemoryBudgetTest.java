// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class MemoryBudgetTest {

    private static final long MIB = 1 << 20;

    @Test
    void aRunWaitsUntilThereIsMemoryForIt() throws Exception {
        var budget = new MemoryBudget(1000 * MIB);
        int first = budget.take(400 * MIB);
        budget.take(400 * MIB);
        Thread third = Thread.ofPlatform().daemon().start(() -> {
            try {
                budget.take(400 * MIB);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
        third.join(200);
        assertTrue(third.isAlive());
        budget.give(first);
        third.join();
        assertFalse(third.isAlive());
    }

    @Test
    void aRunThatNeedsMoreThanThereIsHasItToItself() throws Exception {
        var budget = new MemoryBudget(1000 * MIB);
        assertEquals(1000, budget.take(9000 * MIB));
    }

    @Test
    void aComputerWithoutMemoryStillDoesOneRun() throws Exception {
        assertEquals(1, new MemoryBudget(0).take(100 * MIB));
        assertTrue(MemoryBudget.ofThisComputer().take(MIB) > 0);
    }

    /// The shadow tables' 64 MiB are in it.
    @ParameterizedTest
    @CsvSource({"forkexit, 192", "gups, 200", "gups:8192, 9344", "stackchase:64, 200"})
    void aRunNeedsWhatItsGuestMayUse(String workload, long expected) {
        CompareJob job = CompareJob.of(new TreadmillGuest(), List.of(TreadmillChoice.parse(workload, false)), Map.of());
        assertEquals(expected, job.memory() / MIB);
    }
}
