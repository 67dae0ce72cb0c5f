// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Timed figures of runs made up: what is printed, drawn and concluded.
final class TimingReportTest {
    /// A run of 1,000 instructions that waits `walks` cycles for walks, `dram` of whose references went to memory, and
    /// takes exits of 100 cycles each, `fences` of them for fences.
    private static Run run(String model, long walks, long dram, long exits, long fences) {
        Run plain = SyntheticRun.of("w", model, 1000, exits - fences, fences, 0);
        JsonObject statistics = plain.statistics();
        statistics.getAsJsonObject("measured").add("timing", JsonParser.parseString("""
                {"preset": "made-up", "cycles": 0, "cpi": 0, "compute": 1000, "fetchStalls": 0, "dataStalls": 0, "tlb": 0,
                 "walk": {"count": 4, "cycles": %1$d, "mean": 2.5, "p50": 2, "p99": 9, "walkCaches": 0,
                  "guest": {"references": {"level0": 4}, "cycles": {"level0": %1$d}},
                  "secondStage": {"references": {}, "cycles": {}}, "shadow": {"references": {}, "cycles": {}},
                  "latencies": {"from2": 3, "from8": 1}},
                 "fences": 0, "exits": {"shadow_miss_fill": %2$d, "fence_escalated": %3$d}, "fastPath": {},
                 "synchronisation": {}, "misses": {"itlb": 0, "dtlb": 4},
                 "mpki": {"itlb": 0, "dtlb": 4, "walks": 4, "l1d": 1}, "shadowBytes": 8192,
                 "references": {"fetch": {"l1": 9, "l2": 0, "llc": 0, "dram": 0},
                  "data": {"l1": 9, "l2": 0, "llc": 0, "dram": 0}, "walk": {"l1": %5$d, "l2": 0, "llc": 0, "dram": %4$d},
                  "software": {"l1": 0, "l2": 0, "llc": 0, "dram": 0}}}"""
                .formatted(walks, (exits - fences) * 100, fences * 100, dram, 4 - dram)));
        JsonObject parameters = new JsonObject();
        Map.of("dram.latency", "200", "llc.latency", "40", "l2.latency", "15", "l2tlb.latency", "10", "pwc.latency", "2",
                "fence.cycles", "20", "exit.cycles", "100", "fast.cycles", "0").forEach((key, value) -> {
                    JsonObject parameter = new JsonObject();
                    parameter.addProperty("value", value);
                    parameters.add(key, parameter);
                });
        statistics.add("timingParameters", parameters);
        return plain;
    }

    private static final Comparison COMPARISON = new Comparison("w", Map.of(), List.of(run("native", 100, 0, 0, 0),
            run("tsp", 100, 0, 8, 6), run("ssp", 100, 0, 4, 0), run("hap", 400, 2, 0, 0)));

    @Test
    void overheadsAreOfAllCycles() {
        List<Column> columns = COMPARISON.columns();
        assertEquals(0, COMPARISON.timedOverhead(columns.get(0)));
        assertEquals(800 / 1100.0, COMPARISON.timedOverhead(columns.get(1)), 1e-9);
        assertEquals(200 / 1100.0, COMPARISON.timedOverhead(columns.get(2)), 1e-9, "tsp with fences free");
        assertEquals(400 / 1100.0, COMPARISON.timedOverhead(columns.get(3)), 1e-9);
        assertEquals(300 / 1100.0, COMPARISON.timedOverhead(columns.get(4)), 1e-9);
    }

    /// ssp has 1,500 cycles, hap 1,400; hap has two references to memory, ssp four exits.
    @Test
    void modelsChangePlacesWhereTheirCyclesAreEqual() {
        var sensitivity = new Sensitivity(COMPARISON);
        assertEquals(250, sensitivity.turningPoint("dram.latency", "ssp", "hap").orElseThrow(), 1e-9);
        assertEquals(75, sensitivity.turningPoint("exit.cycles", "ssp", "hap").orElseThrow(), 1e-9);
        assertTrue(sensitivity.turningPoint("llc.latency", "ssp", "hap").isEmpty());
        Map<String, String> changes = sensitivity.changes();
        assertEquals("native < ssp < hap < tsp", changes.get("dram.latency doubled"));
        assertEquals("native < ssp < hap < tsp", changes.get("exit.cycles halved"));
        assertFalse(changes.containsKey("llc.latency doubled"));
        assertTrue(sensitivity.text().contains("ssp and hap change places at: dram.latency 250 (now 200)"),
                sensitivity.text());
    }

    @Test
    void tableAndPageHaveTheTimedFigures() {
        String table = ComparisonTable.of(COMPARISON);
        assertTrue(table.contains("timed as made-up, cycles of 1000 instructions:"), table);
        assertTrue(table.matches("(?s).*cycles +1 100 +1 900 +1 300 +1 500 +1 400\\n.*"), table);
        assertTrue(table.matches("(?s).*  VM exits +0.0 +800 +200 +400 +0.0\\n.*"), table);
        String page = HtmlReport.of(List.of(COMPARISON), Summary.of(List.of(COMPARISON), 1, List.of()), List.of(),
                "./penumbra compare --timing 'a < b'");
        assertTrue(page.contains("<title>ssp: walks: guest tables 100</title>"), "stacked cycles");
        assertTrue(page.contains("How long walks take"));
        assertTrue(page.contains("What the order of models owes to constants"));
        assertTrue(page.contains("<pre class=\"command\">./penumbra compare --timing 'a &lt; b'</pre>"));
        assertTrue(page.contains("<li>The core is in order and waits for each miss."), "threats to validity");
    }

    @Test
    void summaryNamesTheCheapestModelAndWhatThatHangsOn() {
        String summary = Summary.of(List.of(COMPARISON), 1, List.of()).replace('\n', ' ');
        assertTrue(summary.contains("The cheapest is hap on w; another model is with dram.latency doubled on w, "
                + "exit.cycles halved on w."), summary);
    }

    @Test
    void sweepsShowTheSlowDownOverTheLastOption() {
        List<Comparison> swept = List.of(new Comparison("w", Map.of("tlb-entries", "64"), COMPARISON.runs()),
                new Comparison("w", Map.of("tlb-entries", "128"), COMPARISON.runs()));
        String page = HtmlReport.of(swept, Summary.of(swept, 2, List.of()), List.of(), "./penumbra compare");
        assertTrue(page.contains("<h2>Slow-down against tlb-entries</h2>\n<p>Cycles beyond those of native by the timing model"));
        String chart = page.substring(page.indexOf("Slow-down against"), page.indexOf("<h2>Root switches"));
        assertEquals(4, chart.split("<polyline").length - 1, "tsp, tsp with fences free, ssp and hap");
    }

    @Test
    void csvLeavesOutTheSourcesOfParameters() {
        String csv = CsvFile.of(COMPARISON.runs());
        assertTrue(csv.contains("measured.timing.walk.guest.cycles.level0"), csv);
        assertFalse(csv.contains("timingParameters"), csv);
    }
}
