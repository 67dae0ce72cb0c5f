// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.exits.Cycles;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.exits.Sample;
import org.penumbra.options.TimingParameters;

/// Estimates worked out by hand.
final class EstimateTest {
    private static Sample sample(Sample.Kind kind, long instructions, long stalls, long exits, long each) {
        var counts = new ExitStatistics();
        var cycles = new Cycles();
        cycles.dataStalls = stalls;
        for (int i = 0; i < exits; i++) {
            counts.exit(ExitCause.SHADOW_MISS_FILL);
            cycles.exit(ExitCause.SHADOW_MISS_FILL, each - 10, 10);
        }
        return new Sample(kind, instructions, counts, cycles);
    }

    private static Estimate of(long instructions, long exits, long fences, Sample... samples) {
        var counts = new ExitStatistics();
        for (int i = 0; i < exits; i++) {
            counts.exit(ExitCause.SHADOW_MISS_FILL);
        }
        var cycles = new Cycles();
        cycles.fences = fences;
        return new Estimate(new Measurement.Point(instructions, counts, 0, cycles, List.of(samples)),
                TimingParameters.preset("nanhu").sampled(10));
    }

    /// Of 1,000 instructions 100 are known, and 100 of the other 900 wait 30 cycles, so all wait 500 + 9 x 30. Exits
    /// number 20, of which 3 are known and took 1,000 cycles each.
    @Test
    void stallsComeWithInstructionsAndExitsAsCounted() {
        Estimate estimate = of(1000, 20, 77, sample(Sample.Kind.WHOLE, 100, 500, 3, 1000),
                sample(Sample.Kind.EARLY, 50, 10, 0, 0), sample(Sample.Kind.LATE, 50, 20, 0, 0));
        assertEquals(1, estimate.samples());
        assertEquals(800, estimate.estimated());
        Cycles cycles = estimate.cycles();
        assertEquals(500 + 270, cycles.dataStalls);
        assertEquals(20 * 1000, cycles.exits(ExitCause.SHADOW_MISS_FILL));
        assertEquals(200, cycles.exitMemory(ExitCause.SHADOW_MISS_FILL));
        assertEquals(77, cycles.fences, "fences are charged as they come");
        assertEquals(500 + 900 * 20 / 50, estimate.late().dataStalls);
        assertEquals(200 + 17 * 10 * 2 / 2, estimate.withDearHandlers().exitMemory(ExitCause.SHADOW_MISS_FILL),
                "twice the error of three exits");
    }

    @Test
    void leavingASampleOutLeavesTheOthers() {
        Estimate estimate = of(200, 0, 0, sample(Sample.Kind.EARLY, 10, 1, 0, 0), sample(Sample.Kind.LATE, 10, 3, 0, 0),
                sample(Sample.Kind.EARLY, 10, 5, 0, 0), sample(Sample.Kind.LATE, 10, 7, 0, 0));
        assertEquals(16 * 5, estimate.cycles().dataStalls);
        assertEquals(12 * 10, estimate.without(0, 2).dataStalls);
        assertEquals(4 * 10, estimate.without(1, 2).dataStalls);
    }

    /// A line of which it is only presumed that the last level had it costs what memory takes beyond that if not.
    @Test
    void whatIsPresumedMayBeOtherwise() {
        var cycles = new Cycles();
        cycles.reference(Cycles.DATA, Caches.LAST);
        cycles.presumed(Cycles.DATA, true);
        cycles.reference(Cycles.DATA, Caches.MEMORY);
        cycles.reference(Cycles.DATA, Caches.MEMORY);
        cycles.presumed(Cycles.DATA, false);
        cycles.dataStalls = 1000;
        Cycles none = cycles.otherwise(true, Caches.LAST, 150);
        assertEquals(1150, none.dataStalls);
        assertEquals(3, none.served(Cycles.DATA, Caches.MEMORY));
        Cycles all = cycles.otherwise(false, Caches.LAST, 150);
        assertEquals(850, all.dataStalls);
        assertEquals(2, all.served(Cycles.DATA, Caches.LAST));
        assertEquals(1, all.served(Cycles.DATA, Caches.MEMORY));
    }

    /// A cache of 128 lines, of two pages: lines of two pages used before are there, and of four, every other one; lines
    /// of a page that is new are not.
    @Test
    void linesOfPagesInUseAreThereAsFarAsTheyHaveRoom() {
        for (int pages : new int[] {2, 4}) {
            var recency = new Recency(128, 6);
            for (int page = 0; page < pages; page++) {
                recency.usedPage(page);
            }
            recency.look();
            int there = 0;
            for (int line = 0; line < 64; line++) {
                recency.used(line);
                there += recency.presumes(line) > 0 ? 1 : 0;
            }
            assertEquals(128 / pages, there);
            recency.usedPage(9);
            assertEquals(0, recency.presumes(9 * 64));
            recency.look();
            recency.look();
            assertEquals(0, recency.presumes(9 * 64), "not used since");
        }
    }
}
