// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.penumbra.format.Svg;
import org.penumbra.options.ModelName;

/// A comparison as one self-contained web page.
public final class HtmlReport {

    private static final double[] EXIT_COSTS = new double[31];
    private static final double MOST_EXIT_COST = 3000;
    private static final int OVERVIEW_EXIT_COST = 1000;

    private static final String QUESTION = """
            What does it cost to give a guest page tables of its own? The same guest runs under each model of \
            translation. All that the model makes the computer do is counted, and compared with a run without \
            virtualisation (native).""";
    /// One a line.
    private static final String THREATS = """
            Exits are those that this monitor takes. Another one may need more, or handle several at once.
            The guests are short: what happens once, such as the first touch of a page, weighs more than in hours of a server's work.
            One hart, no interrupts of other machines, no other guests: nothing else takes the caches and TLBs.
            """;
    private static final String TIMED_THREATS = """
            The core is in order and waits for each miss. One that overlaps or prefetches them waits less, for walks most of all.
            Some constants of the preset are assumptions; the JSON has the source of each. The section about the order of models \
            says which ones it hangs on.
            Guest time follows instructions and not cycles, so timer interrupts come as often under every model.
            """;
    private static final String UNTIMED_THREATS = """
            Overhead is linear in three assumed constants. There are no caches and no walk caches in it, so that walks, and with \
            them two stages of tables, look dearer than on hardware; --timing models these.
            """;

    static {
        for (int i = 0; i < EXIT_COSTS.length; i++) {
            EXIT_COSTS[i] = i * MOST_EXIT_COST / (EXIT_COSTS.length - 1);
        }
    }

    private final List<Comparison> comparisons;
    private final String summary;
    private final String command;
    private final StringBuilder page = new StringBuilder();
    private final List<String> models;

    private HtmlReport(List<Comparison> comparisons, String summary, String command) {
        this.comparisons = comparisons;
        this.summary = summary;
        this.command = command;
        this.models = comparisons.stream().flatMap(comparison -> comparison.runs().stream()).map(Run::model).distinct()
                .toList();
    }

    /// @param comparisons at least one
    /// @param summary     from [Summary]
    /// @param problems    what was wrong with the guests' results
    /// @param command     that makes the comparison again
    public static String of(List<Comparison> comparisons, String summary, List<String> problems, String command) {
        var report = new HtmlReport(comparisons, summary, command);
        report.fill(problems);
        return report.page.toString();
    }

    private void fill(List<String> problems) {
        page.append(head("Penumbra: translation models compared")).append("<h1>Translation models compared</h1>\n");
        for (String problem : problems) {
            page.append("<p class=\"wrong\">Wrong result: ").append(Svg.escape(problem)).append("</p>\n");
        }
        String[] parts = summary.split("\n\n", 2);
        page.append("<p>").append(QUESTION).append("</p>\n");
        page.append("<p class=\"lead\">").append(Svg.escape(parts[0].replace('\n', ' ')).replace(" %", "&nbsp;%"))
                .append("</p>\n<p>This page is made by</p>\n<pre class=\"command\">").append(Svg.escape(command))
                .append("</pre>\n<p>and its counts").append(timed() ? " and cycles" : "")
                .append(" are the same on every computer.</p>\n");
        boolean swept = !comparisons.getFirst().setting().isEmpty();
        if (swept) {
            sweeps();
        }
        overview();
        if (timed()) {
            page.append(new TimedCharts(comparisons).text());
            page.append("<h2>What the order of models owes to constants</h2>\n<pre class=\"papers\">");
            comparisons.forEach(comparison -> page.append(Svg.escape(new Sensitivity(comparison).text())));
            page.append("</pre>\n");
        }
        if (!swept) {
            exits();
            overheads();
        }
        page.append("<h2>How this is counted</h2>\n<p>")
                .append(Svg.escape(ComparisonTable.legend(comparisons.getFirst().runs().getFirst())
                        .replace('\n', ' '))).append("</p>\n");
        threats();
        page.append("<h2>What papers report</h2>\n<pre class=\"papers\">").append(Svg.escape(parts[1].strip()))
                .append("</pre>\n");
        tables(swept);
        page.append("</body>\n</html>\n");
    }

    private boolean timed() {
        return comparisons.getFirst().runs().getFirst().timing(false).isPresent();
    }

    /// What speaks against believing the figures.
    private void threats() {
        page.append("<h2>Threats to validity</h2>\n<ul>\n");
        (THREATS + (timed() ? TIMED_THREATS : UNTIMED_THREATS)).lines()
                .forEach(threat -> page.append("<li>").append(threat).append("</li>\n"));
        page.append("</ul>\n");
    }

    // ---- overview

    private void overview() {
        page.append("<h2>Overview</h2>\n<p>Hypervisor exits of ssp against tsp with fences trapped and with fences "
                + "free (tsp*), "
                + "and the modelled overhead against native at " + OVERVIEW_EXIT_COST
                        + " cycles an exit. The lowest overhead of a row is bold.</p>\n"
                + "<div class=\"scroll\"><table>\n<tr><th></th><th>ssp against tsp</th><th>against tsp*</th>");
        List<String> headings = comparisons.getFirst().columns().stream().map(Column::heading)
                .filter(heading -> !heading.equals(Comparison.NATIVE)).toList();
        headings.forEach(heading -> page.append("<th class=\"o\">").append(heading).append("</th>"));
        page.append("</tr>\n");
        for (Comparison comparison : comparisons) {
            page.append("<tr><th>").append(Svg.escape(comparison.name())).append("</th>");
            Column swift = comparison.find(Comparison.SWIFT).map(run -> new Column(run, false)).orElse(null);
            change(swift == null ? Double.NaN : comparison.change(swift, false));
            change(swift == null ? Double.NaN : comparison.change(swift, true));
            Map<String, Double> overheads = new LinkedHashMap<>();
            comparison.columns().forEach(c -> overheads.put(c.heading(), comparison.overhead(c, OVERVIEW_EXIT_COST)));
            overheads.remove(Comparison.NATIVE);
            double least = overheads.values().stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
            for (String heading : headings) {
                double overhead = overheads.getOrDefault(heading, Double.NaN);
                page.append(overhead <= least + 5e-4 ? "<td class=\"best\">" : "<td>")
                        .append(ComparisonTable.percent(overhead)).append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</table></div>\n");
    }

    private void change(double change) {
        page.append("<td class=\"").append(change < 0 ? "less" : change > 0 ? "more" : "").append("\">")
                .append(ComparisonTable.change(change)).append("</td>");
    }

    // ---- charts of single comparisons

    private void exits() {
        Set<String> causes = new LinkedHashSet<>();
        for (Comparison comparison : comparisons) {
            for (Run run : comparison.runs()) {
                run.exitsByCause().forEach((cause, count) -> {
                    if (count > 0) {
                        causes.add(cause);
                    }
                });
            }
        }
        List<String> all = comparisons.getFirst().runs().getFirst().exitsByCause().keySet().stream().toList();
        page.append("<h2>Hypervisor exits by cause</h2>\n");
        legend(all, causes);
        page.append("<div class=\"charts\">\n");
        for (Comparison comparison : comparisons) {
            List<Column> columns = comparison.columns().stream().filter(c -> !c.run().model().equals(Comparison.NATIVE))
                    .toList();
            if (columns.isEmpty()) {
                continue;
            }
            long[][] values = columns.stream().map(c -> all.stream().mapToLong(c::exits).toArray())
                    .toArray(long[][]::new);
            figure(comparison.name(), Chart.bars(columns.stream().map(Column::heading).toList(), all, values));
        }
        page.append("</div>\n");
    }

    private void overheads() {
        page.append("<h2>Modelled slow-down against the cost of an exit</h2>\n<p>Times the cycles of native, on a "
                + "logarithmic scale, "
                + "over the cycles of a hypervisor exit. Where a curve crosses that of hap, both cost the same. "
                + "tsp with fences free is dashed.</p>\n");
        legend(ModelName.all(), new LinkedHashSet<>(models));
        page.append("<div class=\"charts\">\n");
        for (Comparison comparison : comparisons) {
            if (comparison.find(Comparison.NATIVE).isEmpty()) {
                continue;
            }
            List<Chart.Line> lines = new ArrayList<>();
            for (Column column : comparison.columns()) {
                double[] values = new double[EXIT_COSTS.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = 1 + comparison.overhead(column, EXIT_COSTS[i]);
                }
                lines.add(new Chart.Line(column.heading(), ModelName.all().indexOf(column.run().model()),
                        column.fencesFree(), values));
            }
            figure(comparison.name(), Chart.slowDowns(EXIT_COSTS, lines, "cycles of an exit"));
        }
        page.append("</div>\n");
    }

    // ---- sweeps

    /// For each workload, charts over the last swept option, one per combination of the others.
    private void sweeps() {
        String last = List.copyOf(comparisons.getFirst().setting().keySet()).getLast();
        Map<String, List<Comparison>> groups = comparisons.stream().collect(Collectors.groupingBy(c -> {
            StringBuilder name = new StringBuilder(c.workload());
            c.setting().forEach((option, value) -> name.append(option.equals(last) ? "" : " " + option + "=" + value));
            return name.toString();
        }, LinkedHashMap::new, Collectors.toList()));
        boolean buffered = comparisons.stream().flatMap(c -> c.runs().stream())
                .anyMatch(run -> !Double.isNaN(run.rootHitRate()));
        if (comparisons.stream().allMatch(c -> c.find(Comparison.NATIVE).isPresent())) {
            page.append("<h2>Slow-down against ").append(Svg.escape(last))
                    .append("</h2>\n<p>Cycles beyond those of native ")
                    .append(timed() ? "by the timing model" : "at " + OVERVIEW_EXIT_COST + " cycles an exit")
                    .append(", in per cent. tsp with fences free is dashed.</p>\n");
            charts(groups, last, Swept.OVERHEAD);
        }
        if (buffered) {
            page.append("<h2>Root switches that the base-address buffer serves</h2>\n");
            charts(groups, last, Swept.BUFFER_HITS);
        }
        page.append("<h2>Hypervisor exits</h2>\n<p>tsp with fences free is dashed.</p>\n");
        charts(groups, last, Swept.EXITS);
    }

    /// What a sweep's charts show.
    private enum Swept {
        OVERHEAD, BUFFER_HITS, EXITS;

        boolean isOf(Run run) {
            return this == BUFFER_HITS ? !Double.isNaN(run.rootHitRate()) : !run.model().equals(Comparison.NATIVE);
        }

        double of(Comparison comparison, Column column) {
            return switch (this) {
                case OVERHEAD -> Math.max(0, 100 * (column.timing().isPresent() ? comparison.timedOverhead(column)
                        : comparison.overhead(column, OVERVIEW_EXIT_COST)));
                case BUFFER_HITS -> column.run().rootHitRate();
                case EXITS -> column.exits();
            };
        }
    }

    private void charts(Map<String, List<Comparison>> groups, String last, Swept figure) {
        Set<String> shown = new LinkedHashSet<>();
        comparisons.stream().flatMap(c -> c.runs().stream()).filter(figure::isOf)
                .forEach(run -> shown.add(run.model()));
        legend(ModelName.all(), shown);
        page.append("<div class=\"charts\">\n");
        groups.forEach((name, group) -> {
            List<Chart.Line> lines = new ArrayList<>();
            for (String model : shown) {
                line(lines, group, model, false, figure);
                if (figure != Swept.BUFFER_HITS && model.equals(Column.TRADITIONAL)) {
                    line(lines, group, model, true, figure);
                }
            }
            figure(name, Chart.steps(group.stream().map(c -> c.setting().get(last)).toList(), lines,
                    figure == Swept.BUFFER_HITS, last));
        });
        page.append("</div>\n");
    }

    private static void line(List<Chart.Line> lines, List<Comparison> group, String model, boolean fencesFree,
            Swept figure) {
        double[] values = group.stream().mapToDouble(c -> c.find(model)
                .map(run -> figure.of(c, new Column(run, fencesFree))).orElse(Double.NaN)).toArray();
        lines.add(new Chart.Line(model + (fencesFree ? "*" : ""), ModelName.all().indexOf(model), fencesFree,
                values));
    }

    // ---- parts

    private void legend(List<String> names, Set<String> shown) {
        page.append(Chart.legend(names, shown));
    }

    private void figure(String caption, String svg) {
        page.append(Chart.figure(caption, svg));
    }

    private void tables(boolean swept) {
        page.append("<h2>All figures</h2>\n");
        if (swept) {
            comparisons.stream().collect(Collectors.groupingBy(Comparison::workload, LinkedHashMap::new,
                    Collectors.toList()))
                    .forEach((workload, group) -> table(workload, ComparisonTable.sweep(group)));
        } else {
            comparisons.forEach(comparison -> table(comparison.name(), ComparisonTable.of(comparison)));
        }
    }

    private void table(String name, String text) {
        page.append("<details><summary>").append(Svg.escape(name)).append("</summary><pre>")
                .append(Svg.escape(text))
                .append("</pre></details>\n");
    }

    /// A page up to the beginning of its body, with the style of reports.
    static String head(String title) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <style>
                """.formatted(Svg.escape(title)) + style() + """
                </style>
                </head>
                <body>
                """;
    }

    private static String style() {
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
