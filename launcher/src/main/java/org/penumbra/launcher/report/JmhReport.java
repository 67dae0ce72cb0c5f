// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.penumbra.benchmarks.Questions;
import org.penumbra.format.Svg;

/// What JMH measured as one self-contained web page: for each benchmark a sentence, charts and a table.
public final class JmhReport {

    private static final int WIDTH = 440;
    private static final int LEFT = 190;
    private static final int RIGHT = 70;
    private static final int STEP = 18;

    private final StringBuilder page = new StringBuilder();

    private JmhReport() {
    }

    /// One result.
    ///
    /// @param params names and values, as JMH gives them
    /// @param error  half of the confidence interval of 99.9 %, or NaN
    private record Result(String benchmark, String method, Map<String, String> params, double score, double error,
            String unit) {
        static Result of(JsonObject json) {
            String[] name = json.get("benchmark").getAsString().split("\\.");
            Map<String, String> params = new LinkedHashMap<>();
            if (json.has("params")) {
                json.getAsJsonObject("params").asMap().forEach((key, value) -> params.put(key, value.getAsString()));
            }
            JsonObject metric = json.getAsJsonObject("primaryMetric");
            return new Result(name[name.length - 2], name[name.length - 1], params, metric.get("score").getAsDouble(),
                    metric.get("scoreError").getAsDouble(), metric.get("scoreUnit").getAsString());
        }

        /// The values without those of some parameters.
        String label(List<String> without) {
            List<String> words = new ArrayList<>();
            params.forEach((name, value) -> {
                if (!without.contains(name)) {
                    words.add(value.matches("[0-9]+") ? name + " " + value : value);
                }
            });
            return words.isEmpty() ? method : String.join(" ", words);
        }
    }

    /// @param results as JMH writes them (`-rf json`), at least one
    /// @param machine a line about the computer
    /// @param date    of the measurement
    /// @throws RuntimeException if the results are not of that form
    public static String of(JsonArray results, String machine, String date) {
        var report = new JmhReport();
        report.fill(results, machine, date);
        return report.page.toString();
    }

    private void fill(JsonArray results, String machine, String date) {
        Map<String, List<Result>> byBenchmark = new LinkedHashMap<>();
        Questions.all().keySet().forEach(name -> byBenchmark.put(name, new ArrayList<>()));
        for (JsonElement element : results) {
            Result result = Result.of(element.getAsJsonObject());
            byBenchmark.computeIfAbsent(result.benchmark, _ -> new ArrayList<>()).add(result);
        }
        byBenchmark.values().removeIf(List::isEmpty);
        JsonObject first = results.get(0).getAsJsonObject();
        page.append(HtmlReport.head("Penumbra: single paths")).append("<h1>Single paths, measured with JMH</h1>\n");
        page.append("<p class=\"lead\">").append(Svg.escape(date + ". " + machine + ". Java "
                + first.get("vmVersion").getAsString() + ", " + first.get("vmName").getAsString() + ". JMH "
                + first.get("jmhVersion").getAsString() + ".")).append("</p>\n");
        page.append("<p>Lower is better. The error is half of JMH's confidence interval of 99.9&nbsp;%. Times are "
                + "those of this computer; what is counted is the same on all.</p>\n");
        byBenchmark.forEach(this::benchmark);
        page.append("</body>\n</html>\n");
    }

    private void benchmark(String name, List<Result> results) {
        page.append("<h2>").append(Svg.escape(name)).append("</h2>\n<p>")
                .append(Svg.escape(Questions.all().getOrDefault(name, ""))).append("</p>\n<div class=\"charts\">\n");
        charts(results).forEach((title, part) -> page.append(Chart.figure(title.isEmpty() ? name : title,
                bars(part, fixed(part, results)))));
        page.append("</div>\n<details><summary>Table</summary><table>\n<tr>");
        List<String> params = List.copyOf(results.getFirst().params.keySet());
        page.append("<th>method</th>");
        params.forEach(param -> page.append("<th>").append(Svg.escape(param)).append("</th>"));
        page.append("<th>").append(Svg.escape(results.getFirst().unit)).append("</th><th>error</th></tr>\n");
        for (Result result : results) {
            page.append("<tr><th>").append(Svg.escape(result.method)).append("</th>");
            params.forEach(param -> page.append("<td>").append(Svg.escape(result.params.getOrDefault(param, "")))
                    .append("</td>"));
            page.append("<td>").append(number(result.score)).append("</td><td>")
                    .append(Double.isNaN(result.error) ? "" : number(result.error)).append("</td></tr>\n");
        }
        page.append("</table></details>\n");
    }

    /// Results by the values of all parameters but the last that varies; one chart if there are few.
    private static Map<String, List<Result>> charts(List<Result> results) {
        List<String> varying = results.getFirst().params.keySet().stream()
                .filter(param -> results.stream().map(result -> result.params.get(param)).distinct().count() > 1)
                .toList();
        Map<String, List<Result>> charts = new LinkedHashMap<>();
        for (Result result : results) {
            List<String> words = new ArrayList<>();
            for (int i = 0; i < varying.size() - 1 && results.size() > 8; i++) {
                words.add(varying.get(i) + " " + result.params.get(varying.get(i)));
            }
            charts.computeIfAbsent(String.join(", ", words), _ -> new ArrayList<>()).add(result);
        }
        return charts;
    }

    /// Parameters that are the same in all of a part.
    private static List<String> fixed(List<Result> part, List<Result> all) {
        return all.getFirst().params.keySet().stream()
                .filter(param -> part.stream().map(result -> result.params.get(param)).distinct().count() == 1)
                .toList();
    }

    private static String bars(List<Result> results, List<String> without) {
        double most = results.stream().mapToDouble(Result::score).max().orElseThrow();
        double scale = (WIDTH - LEFT - RIGHT) / Math.max(most, Double.MIN_NORMAL);
        Svg svg = Svg.inline(WIDTH, results.size() * STEP + 6);
        for (int i = 0; i < results.size(); i++) {
            Result result = results.get(i);
            double y = i * STEP + 3;
            double length = Math.max(0, result.score * scale);
            svg.text(LEFT - 6, y + 11, "end", result.label(without), "class", "label")
                    .rectangle(LEFT, y, length, STEP - 4, "class", "s0")
                    .text(LEFT + length + 5, y + 11, "start", number(result.score) + " "
                            + result.unit.replace("/op", ""), "class", "value");
        }
        return svg.end();
    }

    /// With three digits that count.
    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
