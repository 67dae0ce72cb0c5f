// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Figures that follow from counts, on counts made up for it.
final class ComparisonTest {

    /// tsp: 1000 exits, 400 of them for fences. ssp: 450 exits, 600 fast-path entries. hap: 10 exits, many references.
    private static final Comparison MADE_UP = Comparison.of(List.of(
            SyntheticRun.of("w", "native", 1_000_000, 0, 0, 0),
            SyntheticRun.of("w", "tsp", 1_000_000, 600, 400, 10_000),
            SyntheticRun.of("w", "ssp", 1_000_000, 450, 0, 65_000),
            SyntheticRun.of("w", "hap", 1_000_000, 10, 0, 505_000))).getFirst();

    private static Column column(String model, boolean fencesFree) {
        return new Column(MADE_UP.find(model).orElseThrow(), fencesFree);
    }

    @Test
    void tspHasAColumnForEachReadingOfFences() {
        assertEquals(List.of("native", "tsp", "tsp*", "ssp", "hap"), MADE_UP.columns().stream().map(Column::heading).toList());
        assertEquals(1000, column("tsp", false).exits());
        assertEquals(600, column("tsp", true).exits());
        assertEquals(0, column("tsp", true).exits("fence_escalated"));
    }

    @Test
    void changeIsAgainstTheChosenReading() {
        assertEquals(-0.55, MADE_UP.change(column("ssp", false), false), 1e-12);
        assertEquals(-0.25, MADE_UP.change(column("ssp", false), true), 1e-12);
    }

    @Test
    void overheadCountsExitsAtTheirCostAndTheRestOnce() {
        assertEquals(0.0, MADE_UP.overhead(column("native", false), 1000), 1e-12);
        assertEquals(1.01, MADE_UP.overhead(column("tsp", false), 1000), 1e-12);
        assertEquals(0.61, MADE_UP.overhead(column("tsp", true), 1000), 1e-12);
        assertEquals(0.515, MADE_UP.overhead(column("ssp", false), 1000), 1e-12);
    }

    @Test
    void costsAreEqualAtTheCrossing() {
        Crossing crossing = MADE_UP.crossing(column("ssp", false));
        assertEquals(Crossing.Kind.BELOW, crossing.kind());
        assertEquals(1000, crossing.cost(), 1e-9);
        assertEquals(MADE_UP.overhead(column("hap", false), 1000), MADE_UP.overhead(column("ssp", false), 1000), 1e-12);
        assertEquals("< 1000", crossing.toString());
    }

    @Test
    void crossingKnowsWhenThereIsNone() {
        assertEquals("never", Crossing.of(5, 10).toString());
        assertEquals("always", Crossing.of(-5, -10).toString());
        assertEquals("> 2.0", Crossing.of(-5, 10).toString());
        assertEquals("equal", Crossing.of(0, 0).toString());
        assertEquals("always", Crossing.of(0, -1).toString());
        assertEquals("never", Crossing.of(0, 1).toString());
    }

    @Test
    void countsComeFromTheMeasuredPart() {
        Run run = MADE_UP.find("tsp").orElseThrow();
        assertEquals(1000, run.statistics().getAsJsonObject("measured").get("memoryVirtualisationExits").getAsLong());
        assertEquals(7, run.statistics().get("memoryVirtualisationExits").getAsLong());
        assertEquals(1000, run.exits());
    }

    @Test
    void differentOutputAndFailureAreProblems() {
        assertEquals(List.of(), MADE_UP.problems(Optional.of(SyntheticRun.OUTPUT)));
        assertEquals(4, MADE_UP.problems(Optional.of("w checksum=1")).size());
        Run other = new Run("w", Map.of(), "w checksum=2\n", MADE_UP.find("ssp").orElseThrow().statistics());
        Comparison differing = new Comparison("w", Map.of(), List.of(MADE_UP.find("native").orElseThrow(), other));
        assertEquals(List.of("w under ssp: the guest printed \"w checksum=2\", not \"" + SyntheticRun.OUTPUT + "\""),
                differing.problems(Optional.empty()));
    }

    @Test
    void summaryNamesWhereSspDoesNotWin() {
        Comparison losing = Comparison.of(List.of(SyntheticRun.of("bad", "tsp", 1000, 100, 300, 0),
                SyntheticRun.of("bad", "ssp", 1000, 120, 0, 0))).getFirst();
        String text = Summary.of(List.of(MADE_UP, losing), 1, List.of()).replace('\n', ' ');
        assertTrue(text.contains("from -70.0 % to -55.0 %"), text);
        assertTrue(text.contains("from -25.0 % to +20.0 %"), text);
        assertTrue(text.contains("it saves none against the latter on 1 of 2 (bad)"), text);
        assertTrue(text.contains("hap takes fewer than ssp on 1 of 2 (w)"), text);
        assertTrue(text.contains("which costs less than ssp on none."), text);
        assertTrue(text.contains("1 are the expected ones"), text);
        assertTrue(text.contains("23 to 56 %"), text);
    }

    @Test
    void tableHasARowForEachCauseThatOccurs() {
        String table = ComparisonTable.of(MADE_UP);
        assertTrue(table.contains("  fence_escalated                       0        400          0"), table);
        assertTrue(!table.contains("pt_write_leaf"), table);
        assertTrue(table.lines().skip(1).map(String::length).distinct().count() == 1, table);
    }
}
