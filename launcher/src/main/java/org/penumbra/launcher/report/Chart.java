// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.penumbra.format.Svg;

/// Small SVG charts for a web page. Colours are the page's CSS: classes `s0`, `s1`… for series, `grid` and `axis`.
final class Chart {

    private static final int WIDTH = 440;
    private static final int BAR_LEFT = 84;
    private static final int BAR_RIGHT = 64;
    private static final int BAR_STEP = 22;
    private static final int LINE_HEIGHT = 230;
    private static final int LINE_LEFT = 46;
    private static final int LINE_RIGHT = 12;
    private static final int LINE_TOP = 12;
    private static final int LINE_BOTTOM = 36;
    private static final double[] NICE = {1, 2, 2.5, 5, 10};
    private static final double[] SLOW_DOWNS = {1, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000};

    private Chart() {
    }

    /// One line of a chart.
    ///
    /// @param name   for the tooltip
    /// @param style  number of the CSS class
    /// @param dashed for the second reading of `tsp`
    record Line(String name, int style, boolean dashed, double[] values) {
    }

    /// Horizontal bars, each a stack.
    ///
    /// @param labels of the bars
    /// @param series names of a stack's parts
    /// @param values by bar and part, not negative
    static String bars(List<String> labels, List<String> series, long[][] values) {
        long most = 1;
        for (long[] bar : values) {
            most = Math.max(most, sum(bar));
        }
        double step = Math.max(1, niceStep(most / 4.0));
        int height = labels.size() * BAR_STEP + 24;
        double scale = (WIDTH - BAR_LEFT - BAR_RIGHT) / (double) most;
        Svg svg = Svg.inline(WIDTH, height);
        for (double tick = 0; tick <= most; tick += step) {
            double x = BAR_LEFT + tick * scale;
            svg.line(x, 0, x, height - 20, "class", "grid")
                    .text(x, height - 6, "middle", shortNumber(tick), "class", "tick");
        }
        for (int bar = 0; bar < labels.size(); bar++) {
            double y = bar * BAR_STEP + 3;
            svg.text(BAR_LEFT - 6, y + 12.5, "end", labels.get(bar), "class", "label");
            double x = BAR_LEFT;
            for (int part = 0; part < series.size(); part++) {
                double length = values[bar][part] * scale;
                if (length > 0) {
                    double left = x;
                    String style = "s" + part;
                    String number = ComparisonTable.number(values[bar][part]);
                    svg.titled(labels.get(bar) + ": " + series.get(part) + " " + number,
                            piece -> piece.rectangle(left, y, length, 16, "class", style));
                }
                x += length;
            }
            svg.text(x + 5, y + 12.5, "start", ComparisonTable.number(sum(values[bar])), "class", "value");
        }
        return svg.end();
    }

    /// Lines over numbers, slow-downs (1 and more) on a logarithmic scale.
    static String slowDowns(double[] xs, List<Line> lines, String caption) {
        double most = 1.1;
        for (Line line : lines) {
            for (double value : line.values) {
                most = Math.max(most, value);
            }
        }
        double top = Math.log(most * 1.03);
        Svg svg = Svg.inline(WIDTH, LINE_HEIGHT);
        double last = Double.MAX_VALUE;
        for (double tick : SLOW_DOWNS) {
            double y = y(Math.log(tick) / top);
            if (tick <= most && last - y > 16) {
                last = y;
                level(svg, y, trimmed(tick) + "×");
            }
        }
        double end = xs[xs.length - 1];
        for (double tick = 0; tick <= end; tick += niceStep(end / 4)) {
            // Otherwise the last one would be cut off at the edge.
            String anchor = tick + niceStep(end / 4) > end ? "end" : "middle";
            svg.text(x(tick / end), LINE_HEIGHT - LINE_BOTTOM + 15, anchor, trimmed(tick), "class", "tick");
        }
        for (Line line : lines) {
            double[] heights = new double[xs.length];
            double[] places = new double[xs.length];
            for (int i = 0; i < xs.length; i++) {
                places[i] = xs[i] / end;
                heights[i] = Math.log(Math.max(1, line.values[i])) / top;
            }
            polyline(svg, line, places, heights, false);
        }
        return axis(svg, caption).end();
    }

    /// Lines over values that are placed at equal distances, whatever they are.
    ///
    /// @param share whether values are shares of 1 rather than numbers
    static String steps(List<String> places, List<Line> lines, boolean share, String caption) {
        double most = share ? 1 : 1e-9;
        for (Line line : lines) {
            for (double value : line.values) {
                most = Math.max(most, Double.isNaN(value) ? 0 : value);
            }
        }
        double step = share ? 0.25 : niceStep(most / 4);
        Svg svg = Svg.inline(WIDTH, LINE_HEIGHT);
        for (double tick = 0; tick <= most * 1.0001; tick += step) {
            level(svg, y(tick / most), share ? Math.round(tick * 100) + " %" : shortNumber(tick));
        }
        double[] at = new double[places.size()];
        for (int i = 0; i < at.length; i++) {
            at[i] = at.length == 1 ? 0.5 : 0.04 + 0.92 * i / (at.length - 1);
            svg.text(x(at[i]), LINE_HEIGHT - LINE_BOTTOM + 15, "middle", places.get(i), "class", "tick");
        }
        for (Line line : lines) {
            double[] heights = new double[at.length];
            for (int i = 0; i < at.length; i++) {
                heights[i] = line.values[i] / most;
            }
            polyline(svg, line, at, heights, true);
        }
        return axis(svg, caption).end();
    }

    /// A line that names the colours.
    ///
    /// @param names of all series, in the order of their CSS classes
    /// @param shown those that there are
    static String legend(List<String> names, Set<String> shown) {
        StringBuilder text = new StringBuilder("<p class=\"legend\">");
        for (int i = 0; i < names.size(); i++) {
            if (shown.contains(names.get(i))) {
                text.append("<span><svg viewBox=\"0 0 10 10\"><rect class=\"s").append(i)
                        .append("\" width=\"10\" height=\"10\"/></svg>").append(Svg.escape(names.get(i)))
                        .append("</span> ");
            }
        }
        return text.append("</p>\n").toString();
    }

    static String figure(String caption, String svg) {
        return "<figure><figcaption>" + Svg.escape(caption) + "</figcaption>" + svg + "</figure>\n";
    }

    private static void polyline(Svg svg, Line line, double[] places, double[] heights, boolean marks) {
        double[] xs = Arrays.stream(places).map(Chart::x).toArray();
        double[] ys = Arrays.stream(heights).map(Chart::y).toArray();
        svg.titled(line.name, pieces -> {
            pieces.polyline(xs, ys, "class", "l" + line.style + (line.dashed ? " dashed" : ""));
            for (int i = 0; marks && i < xs.length; i++) {
                if (!Double.isNaN(ys[i])) {
                    pieces.dot(xs[i], ys[i], "class", "s" + line.style);
                }
            }
        });
    }

    private static void level(Svg svg, double y, String tick) {
        svg.line(LINE_LEFT, y, WIDTH - LINE_RIGHT, y, "class", "grid")
                .text(LINE_LEFT - 5, y + 4, "end", tick, "class", "tick");
    }

    private static Svg axis(Svg svg, String caption) {
        double y = y(0);
        return svg.line(LINE_LEFT, y, WIDTH - LINE_RIGHT, y, "class", "axis")
                .text((LINE_LEFT + WIDTH - LINE_RIGHT) / 2.0, LINE_HEIGHT - 5, "middle", caption, "class", "tick");
    }

    private static double x(double share) {
        return LINE_LEFT + share * (WIDTH - LINE_LEFT - LINE_RIGHT);
    }

    private static double y(double share) {
        return LINE_HEIGHT - LINE_BOTTOM - share * (LINE_HEIGHT - LINE_BOTTOM - LINE_TOP);
    }

    private static double niceStep(double wanted) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(wanted, 1e-9))));
        for (double nice : NICE) {
            if (nice * power >= wanted) {
                return Math.max(nice * power, 1e-9);
            }
        }
        return 10 * power;
    }

    private static String shortNumber(double value) {
        return value >= 1e6 ? trimmed(value / 1e6) + " M" : value >= 1e3 ? trimmed(value / 1e3) + " k" : trimmed(value);
    }

    private static String trimmed(double value) {
        return value == Math.rint(value) ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.2f", value).replaceAll("0+$", "");
    }

    private static long sum(long[] values) {
        long sum = 0;
        for (long value : values) {
            sum += value;
        }
        return sum;
    }
}
