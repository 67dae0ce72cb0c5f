// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.List;
import java.util.Locale;

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
        StringBuilder svg = open(height);
        for (double tick = 0; tick <= most; tick += step) {
            double x = BAR_LEFT + tick * scale;
            svg.append(line("grid", x, 0, x, height - 20))
                    .append(text("tick", x, height - 6, "middle", shortNumber(tick)));
        }
        for (int bar = 0; bar < labels.size(); bar++) {
            double y = bar * BAR_STEP + 3;
            svg.append(text("label", BAR_LEFT - 6, y + 12.5, "end", labels.get(bar)));
            double x = BAR_LEFT;
            for (int part = 0; part < series.size(); part++) {
                double length = values[bar][part] * scale;
                if (length > 0) {
                    svg.append(String.format(Locale.ROOT,
                            "<rect class=\"s%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"16\"><title>%s: %s "
                                    + "%s</title></rect>",
                            part, x, y, length, escape(labels.get(bar)), escape(series.get(part)),
                            ComparisonTable.number(values[bar][part])));
                }
                x += length;
            }
            svg.append(text("value", x + 5, y + 12.5, "start", ComparisonTable.number(sum(values[bar]))));
        }
        return svg.append("</svg>").toString();
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
        StringBuilder svg = open(LINE_HEIGHT);
        double last = Double.MAX_VALUE;
        for (double tick : SLOW_DOWNS) {
            double y = y(Math.log(tick) / top);
            if (tick <= most && last - y > 16) {
                last = y;
                svg.append(line("grid", LINE_LEFT, y, WIDTH - LINE_RIGHT, y))
                        .append(text("tick", LINE_LEFT - 5, y + 4, "end", trimmed(tick) + "×"));
            }
        }
        double end = xs[xs.length - 1];
        for (double tick = 0; tick <= end; tick += niceStep(end / 4)) {
            // Otherwise the last one would be cut off at the edge.
            String anchor = tick + niceStep(end / 4) > end ? "end" : "middle";
            svg.append(text("tick", x(tick / end), LINE_HEIGHT - LINE_BOTTOM + 15, anchor, trimmed(tick)));
        }
        for (Line line : lines) {
            double[] heights = new double[xs.length];
            double[] places = new double[xs.length];
            for (int i = 0; i < xs.length; i++) {
                places[i] = xs[i] / end;
                heights[i] = Math.log(Math.max(1, line.values[i])) / top;
            }
            svg.append(polyline(line, places, heights, false));
        }
        return svg.append(axis(caption)).append("</svg>").toString();
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
        StringBuilder svg = open(LINE_HEIGHT);
        for (double tick = 0; tick <= most * 1.0001; tick += step) {
            double y = y(tick / most);
            svg.append(line("grid", LINE_LEFT, y, WIDTH - LINE_RIGHT, y))
                    .append(text("tick", LINE_LEFT - 5, y + 4, "end", share ? Math.round(tick * 100) + " %"
                            : shortNumber(tick)));
        }
        double[] at = new double[places.size()];
        for (int i = 0; i < at.length; i++) {
            at[i] = at.length == 1 ? 0.5 : 0.04 + 0.92 * i / (at.length - 1);
            svg.append(text("tick", x(at[i]), LINE_HEIGHT - LINE_BOTTOM + 15, "middle", places.get(i)));
        }
        for (Line line : lines) {
            double[] heights = new double[at.length];
            for (int i = 0; i < at.length; i++) {
                heights[i] = line.values[i] / most;
            }
            svg.append(polyline(line, at, heights, true));
        }
        return svg.append(axis(caption)).append("</svg>").toString();
    }

    private static String polyline(Line line, double[] places, double[] heights, boolean marks) {
        StringBuilder points = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (int i = 0; i < places.length; i++) {
            if (Double.isNaN(heights[i])) {
                continue;
            }
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(places[i]), y(heights[i])));
            if (marks) {
                dots.append(String.format(Locale.ROOT, "<circle class=\"s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>",
                        line.style,
                        x(places[i]), y(heights[i])));
            }
        }
        return "<g><title>" + escape(line.name) + "</title><polyline class=\"l" + line.style
                + (line.dashed ? " dashed" : "")
                + "\" points=\"" + points.toString().strip() + "\"/>" + dots + "</g>";
    }

    private static String axis(String caption) {
        double y = y(0);
        return line("axis", LINE_LEFT, y, WIDTH - LINE_RIGHT, y)
                + text("tick", (LINE_LEFT + WIDTH - LINE_RIGHT) / 2.0, LINE_HEIGHT - 5, "middle", caption);
    }

    private static double x(double share) {
        return LINE_LEFT + share * (WIDTH - LINE_LEFT - LINE_RIGHT);
    }

    private static double y(double share) {
        return LINE_HEIGHT - LINE_BOTTOM - share * (LINE_HEIGHT - LINE_BOTTOM - LINE_TOP);
    }

    private static StringBuilder open(int height) {
        return new StringBuilder(String.format("<svg viewBox=\"0 0 %d %d\" role=\"img\">", WIDTH, height));
    }

    private static String line(String style, double x1, double y1, double x2, double y2) {
        return String.format(Locale.ROOT, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", style,
                x1, y1, x2, y2);
    }

    private static String text(String style, double x, double y, String anchor, String text) {
        return String.format(Locale.ROOT, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                style, x, y, anchor,
                escape(text));
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

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
