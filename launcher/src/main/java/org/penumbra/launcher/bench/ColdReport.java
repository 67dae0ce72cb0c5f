// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.penumbra.benchmarks.TimedProgram;
import org.penumbra.format.Svg;

/// The results of `penumbra bench --cold` as a table and as a picture: speed against time since the program's start.
final class ColdReport {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 60;
    private static final int RIGHT = 170;
    private static final int TOP = 60;
    private static final int BOTTOM = 50;
    private static final SpeedScale SCALE = new SpeedScale(-3, 4);

    private ColdReport() {
    }

    static String table(List<ColdResult> results) {
        StringBuilder text = new StringBuilder();
        rows(text, "speed, QEMU's is 1", results, BenchResult.QEMU);
        if (results.stream().anyMatch(result -> result.runs().containsKey(BenchResult.HOST))) {
            groups(results).forEach((name, some) -> row(text, "host's mean, " + name, some, BenchResult.HOST,
                    BenchResult.QEMU, null));
        }
        text.append(String.format("%n"
                + "A figure is the work done since the program's start, divided by what QEMU had done by the same "
                + "time: 2.00x is twice%n"
                + "as much. Each program is a new process in a running Linux. \"break-even\" is when it has done as "
                + "much as under QEMU;%n"
                + "\"of host\" compares with the host's own code at the last checkpoint.%n"));
        if (results.stream().anyMatch(result -> result.runs().containsKey(BenchResult.TURNS))) {
            text.append(System.lineSeparator());
            rows(text, "speed, that of turns is 1", results, BenchResult.TURNS);
        }
        return text.toString();
    }

    /// Appends a line for each program and group: its speed, where another contender's is 1.
    private static void rows(StringBuilder text, String title, List<ColdResult> results, String other) {
        text.append(String.format("%-28s", title));
        for (int checkpoint : TimedProgram.CHECKPOINTS) {
            text.append(String.format("%9s", seconds(checkpoint / 1000.0)));
        }
        text.append(String.format("%13s%11s%n", "break-even", "of host"));
        for (ColdResult result : results) {
            row(text, result.program().name(), List.of(result), BenchResult.OURS, other, BenchResult.HOST);
        }
        groups(results).forEach((name, some) -> row(text, "geometric mean, " + name, some, BenchResult.OURS, other,
                BenchResult.HOST));
    }

    private static void row(StringBuilder text, String name, List<ColdResult> results, String contender, String other,
            String host) {
        text.append(String.format("%-28s", name));
        OptionalDouble[] ratios = ratios(results, contender, other);
        for (OptionalDouble ratio : ratios) {
            text.append(String.format("%9s", BenchReport.times(ratio)));
        }
        OptionalDouble even = ColdResult.breakEven(ratios);
        text.append(String.format("%13s", even.isEmpty() ? "-" : even.getAsDouble() == 0 ? "at once"
                : seconds(even.getAsDouble())));
        OptionalDouble ofHost = host == null ? OptionalDouble.empty() : last(ratios(results, contender, host));
        text.append(String.format("%11s%n", BenchReport.times(ofHost)));
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
            groups.computeIfAbsent(result.program().group().label(), _ -> new ArrayList<>()).add(result);
        }
        return groups;
    }

    /// A thin line for each program, thick lines for the means and dashed lines for the host's, on logarithmic scales.
    static String svg(List<ColdResult> results, List<String> captions) {
        Svg svg = Svg.picture(WIDTH, HEIGHT, "sans-serif", 12).text(10, 20, "start",
                "Work done by a time since the program's start, QEMU's is 1", "font-size", "15");
        int caption = 34;
        for (String line : captions) {
            svg.text(10, caption, "start", line, "font-size", "9", "fill", "#666");
            caption += 10;
        }
        for (int power = SCALE.from(); power <= SCALE.to(); power++) {
            double y = y(Math.pow(2, power));
            svg.line(LEFT, y, WIDTH - RIGHT, y, "stroke", SpeedScale.colour(power))
                    .text(LEFT - 6, y + 4, "end", SpeedScale.label(power), "fill", "#666");
        }
        for (int i = 0; i < TimedProgram.CHECKPOINTS.length; i++) {
            svg.text(x(i), HEIGHT - BOTTOM + 18, "middle", seconds(TimedProgram.CHECKPOINTS[i] / 1000.0),
                    "fill", "#666");
        }
        for (ColdResult result : results) {
            line(svg, List.of(result), BenchResult.OURS, null, "stroke", colour(result.program().group()),
                    "stroke-width", "0.8", "opacity", "0.35");
        }
        groups(results).forEach((name, some) -> {
            String colour = colour(some.getFirst().program().group());
            line(svg, some, BenchResult.OURS, name, "stroke", colour, "stroke-width", "3");
            line(svg, some, BenchResult.HOST, "host, " + name, "stroke", colour, "stroke-width", "2",
                    "stroke-dasharray", "5 4");
        });
        return svg.end();
    }

    private static String colour(TimedProgram.Group group) {
        return switch (group) {
            case PROGRAMS -> "#3a7bd5";
            case KERNELS -> "#d5703a";
            case OPERATIONS -> "#2f7f4f";
            case HARTS -> "#8a4fbf";
        };
    }

    /// @param name  written at its end, or null
    /// @param style attributes, of which the first is the colour
    private static void line(Svg svg, List<ColdResult> results, String contender, String name, String... style) {
        OptionalDouble[] ratios = ratios(results, contender, BenchResult.QEMU);
        if (Arrays.stream(ratios).allMatch(OptionalDouble::isEmpty)) {
            return;
        }
        double[] xs = IntStream.range(0, ratios.length).mapToDouble(ColdReport::x).toArray();
        double[] ys = Arrays.stream(ratios)
                .mapToDouble(ratio -> ratio.isPresent() ? y(ratio.getAsDouble()) : Double.NaN).toArray();
        svg.polyline(xs, ys, Stream.concat(Stream.of("fill", "none"), Stream.of(style)).toArray(String[]::new));
        if (name != null) {
            OptionalDouble last = last(ratios);
            svg.text(WIDTH - RIGHT + 8, y(last.orElseThrow()) + 4, "start", name + " " + BenchReport.times(last),
                    "fill", style[1]);
        }
    }

    private static double x(int checkpoint) {
        return LEFT + (WIDTH - RIGHT - LEFT) * checkpoint / (double) (TimedProgram.CHECKPOINTS.length - 1);
    }

    private static double y(double ratio) {
        return HEIGHT - BOTTOM - SCALE.share(ratio) * (HEIGHT - BOTTOM - TOP);
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f s" : "%.2f s", value);
    }
}
