// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.tests.GuestRun.EngineMode;

/// Samples of the timing model: the same in every engine mode, without a trace in the counts, and intervals that hold what
/// a run gives that is followed completely.
@Timeout(600)
final class SampledTimingTest {
    private static final String TIMING = "measured.timing.";
    private static final String INTERVAL = TIMING + "interval95.";
    /// Figures of one run depend on each other: if one is outside of its interval, so are those that are made of it. So
    /// what is required of each run is less than 95 %, but of the sum of all cycles it is required always.
    private static final double INSIDE = 0.9;

    private static GuestRun run(byte[] image, String model, EngineMode mode, String share) {
        Map<String, String> options = new TreeMap<>(Map.of("riscv.model", model, "riscv.memory", "128M"));
        if (!share.isEmpty()) {
            options.put("riscv.timing", "nanhu");
            options.put("riscv.timing-sample", share);
        }
        GuestRun run = GuestRun.of(image, new byte[0], mode, options);
        assertEquals(0, run.status(), run.output());
        return run;
    }

    /// Its part is some 18 million instructions, of which 16 are followed completely.
    private static final byte[] SHORT = TreadmillWorkload.PIPEPING.image(TreadmillOptions.DEFAULT, 8, 3200, 8);

    @Test
    void everyEngineModeDrawsTheSameSamples() {
        GuestRun first = run(SHORT, "ssp", EngineMode.INTERPRETER, "2");
        assertTrue(number(first, TIMING + "sampling.samples") >= 3, "samples");
        assertTrue(number(first, TIMING + "sampling.estimated") > 0, "a rest");
        for (EngineMode mode : EngineMode.values()) {
            assertEquals(first.counts(), run(SHORT, "ssp", mode, "2").counts(), mode.toString());
        }
    }

    @Test
    void countsWithSamplesAreTheCountsWithout() {
        SortedMap<String, String> counts = new TreeMap<>(run(SHORT, "tsp", EngineMode.DEFAULT, "4").counts());
        counts.keySet().removeIf(name -> name.contains("timing"));
        assertEquals(run(SHORT, "tsp", EngineMode.DEFAULT, "").counts(), counts);
    }

    /// A loop over pipes, random accesses to more than the caches hold, and many short processes.
    @ParameterizedTest
    @CsvSource({"PIPEPING, hap, '8,8000,8'", "HASHJOIN, native, '150000,1500000'", "COMPILELIKE, ssp, '45,12'"})
    void figuresOfTheFullRunLieInTheIntervals(TreadmillWorkload workload, String model, String parameters) {
        long[] values = java.util.Arrays.stream(parameters.split(",")).mapToLong(Long::parseLong).toArray();
        byte[] image = workload.image(TreadmillOptions.DEFAULT, values);
        GuestRun full = run(image, model, EngineMode.INTERPRETER, "1");
        GuestRun sampled = run(image, model, EngineMode.DEFAULT, "4");
        assertTrue(number(sampled, TIMING + "sampling.samples") >= 10, "samples");
        assertTrue(number(sampled, TIMING + "sampling.sampled") * 4 < number(sampled, TIMING + "sampling.estimated"),
                "most of the rest is estimated");
        int all = 0;
        List<String> outside = new ArrayList<>();
        for (String name : full.counts().keySet()) {
            if (!name.startsWith(TIMING) || name.endsWith(".preset") || name.contains(".latencies.")) {
                continue;
            }
            double was = number(full, name);
            double estimated = number(sampled, name);
            if (was == 0 && estimated == 0) {
                continue;
            }
            all++;
            double halfWidth = number(sampled, name.endsWith("shadowBytes") ? INTERVAL + "shadowBytes"
                    : INTERVAL + name.substring(TIMING.length()));
            if (Math.abs(estimated - was) > halfWidth) {
                outside.add(name + " " + was + ", not " + estimated + " ± " + halfWidth);
            }
        }
        assertTrue(all - outside.size() >= INSIDE * all, outside + " of " + all);
        assertTrue(outside.stream().noneMatch(text -> text.startsWith(TIMING + "cycles ")), outside.toString());
        double cycles = number(full, TIMING + "cycles");
        assertTrue(number(sampled, INTERVAL + "cycles") < 0.2 * cycles, "an interval that says something");
        assertTrue(Math.abs(number(sampled, TIMING + "cycles") - cycles) < 0.02 * cycles, "close to the full run");
    }

    private static double number(GuestRun run, String name) {
        return Double.parseDouble(run.counts().get(name));
    }
}
