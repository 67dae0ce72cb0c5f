// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.penumbra.benchmarks.TimedProgram;

/// The results of `penumbra bench --cold` as a table and as a picture: speed against time since the program's start.
final class ColdReport {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 60;
    private static final int RIGHT = 170;
    private static final int TOP = 60;
    private static final int BOTTOM = 50;
    /// The picture's scale: powers of two from 1/8 to 16.
    private static final int FROM = -3;
    private static final int TO = 4;

    private ColdReport() {
    }

    static String table(List<ColdResult> results) {
        StringBuilder text = new StringBuilder(String.format("%-24s", "speed, QEMU's is 1"));
        for (int checkpoint : TimedProgram.CHECKPOINTS) {
            text.append(String.format("%9s", seconds(checkpoint / 1000.0)));
        }
        text.append(String.format("%13s%11s%n", "break-even", "of host"));
        for (ColdResult result : results) {
            row(text, result.program().name(), List.of(result), BenchResult.OURS, BenchResult.HOST);
        }
        groups(results).forEach((name, some) -> row(text, "geometric mean, " + name, some, BenchResult.OURS,
                BenchResult.HOST));
        if (results.stream().anyMatch(result -> result.runs().containsKey(BenchResult.HOST))) {
            groups(results).forEach((name, some) -> row(text, "host's mean, " + name, some, BenchResult.HOST, null));
        }
        return text.append(String.format("%n"
                + "A figure is the work done since the program's start, divided by what QEMU had done by the same "
                + "time: 2.00x is twice%n"
                + "as much. Each program is a new process in a running Linux. \"break-even\" is when it has done as "
                + "much as under QEMU;%n"
                + "\"of host\" compares with the host's own code at the last checkpoint.%n")).toString();
    }

    private static void row(StringBuilder text, String name, List<ColdResult> results, String contender, String host) {
        text.append(String.format("%-24s", name));
        OptionalDouble[] ratios = ratios(results, contender, BenchResult.QEMU);
        for (OptionalDouble ratio : ratios) {
            text.append(String.format("%9s", times(ratio)));
        }
        OptionalDouble even = ColdResult.breakEven(ratios);
        text.append(String.format("%13s", even.isEmpty() ? "-" : even.getAsDouble() == 0 ? "at once"
                : seconds(even.getAsDouble())));
        OptionalDouble ofHost = host == null ? OptionalDouble.empty() : last(ratios(results, contender, host));
        text.append(String.format("%11s%n", times(ofHost)));
    }

    private static OptionalDouble[] ratios(List<ColdResult> results, String contender, String other) {
        return IntStream.range(0, TimedProgram.CHECKPOINTS.length)
                .mapToObj(checkpoint -> ColdResult.geometricMean(results, contender, other, checkpoint))
                        .toArray(OptionalDouble[]::new);
    }

    private static OptionalDouble last(OptionalDouble[] ratios) {
        OptionalDouble last = OptionalDouble.empty();
        for (OptionalDouble ratio : ratios) {
            last = ratio.isPresent() ? ratio : last;
        }
        return last;
    }

    /// The results to average, by the name of the line.
    private static Map<String, List<ColdResult>> groups(List<ColdResult> results) {
        Map<String, List<ColdResult>> groups = new LinkedHashMap<>();
        for (ColdResult result : results) {
            groups.computeIfAbsent(result.program().kernel() ? "kernels" : "programs", _ -> new ArrayList<>())
                    .add(result);
        }
        return groups;
    }

    /// A thin line for each program, thick lines for the means and dashed lines for the host's, on logarithmic scales.
    static String svg(List<ColdResult> results, List<String> captions) {
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
                <rect width="100%%" height="100%%" fill="white"/>
                <text x="10" y="20" font-size="15">Work done by a time since the program's start, QEMU's is 1</text>
                """, WIDTH, HEIGHT));
        int caption = 34;
        for (String line : captions) {
            svg.append(String.format("<text x=\"10\" y=\"%d\" font-size=\"9\" fill=\"#666\">%s</text>%n", caption,
                    BenchReport.escape(line)));
            caption += 10;
        }
        for (int power = FROM; power <= TO; power++) {
            svg.append(String.format(Locale.ROOT, "<line x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\" "
                    + "stroke=\"%4$s\"/>"
                    + "<text x=\"%5$d\" y=\"%6$.1f\" text-anchor=\"end\" fill=\"#666\">%7$s</text>%n", LEFT,
                            WIDTH - RIGHT,
                    y(Math.pow(2, power)), power == 0 ? "#000" : "#ddd", LEFT - 6, y(Math.pow(2, power)) + 4,
                    (power < 0 ? "1/" + (1 << -power) : Integer.toString(1 << power)) + "x"));
        }
        for (int i = 0; i < TimedProgram.CHECKPOINTS.length; i++) {
            svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" "
                    + "fill=\"#666\">%s</text>%n", x(i),
                    HEIGHT - BOTTOM + 18, seconds(TimedProgram.CHECKPOINTS[i] / 1000.0)));
        }
        for (ColdResult result : results) {
            line(svg, List.of(result), BenchResult.OURS, result.program().kernel() ? "#d5703a" : "#3a7bd5",
                    "0.8\" opacity=\"0.35", null);
        }
        groups(results).forEach((name, some) -> {
            String colour = name.equals("kernels") ? "#d5703a" : "#3a7bd5";
            line(svg, some, BenchResult.OURS, colour, "3", name);
            line(svg, some, BenchResult.HOST, colour, "2\" stroke-dasharray=\"5 4", "host, " + name);
        });
        return svg.append("</svg>\n").toString();
    }

    private static void line(StringBuilder svg, List<ColdResult> results, String contender, String colour, String width,
            String name) {
        OptionalDouble[] ratios = ratios(results, contender, BenchResult.QEMU);
        StringBuilder points = new StringBuilder();
        double end = 0;
        for (int i = 0; i < ratios.length; i++) {
            if (ratios[i].isPresent()) {
                end = y(ratios[i].getAsDouble());
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i), end));
            }
        }
        if (points.isEmpty()) {
            return;
        }
        svg.append(String.format("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" points=\"%s\"/>%n", colour,
                width,
                points.toString().strip()));
        if (name != null) {
            svg.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%s %s</text>%n",
                    WIDTH - RIGHT + 8, end + 4, colour,
                    BenchReport.escape(name), times(last(ratios))));
        }
    }

    private static double x(int checkpoint) {
        return LEFT + (WIDTH - RIGHT - LEFT) * checkpoint / (double) (TimedProgram.CHECKPOINTS.length - 1);
    }

    private static double y(double ratio) {
        double power = Math.clamp(Math.log(ratio) / Math.log(2), FROM, TO);
        return HEIGHT - BOTTOM - (power - FROM) / (TO - FROM) * (HEIGHT - BOTTOM - TOP);
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f s" : "%.2f s", value);
    }

    private static String times(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.2fx", value.getAsDouble()) : "-";
    }
}
