// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.penumbra.format.Svg;

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
        Svg svg = Svg.picture(WIDTH, HEIGHT + 20 * groups.size(), "sans-serif", 12);
        svg.line(LEFT, 10, LEFT, HEIGHT - BOTTOM, "stroke", "#888")
                .line(LEFT, HEIGHT - BOTTOM, WIDTH - 10, HEIGHT - BOTTOM, "stroke", "#888")
                .text(LEFT - 6, 16, "end", Integer.toString(most))
                .text(LEFT - 6, HEIGHT - BOTTOM, "end", "0")
                .text(LEFT, HEIGHT - BOTTOM + 16, "start", Long.toString(first))
                .text(WIDTH - 10, HEIGHT - BOTTOM + 16, "end", last + " instructions");
        int index = 0;
        for (Map.Entry<String, Group> group : groups.entrySet()) {
            String colour = COLOURS[index % COLOURS.length];
            line(svg, group.getValue(), colour, first, last, most);
            int y = HEIGHT + 20 * index++;
            svg.rectangle(LEFT, y - 9, 10, 10, "fill", colour)
                    .text(LEFT + 16, y, "start", group.getKey() + ": " + group.getValue().rows.size());
        }
        return svg.end();
    }

    /// Draws the number of events so far, at some points.
    private static void line(Svg svg, Group group, String colour, long first, long last, int most) {
        double[] xs = new double[STEPS + 1];
        double[] ys = new double[STEPS + 1];
        int row = 0;
        for (int step = 0; step <= STEPS; step++) {
            long until = first + (long) ((double) (last - first) * step / STEPS);
            while (row < group.rows.size() && instruction(group.rows.get(row)) <= until) {
                row++;
            }
            xs[step] = LEFT + (double) (WIDTH - 10 - LEFT) * step / STEPS;
            ys[step] = HEIGHT - BOTTOM - (double) (HEIGHT - BOTTOM - 10) * row / most;
        }
        svg.polyline(xs, ys, "fill", "none", "stroke", colour, "stroke-width", "1.5");
    }
}
