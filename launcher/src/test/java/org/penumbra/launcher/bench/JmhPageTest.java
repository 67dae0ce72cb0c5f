// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.launcher.cli.Failure;

class JmhPageTest {

    private static final String RESULT = """
            {"jmhVersion": "1.37", "benchmark": "org.penumbra.benchmarks.micro.RootSwitchBenchmark.change", "mode": "avgt",
             "jvm": "/somewhere/bin/java", "vmName": "OpenJDK", "vmVersion": "25.0.3+9",
             "params": {"roots": "%d", "model": "%s"},
             "primaryMetric": {"score": %s, "scoreError": %s, "scoreUnit": "ns/op"}}""";

    @TempDir
    private Path directory;

    private Path page(String results) throws Exception {
        Path page = directory.resolve("page.html");
        JmhPage.write(List.of(Files.writeString(directory.resolve("results.json"), results)), page);
        return page;
    }

    @Test
    void pageHasEachFigureWithMachineJavaAndDate() throws Exception {
        String page = Files.readString(page("[" + RESULT.formatted(2, "native", "12.345", "0.5") + ","
                + RESULT.formatted(16, "ssp<", "1234.5", "\"NaN\"") + "]"));
        assertTrue(page.contains("<h2>RootSwitchBenchmark</h2>\n<p>A write of satp"), page);
        assertTrue(page.contains("<th>change</th><td>2</td><td>native</td><td>12.3</td><td>0.50</td>"), page);
        assertTrue(page.contains("<th>change</th><td>16</td><td>ssp&lt;</td><td>1235</td><td></td>")
                || page.contains("<td>1234</td><td></td>"), page);
        assertTrue(page.contains("1234 ns</text>") || page.contains("1235 ns</text>"), page);
        assertTrue(page.contains(LocalDate.now().toString()) && page.contains("25.0.3+9") && page.contains("processors"));
        assertFalse(page.contains("/somewhere"), page);
    }

    @Test
    void resultsOfTwoRunsMakeOnePage() throws Exception {
        Path one = Files.writeString(directory.resolve("one.json"), "[" + RESULT.formatted(2, "native", "12.345", "0.5") + "]");
        Path other = Files.writeString(directory.resolve("other.json"), "[" + RESULT.formatted(16, "ssp", "99.5", "0.5")
                .replace("RootSwitch", "Fence") + "]");
        Path page = directory.resolve("both.html");
        JmhPage.write(List.of(one, other), page);
        String text = Files.readString(page);
        assertTrue(text.contains("<h2>FenceBenchmark</h2>") && text.contains("<h2>RootSwitchBenchmark</h2>"), text);
        assertTrue(text.contains("<td>native</td><td>12.3</td>") && text.contains("<td>ssp</td><td>99.5</td>"), text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"[]; 66; measured nothing", "{}; 65; no result of JMH", "[{}]; 65; no result of JMH",
        "x; 65; no result of JMH"})
    void whatIsNoResultIsOneLine(String results, int status, String message) {
        Failure failure = assertThrows(Failure.class, () -> page(results));
        assertEquals(status, failure.status());
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }

    @Test
    void missingResultsAreOneLine() {
        Failure failure = assertThrows(Failure.class,
                () -> JmhPage.write(List.of(directory.resolve("none")), directory.resolve("page")));
        assertEquals(66, failure.status());
    }
}
