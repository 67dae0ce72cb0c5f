// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.penumbra.benchmarks.Parameters.Mode;

final class BenchReportTest {

    private static List<TimedRun> taking(double... seconds) {
        double[] rounds = new double[8];
        for (int i = 0; i < rounds.length; i++) {
            rounds[i] = seconds[Math.min(i, seconds.length - 1)];
        }
        return List.of(new TimedRun(new double[] {0.5, 1, 2, 3, 4, 5, 6, 7}, rounds, rounds));
    }

    private static final List<BenchResult> RESULTS = List.of(
            new BenchResult("crc32", Mode.BARE, Map.of("penumbra", taking(0.010), "qemu", taking(0.020), "host", taking(0.005))),
            new BenchResult("fib", Mode.S, Map.of("penumbra", taking(0.010), "qemu", taking(0.080), "host", taking(0.005))),
            new BenchResult("sieve", Mode.U, Map.of("qemu", taking(0.010))));

    @Test
    void ratiosAreSpeeds() {
        String[] lines = BenchReport.table(RESULTS, List.of()).split("\n");
        assertEquals("crc32 bare 10.0 ms 20.0 ms 5.0 ms 2.00x 0.50x 0.5 s", lines[1].replaceAll(" +", " "));
        assertEquals("fib s 10.0 ms 80.0 ms 5.0 ms 8.00x 0.50x 0.5 s", lines[2].replaceAll(" +", " "));
    }

    @Test
    void contenderThatFailedHasADash() {
        assertEquals("sieve u - 10.0 ms - - - -", BenchReport.table(RESULTS, List.of()).split("\n")[3].replaceAll(" +", " "));
    }

    @Test
    void geometricMeanLeavesOutWhatDidNotRun() {
        assertEquals(4, BenchResult.geometricMean(RESULTS, "qemu", "penumbra").orElseThrow(), 1e-9);
        assertTrue(BenchResult.geometricMean(List.of(), "qemu", "penumbra").isEmpty());
    }

    @Test
    void machineModeAndPageTablesAreAveragedApart() {
        String table = BenchReport.table(RESULTS, List.of()).replaceAll(" +", " ");
        assertTrue(table.contains("geometric mean bare 2.00x 0.50x"), table);
        assertTrue(table.contains("geometric mean mmu 8.00x 0.50x"), table);
        assertTrue(table.contains("geometric mean all 4.00x 0.50x"), table);
        String alone = BenchReport.table(RESULTS.subList(1, 3), List.of());
        assertTrue(alone.contains("geometric mean  all") && !alone.contains("geometric mean  mmu"), alone);
    }

    @Test
    void runThatWasTooShortIsMarked() {
        BenchResult hasty = new BenchResult("fib", Mode.S, Map.of("penumbra", taking(5, 4, 3, 2, 1, 0.9, 0.8, 0.5)));
        assertEquals("fib s 850.0 ms - - - - (*)", line(BenchReport.table(List.of(hasty), List.of()), 1));
        assertTrue(BenchReport.table(List.of(hasty), List.of()).contains("(*): still getting faster"));
        assertTrue(!BenchReport.table(RESULTS, List.of()).contains("(*)"));
    }

    @Test
    void furtherModelsAreComparedWithTheFirst() {
        List<BenchResult> results = List.of(
                new BenchResult("crc32", Mode.BARE, Map.of("penumbra", taking(0.010), "ssp", taking(0.010))),
                new BenchResult("fib", Mode.S, Map.of("penumbra", taking(0.010), "ssp", taking(0.020), "qemu", taking(0.010))),
                new BenchResult("sieve", Mode.S, Map.of("penumbra", taking(0.010))));
        String table = BenchReport.table(results, List.of("ssp"));
        assertTrue(line(table, 0).endsWith("steady ssp"), table);
        assertEquals("crc32 bare 10.0 ms - - - - 0.5 s 1.00x", line(table, 1));
        assertEquals("fib s 10.0 ms 10.0 ms - 1.00x - 0.5 s 0.50x", line(table, 2));
        assertEquals("sieve s 10.0 ms - - - - 0.5 s -", line(table, 3));
        assertEquals("geometric mean bare - - 1.00x", line(table, 4));
        assertEquals("geometric mean mmu 1.00x - 0.50x", line(table, 5));
    }

    private static String line(String table, int number) {
        return table.split("\n")[number].replaceAll(" +", " ");
    }

    @Test
    void pictureIsWellFormed() throws Exception {
        String svg = BenchReport.svg(RESULTS, List.of("qemu: <7.2 & more>"));
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertEquals("svg", document.getDocumentElement().getTagName());
        assertTrue(svg.contains(">2.00x<"), svg);
    }
}
