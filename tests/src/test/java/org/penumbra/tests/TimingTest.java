// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.options.ModelName;
import org.penumbra.options.TimingParameters;
import org.penumbra.tests.GuestRun.EngineMode;

/// The timing model observes: it changes no count, and what it charges does not depend on how guest code is run.
@Timeout(240)
final class TimingTest {
    private static final byte[] IMAGE = TreadmillWorkload.FORKEXIT.image(TreadmillOptions.DEFAULT, 4, 12, 4);

    static java.util.List<String> models() {
        return ModelName.all();
    }

    private static GuestRun run(String model, EngineMode mode, String timing) {
        Map<String, String> options = new TreeMap<>(Map.of("riscv.model", model, "riscv.memory", "128M"));
        if (!timing.isEmpty()) {
            options.put("riscv.timing", timing);
        }
        GuestRun run = GuestRun.of(IMAGE, new byte[0], mode, options);
        assertEquals(0, run.status(), run.output());
        return run;
    }

    /// The counts that are there without the timing model.
    private static SortedMap<String, String> plain(GuestRun run) {
        SortedMap<String, String> counts = new TreeMap<>(run.counts());
        counts.keySet().removeIf(name -> name.contains("timing"));
        return counts;
    }

    @ParameterizedTest
    @MethodSource("models")
    void countsWithTimingAreTheCountsWithout(String model) {
        GuestRun without = run(model, EngineMode.DEFAULT, "");
        GuestRun with = run(model, EngineMode.DEFAULT, "cva6");
        assertEquals(without.output(), with.output());
        assertEquals(without.counts(), plain(with));
        assertTrue(Long.parseLong(with.counts().get("measured.timing.cycles"))
                > Long.parseLong(with.counts().get("measured.instructions")), "cycles of an in-order core");
    }

    @Test
    void everyEngineModeChargesTheSame() {
        GuestRun first = run("ssp", EngineMode.INTERPRETER, "nanhu");
        for (EngineMode mode : EngineMode.values()) {
            assertEquals(first.counts(), run("ssp", mode, "nanhu").counts(), mode.toString());
        }
    }

    @Test
    void everyPresetRunsAndTwoRunsAreTheSame() {
        for (String preset : TimingParameters.PRESETS) {
            assertEquals(run("hap", EngineMode.INTERPRETER, preset).counts(),
                    run("hap", EngineMode.INTERPRETER, preset).counts(), preset);
        }
    }

    /// All parts together are all cycles.
    @Test
    void thePartsAddUp() {
        GuestRun run = run("ssp", EngineMode.INTERPRETER, "virtuoso");
        long sum = 0;
        for (var count : run.counts().entrySet()) {
            if (count.getKey().matches("timing\\.(compute|fetchStalls|dataStalls|tlb|fences|walk\\.cycles"
                    + "|exits\\..*|fastPath\\..*|synchronisation\\..*)")) {
                sum += Long.parseLong(count.getValue());
            }
        }
        assertEquals(Long.parseLong(run.counts().get("timing.cycles")), sum);
        assertTrue(Long.parseLong(run.counts().get("timing.exits.shadow_miss_fill")) > 0);
        assertTrue(Long.parseLong(run.counts().get("timing.synchronisation.resync")) > 0);
    }
}
