// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

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

    private static List<TimedRun> taking(double seconds) {
        return List.of(new TimedRun(new double[] {0.5, 0.5 + seconds}, new double[] {1, 1}, new double[] {seconds, seconds}));
    }

    private static final List<BenchResult> RESULTS = List.of(
            new BenchResult("crc32", Mode.BARE, Map.of("penumbra", taking(0.010), "qemu", taking(0.020), "host", taking(0.005))),
            new BenchResult("fib", Mode.S, Map.of("penumbra", taking(0.010), "qemu", taking(0.080), "host", taking(0.005))),
            new BenchResult("sieve", Mode.U, Map.of("qemu", taking(0.010))));

    @Test
    void ratiosAreSpeeds() {
        String[] lines = BenchReport.table(RESULTS).split("\n");
        assertEquals("crc32 bare 10.0 ms 20.0 ms 5.0 ms 2.00x 0.50x 0.5 s", lines[1].replaceAll(" +", " "));
        assertEquals("fib s 10.0 ms 80.0 ms 5.0 ms 8.00x 0.50x 0.5 s", lines[2].replaceAll(" +", " "));
    }

    @Test
    void contenderThatFailedHasADash() {
        assertEquals("sieve u - 10.0 ms - - - -", BenchReport.table(RESULTS).split("\n")[3].replaceAll(" +", " "));
    }

    @Test
    void geometricMeanLeavesOutWhatDidNotRun() {
        assertEquals(4, BenchResult.geometricMean(RESULTS, "qemu", "penumbra").orElseThrow(), 1e-9);
        assertTrue(BenchResult.geometricMean(List.of(), "qemu", "penumbra").isEmpty());
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
