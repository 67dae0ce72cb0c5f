// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.penumbra.format.Svg;

/// A picture of weighted stacks: the outermost function at the bottom, each as wide as its share.
final class FlameGraph {
    private static final int WIDTH = 1200;
    private static final int ROW = 17;
    private static final int TOP = 30;
    private static final double NARROWEST = 0.3;
    private static final double LETTER = 6.6;

    private final Map<String, FlameGraph> inner = new TreeMap<>();
    private long weight;

    private FlameGraph() {
    }

    /// @param stacks weight by functions, outermost first, with semicolons between
    static String of(Map<String, Long> stacks, String title) {
        var root = new FlameGraph();
        stacks.forEach((stack, weight) -> root.add(stack.split(";"), 0, weight));
        int height = TOP + ROW * root.depth();
        Svg svg = Svg.picture(WIDTH, height, "monospace", 11).text(6, 18, "start", title, "font-size", "13");
        root.draw(svg, "all", 0, height - ROW, root.weight);
        return svg.end();
    }

    private void add(String[] stack, int from, long added) {
        weight += added;
        if (from < stack.length) {
            inner.computeIfAbsent(stack[from], _ -> new FlameGraph()).add(stack, from + 1, added);
        }
    }

    private int depth() {
        return 1 + inner.values().stream().mapToInt(FlameGraph::depth).max().orElse(0);
    }

    private void draw(Svg svg, String name, double x, int y, long all) {
        double width = (double) WIDTH * weight / Math.max(1, all);
        if (width < NARROWEST) {
            return;
        }
        String share = String.format(Locale.ROOT, "%.1f %%", 100.0 * weight / Math.max(1, all));
        int most = (int) (width / LETTER);
        svg.titled(name + ": " + share, pieces -> {
            pieces.rectangle(x, y, width, ROW, "fill", colour(name), "stroke", "white", "stroke-width", "0.5");
            if (most > 2) {
                pieces.text(x + 2, y + ROW - 5, "start",
                        name.length() <= most ? name : name.substring(0, most - 1) + "…");
            }
        });
        double at = x;
        for (Map.Entry<String, FlameGraph> entry : inner.entrySet()) {
            entry.getValue().draw(svg, entry.getKey(), at, y - ROW, all);
            at += (double) WIDTH * entry.getValue().weight / Math.max(1, all);
        }
    }

    /// Blue for exits, warm colours, the same for each name, for functions.
    private static String colour(String name) {
        int hash = name.hashCode() & 0xffff;
        return name.startsWith("[") ? "hsl(215,60%," + (60 + hash % 20) + "%)"
                : "hsl(" + (10 + hash % 45) + ",80%," + (62 + hash / 64 % 14) + "%)";
    }
}
