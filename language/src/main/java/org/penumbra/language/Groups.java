// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Recorded events by the values of a column: `counts`, `sum(column)`, and `svg(file)` or `plot('time').svg(file)`, a
/// picture of how many there were over the instructions of the guest, a line for each value.
final class Groups extends MemberObject {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 320;
    private static final int LEFT = 70;
    private static final int BOTTOM = 40;
    private static final int STEPS = 200;
    private static final String[] COLOURS = {"#1b6ca8", "#c8553d", "#2f7f4f", "#8a5fb0", "#b8860b", "#4a4a4a",
            "#d1478b", "#00808a"};

    private final String column;
    private final Map<String, Group> groups;

    /// The rows of one value.
    static final class Group {
        private final List<ValueMap> rows = new ArrayList<>();

        void add(ValueMap row) {
            rows.add(row);
        }
    }

    Groups(String column, Map<String, Group> groups, MachineFactory factory) {
        this.column = column;
        this.groups = groups;
        property("counts", this::counts);
        method("sum", (arguments, _) -> sum(arguments));
        method("svg", (arguments, _) -> {
            Arguments.count(arguments, 0, 1);
            return factory.text(svg(), arguments);
        });
        method("plot", (arguments, _) -> {
            Arguments.count(arguments, 0, 1);
            if (arguments.length == 1 && !Arguments.text(arguments[0]).equals("time")) {
                throw new RiscvException("events are plotted over 'time', the instructions of the guest",
                        RiscvException.USAGE);
            }
            return this;
        });
    }

    @Override
    String describe() {
        return "events by " + column;
    }

    private ValueMap counts() {
        var result = new ValueMap();
        groups.forEach((name, group) -> result.put(name, group.rows.size()));
        return result;
    }

    private Object sum(Object[] arguments) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        String summed = Arguments.text(arguments[0]);
        var result = new ValueMap();
        for (Map.Entry<String, Group> group : groups.entrySet()) {
            long sum = 0;
            for (ValueMap row : group.getValue().rows) {
                if (!(row.get(summed) instanceof Number number)) {
                    throw new RiscvException("'" + summed + "' of these events is no number", RiscvException.USAGE);
                }
                sum += number.longValue();
            }
            result.put(group.getKey(), sum);
        }
        return result;
    }

    private static long instruction(ValueMap row) {
        return ((Number) row.get("instruction")).longValue();
    }

    private String svg() {
        long first = Long.MAX_VALUE;
        long last = 1;
        int most = 1;
        for (Group group : groups.values()) {
            first = Math.min(first, instruction(group.rows.getFirst()));
            last = Math.max(last, instruction(group.rows.getLast()));
            most = Math.max(most, group.rows.size());
        }
        first = Math.min(first, last - 1);
        var text = new StringBuilder(String.format(Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                + "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" "
                + "fill=\"white\"/>\n",
                WIDTH, HEIGHT + 20 * groups.size()));
        text.append(String.format(Locale.ROOT, "<path d=\"M%d 10V%dH%d\" fill=\"none\" stroke=\"#888\"/>\n", LEFT,
                HEIGHT - BOTTOM,
                WIDTH - 10));
        text.append(label(LEFT - 6, 16, "end", Integer.toString(most)))
                .append(label(LEFT - 6, HEIGHT - BOTTOM, "end", "0"))
                .append(label(LEFT, HEIGHT - BOTTOM + 16, "start", Long.toString(first)))
                .append(label(WIDTH - 10, HEIGHT - BOTTOM + 16, "end", last + " instructions"));
        int index = 0;
        for (Map.Entry<String, Group> group : groups.entrySet()) {
            String colour = COLOURS[index % COLOURS.length];
            text.append("<path fill=\"none\" stroke=\"").append(colour).append("\" stroke-width=\"1.5\" d=\"")
                    .append(line(group.getValue(), first, last, most)).append("\"/>\n");
            int y = HEIGHT + 20 * index++;
            text.append(String.format(Locale.ROOT, "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>\n",
                    LEFT, y - 9, colour))
                    .append(label(LEFT + 16, y, "start", group.getKey() + ": " + group.getValue().rows.size()));
        }
        return text.append("</svg>\n").toString();
    }

    private static String label(int x, int y, String anchor, String text) {
        return String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
                text.replace("&", "&amp;").replace("<", "&lt;"));
    }

    /// The number of events so far, at some points.
    private static String line(Group group, long first, long last, int most) {
        var path = new StringBuilder();
        int row = 0;
        for (int step = 0; step <= STEPS; step++) {
            long until = first + (long) ((double) (last - first) * step / STEPS);
            while (row < group.rows.size() && instruction(group.rows.get(row)) <= until) {
                row++;
            }
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", step == 0 ? "M" : "L",
                    LEFT + (double) (WIDTH - 10 - LEFT) * step / STEPS,
                    HEIGHT - BOTTOM - (double) (HEIGHT - BOTTOM - 10) * row / most));
        }
        return path.toString();
    }
}
