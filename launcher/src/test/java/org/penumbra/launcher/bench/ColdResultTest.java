// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.penumbra.benchmarks.TimedProgram;
import org.penumbra.benchmarks.Workloads;

final class ColdResultTest {
    private static final TimedProgram PROGRAM = Workloads.timed().getFirst();
    private static final double TINY = 1e-9;

    private static ColdResult result(double[] ours, double[] qemu) {
        return new ColdResult(PROGRAM, Map.of(BenchResult.OURS, List.of(new ColdResult.Run(ours, 0.001)),
                BenchResult.QEMU, List.of(new ColdResult.Run(qemu, 0.002))));
    }

    private static OptionalDouble[] ratios(double... values) {
        return java.util.Arrays.stream(values).mapToObj(OptionalDouble::of).toArray(OptionalDouble[]::new);
    }

    @Test
    void ratioIsWorkDoneByTheSameTime() {
        ColdResult result = result(new double[] {10, 40, 100}, new double[] {20, 40});
        assertEquals(0.5, result.ratio(BenchResult.OURS, BenchResult.QEMU, 0).getAsDouble(), TINY);
        assertEquals(1, result.ratio(BenchResult.OURS, BenchResult.QEMU, 1).getAsDouble(), TINY);
        assertTrue(result.ratio(BenchResult.OURS, BenchResult.QEMU, 2).isEmpty(), "QEMU did not get there");
        assertTrue(result.ratio(BenchResult.HOST, BenchResult.QEMU, 0).isEmpty(), "the host did not run");
    }

    @Test
    void medianOfTheRunsCounts() {
        ColdResult result = new ColdResult(PROGRAM, Map.of(BenchResult.OURS, List.of(new ColdResult.Run(new double[] {1}, 1),
                new ColdResult.Run(new double[] {9}, 1), new ColdResult.Run(new double[] {4}, 1))));
        assertEquals(4, result.units(BenchResult.OURS, 0).getAsDouble(), TINY);
    }

    @Test
    void geometricMeanLeavesOutWhatDidNotRunUnderBoth() {
        List<ColdResult> results = List.of(result(new double[] {10}, new double[] {20}), result(new double[] {80}, new double[] {20}),
                new ColdResult(PROGRAM, Map.of()));
        assertEquals(Math.sqrt(2), ColdResult.geometricMean(results, BenchResult.OURS, BenchResult.QEMU, 0).getAsDouble(), TINY);
    }

    @Test
    void breakEvenLiesBetweenTheLastCheckpointBelowAndTheFirstAbove() {
        // From 1/2 to 2 between 0.5 s and 1 s: half-way on the logarithmic scale.
        assertEquals(Math.sqrt(0.5), ColdResult.breakEven(ratios(0.25, 0.5, 2, 3)).getAsDouble(), TINY);
        assertEquals(0, ColdResult.breakEven(ratios(1.1, 2)).getAsDouble(), TINY);
        assertTrue(ColdResult.breakEven(ratios(0.25, 0.5)).isEmpty());
        assertTrue(ColdResult.breakEven(ratios(2, 0.5)).isEmpty(), "ahead for a while only");
        assertTrue(ColdResult.breakEven(new OptionalDouble[] {OptionalDouble.empty()}).isEmpty());
    }

    @Test
    void tableAndPictureShowEachProgramAndTheMean() {
        List<ColdResult> results = List.of(result(new double[] {10, 60}, new double[] {20, 40}));
        String table = ColdReport.table(results);
        String row = table.lines().filter(line -> line.startsWith(PROGRAM.name())).findFirst().orElseThrow();
        assertTrue(row.contains("0.50x") && row.contains("1.50x"), row);
        assertTrue(table.contains("geometric mean, programs"), table);
        assertFalse(table.contains("host's mean"), "the host did not run");
        assertFalse(table.contains("turns"), "nothing ran in turns");
        String svg = ColdReport.svg(results, List.of("a < b"));
        assertTrue(svg.contains("a &lt; b") && svg.contains("programs 1.50x"), svg);
    }

    @Test
    void turnsHaveATableOfTheirOwn() {
        var run = new ColdResult(PROGRAM, Map.of(BenchResult.OURS, List.of(new ColdResult.Run(new double[] {30}, 1)),
                BenchResult.TURNS, List.of(new ColdResult.Run(new double[] {20}, 1)),
                BenchResult.QEMU, List.of(new ColdResult.Run(new double[] {60}, 1))));
        List<String> rows = ColdReport.table(List.of(run)).lines().filter(line -> line.startsWith(PROGRAM.name()))
                .toList();
        assertEquals(2, rows.size(), rows.toString());
        assertTrue(rows.getFirst().contains("0.50x") && rows.getLast().contains("1.50x"), rows.toString());
    }
}
