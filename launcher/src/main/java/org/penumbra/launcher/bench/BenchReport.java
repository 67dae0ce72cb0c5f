// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.penumbra.format.Svg;

/// The results of `penumbra bench` as a table and as a picture.
final class BenchReport {

    private static final int ROW = 18;
    private static final int TOP = 70;
    private static final int LEFT = 190;
    private static final int WIDTH = 620;
    private static final SpeedScale SCALE = new SpeedScale(-2, 5);

    /// Replaces or follows a figure that is not from the steady state.
    private static final String NOT_YET = "(*)";

    private BenchReport() {
    }

    /// @param others names of further columns: Penumbra with other settings, as a speed relative to the first column
    static String table(List<BenchResult> results, List<String> others) {
        StringBuilder text = new StringBuilder(String.format("%-15s %-4s %11s %11s %11s %9s %9s %8s",
                "kernel", "mode", BenchResult.OURS, "qemu", "host", "of qemu", "of host", "steady"));
        others.forEach(other -> text.append(String.format(" %10s", other)));
        text.append(System.lineSeparator());
        for (BenchResult result : results) {
            text.append(String.format("%-15s %-4s %11s %11s %11s %9s %9s %8s", result.workload(), result.modeName(),
                    milliseconds(result.steadySeconds(BenchResult.OURS)),
                    milliseconds(result.steadySeconds(BenchResult.QEMU)),
                    milliseconds(result.steadySeconds(BenchResult.HOST)),
                    times(result.ratio(BenchResult.QEMU, BenchResult.OURS)),
                    times(result.ratio(BenchResult.HOST, BenchResult.OURS)),
                    untilSteady(result)));
            others.forEach(other -> text.append(String.format(" %10s", marked(result, other))));
            text.append(System.lineSeparator());
        }
        means(results).forEach((mode, some) -> {
            text.append(String.format("%-15s %-4s %11s %11s %11s %9s %9s %8s", "geometric mean", mode, "", "", "",
                    times(BenchResult.geometricMean(some, BenchResult.QEMU, BenchResult.OURS)),
                    times(BenchResult.geometricMean(some, BenchResult.HOST, BenchResult.OURS)), ""));
            others.forEach(other -> text.append(String.format(" %10s",
                    times(BenchResult.geometricMean(some, BenchResult.OURS, other)))));
            text.append(System.lineSeparator());
        });
        if (!others.isEmpty()) {
            text.append(String.format("%n%s: speed relative to the column \"%s\".%n", String.join(", ", others),
                    BenchResult.OURS));
        }
        if (text.indexOf(NOT_YET) >= 0) {
            text.append(String.format("%n%s: still getting faster when the run ended; take more rounds.%n", NOT_YET));
        }
        text.append(String.format("%n"
                + "Times are processor time of one round in the steady state: of the second half of each run the "
                + "median over%n"
                + "stretches of rounds of 0.2 s or more, since the system's clock may be a tick behind, then the "
                + "median over runs;%n"
                + "all threads of the process included; time on the wall where the system does not tell.%n"
                + "\"of qemu\" and \"of host\" are speeds: 2.00x is twice as fast. \"steady\" is the time from the "
                + "start of the%n"
                + "process, Java's own start included, to the first round within 10 %% of the steady time.%n"));
        return text.toString();
    }

    /// Bars of the speed relative to QEMU, with the host's speed as a mark, on a logarithmic scale.
    static String svg(List<BenchResult> results, List<String> captions) {
        int height = TOP + ROW * (results.size() + means(results).size()) + 20;
        Svg svg = Svg.picture(LEFT + WIDTH + 70, height, "sans-serif", 12).text(10, 20, "start",
                "Speed relative to QEMU (1x), steady state; more is better; tick: the host's own code",
                "font-size", "15");
        int y = 36;
        for (String caption : captions) {
            svg.text(10, y, "start", caption, "font-size", "9", "fill", "#666");
            y += 11;
        }
        for (int power = SCALE.from(); power <= SCALE.to(); power++) {
            double x = x(Math.pow(2, power));
            svg.line(x, TOP, x, height - 18, "stroke", SpeedScale.colour(power))
                    .text(x, height - 4, "middle", SpeedScale.label(power), "fill", "#666");
        }
        y = TOP;
        for (BenchResult result : results) {
            bar(svg, y, result.workload() + " " + result.modeName(), result.ratio(BenchResult.QEMU, BenchResult.OURS),
                    result.ratio(BenchResult.QEMU, BenchResult.HOST));
            y += ROW;
        }
        for (var mean : means(results).entrySet()) {
            bar(svg, y, "geometric mean " + mean.getKey(),
                    BenchResult.geometricMean(mean.getValue(), BenchResult.QEMU, BenchResult.OURS),
                    BenchResult.geometricMean(mean.getValue(), BenchResult.QEMU, BenchResult.HOST));
            y += ROW;
        }
        return svg.end();
    }

    private static void bar(Svg svg, int y, String label, OptionalDouble ours, OptionalDouble host) {
        svg.text(LEFT - 8, y + 13, "end", label);
        if (ours.isPresent()) {
            double end = x(ours.getAsDouble());
            svg.rectangle(Math.min(x(1), end), y + 3, Math.abs(end - x(1)), ROW - 6,
                    "fill", ours.getAsDouble() >= 1 ? "#3a7bd5" : "#d5703a")
                    .text(Math.max(x(1), end) + 4, y + 13, "start", times(ours));
        }
        if (host.isPresent()) {
            double x = x(host.getAsDouble());
            svg.line(x, y + 2, x, y + ROW - 2, "stroke", "#222", "stroke-width", "2");
        }
    }

    private static double x(double ratio) {
        return LEFT + SCALE.share(ratio) * WIDTH;
    }

    /// The results to average, by the name of the line: machine mode, supervisor and user mode, all.
    private static Map<String, List<BenchResult>> means(List<BenchResult> results) {
        Map<String, List<BenchResult>> means = new LinkedHashMap<>();
        List<BenchResult> translated = results.stream().filter(BenchResult::isTranslated).toList();
        if (!translated.isEmpty() && translated.size() < results.size()) {
            means.put("bare", results.stream().filter(result -> !result.isTranslated()).toList());
            means.put("mmu", translated);
        }
        means.put("all", results);
        return means;
    }

    private static String untilSteady(BenchResult result) {
        OptionalDouble value = result.secondsUntilSteady(BenchResult.OURS);
        return value.isPresent() && !result.isSettled(BenchResult.OURS) ? NOT_YET : seconds(value);
    }

    private static String marked(BenchResult result, String other) {
        OptionalDouble ratio = result.ratio(BenchResult.OURS, other);
        return times(ratio) + (ratio.isPresent() && !result.isSettled(other) ? " " + NOT_YET : "");
    }

    private static String milliseconds(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.1f ms", value.getAsDouble() * 1000) : "-";
    }

    private static String seconds(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.1f s", value.getAsDouble()) : "-";
    }

    static String times(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.2fx", value.getAsDouble()) : "-";
    }
}
