// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.penumbra.format.Svg;
import org.penumbra.options.ModelName;

/// The part of a page that shows what the timing model charged: stacked cycles, and how long walks took.
///
/// @param comparisons with timing
record TimedCharts(List<Comparison> comparisons) {
    private static final double PER_INSTRUCTIONS = 1000;

    String text() {
        StringBuilder text = new StringBuilder("<h2>Cycles by cause</h2>\n<p>Of a thousand instructions, timed as ")
                .append(Svg.escape(first().preset()))
                .append(". Fences free (tsp*) leaves out exits for fences.</p>\n");
        Set<String> shown = new LinkedHashSet<>();
        StringBuilder charts = new StringBuilder();
        for (Comparison comparison : comparisons) {
            List<Column> columns = timed(comparison);
            long[][] values = columns.stream().map(column -> parts(column.timing().orElseThrow(), shown))
                    .toArray(long[][]::new);
            charts.append(Chart.figure(comparison.name() + intervals(columns),
                    Chart.bars(columns.stream().map(Column::heading).toList(), Timing.PARTS, values)));
        }
        text.append(Chart.legend(Timing.PARTS, shown)).append("<div class=\"charts\">\n").append(charts)
                .append("</div>\n");
        return text.append(latencies()).toString();
    }

    /// All cycles with their intervals, if they are estimates.
    private static String intervals(List<Column> columns) {
        return !columns.getFirst().timing().orElseThrow().sampled() ? "" : columns.stream().map(column -> {
            Timing timing = column.timing().orElseThrow();
            return column.heading() + ' ' + ComparisonTable.cycles(timing, timing.cycles(), timing.cyclesHalfWidth());
        }).collect(Collectors.joining(", ", ": ", ""));
    }

    private Timing first() {
        return comparisons.getFirst().runs().getFirst().timing(false).orElseThrow();
    }

    private static List<Column> timed(Comparison comparison) {
        return comparison.columns().stream().filter(column -> column.timing().isPresent()).toList();
    }

    private static long[] parts(Timing timing, Set<String> shown) {
        return Timing.PARTS.stream().mapToLong(part -> {
            long value = Math.round(timing.perThousand(timing.parts().get(part)));
            if (value > 0) {
                shown.add(part);
            }
            return value;
        }).toArray();
    }

    private String latencies() {
        StringBuilder text = new StringBuilder("<h2>How long walks take</h2>\n<p>Walks of a million instructions, by "
                + "their cycles: each class reaches to the next.</p>\n");
        Set<String> models = new LinkedHashSet<>();
        StringBuilder charts = new StringBuilder();
        for (Comparison comparison : comparisons) {
            Set<Long> classes = new TreeSet<>();
            comparison.runs().forEach(run -> run.timing(false).ifPresent(timing ->
                    classes.addAll(timing.walkLatencies().keySet())));
            if (classes.isEmpty()) {
                continue;
            }
            List<Chart.Line> lines = new ArrayList<>();
            for (Run run : comparison.runs()) {
                models.add(run.model());
                Timing timing = run.timing(false).orElseThrow();
                lines.add(new Chart.Line(run.model(), ModelName.all().indexOf(run.model()), false,
                        classes.stream().mapToDouble(one -> timing.perThousand(
                                timing.walkLatencies().getOrDefault(one, 0L)) * PER_INSTRUCTIONS).toArray()));
            }
            charts.append(Chart.figure(comparison.name(), Chart.steps(classes.stream().map(String::valueOf).toList(),
                    lines, false, "cycles of a walk, from")));
        }
        return text.append(Chart.legend(ModelName.all(), models)).append("<div class=\"charts\">\n").append(charts)
                .append("</div>\n").toString();
    }
}
