// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.penumbra.monitor.EventKind;

/// Records events as rows without stopping the machine or calling the script. `count` is their number, `table()` the
/// rows, `csv(file)` the same as text, written to a file if one is named, `arrow(file)` the same as an [ArrowFile],
/// `groupBy(column)` counts and sums by a column's values, `clear()` and `close()` end it.
final class Recorder extends MemberObject {
    /// More than this many rows are counted, not kept.
    private static final int MOST = 1 << 24;

    private final MachineFactory factory;
    private final Set<EventKind> kinds;
    private byte[] kind = new byte[1024];
    private byte[] hart = new byte[1024];
    private int[] detail = new int[1024];
    private long[] numbers = new long[4096];
    private int rows;
    private long lost;

    Recorder(Hooks hooks, Set<EventKind> kinds, MachineFactory factory) {
        this.factory = factory;
        this.kinds = Set.copyOf(kinds);
        property("count", () -> rows);
        property("lost", () -> lost);
        method("table", (arguments, _) -> {
            Arguments.count(arguments, 0);
            return new ValueList(objects());
        });
        method("csv", (arguments, _) -> csv(arguments));
        method("arrow", (arguments, _) -> {
            Arguments.count(arguments, 1);
            factory.write(Arguments.text(arguments[0]), out -> ArrowFile.write(out, columns(), rows, this::row));
            return Nothing.INSTANCE;
        });
        method("groupBy", (arguments, _) -> groupBy(arguments));
        method("clear", (arguments, _) -> {
            Arguments.count(arguments, 0);
            rows = 0;
            lost = 0;
            return Nothing.INSTANCE;
        });
        method("close", (arguments, _) -> {
            Arguments.count(arguments, 0);
            hooks.remove(this);
            return Nothing.INSTANCE;
        });
    }

    @Override
    String describe() {
        return "record of " + rows + " events";
    }

    Set<EventKind> kinds() {
        return kinds;
    }

    void add(Hooks.Event event) {
        if (!kinds.contains(event.kind())) {
            return;
        }
        if (rows == MOST) {
            lost++;
            return;
        }
        if (rows == kind.length) {
            kind = Arrays.copyOf(kind, 2 * rows);
            hart = Arrays.copyOf(hart, 2 * rows);
            detail = Arrays.copyOf(detail, 2 * rows);
            numbers = Arrays.copyOf(numbers, 8 * rows);
        }
        kind[rows] = (byte) event.kind().ordinal();
        hart[rows] = (byte) event.hart();
        detail[rows] = event.detail();
        int at = 4 * rows++;
        numbers[at] = event.instruction();
        numbers[at + 1] = event.pc();
        numbers[at + 2] = event.first();
        numbers[at + 3] = event.second();
    }

    private ValueMap row(int row) {
        int at = 4 * row;
        return new Hooks.Event(EventKind.values()[kind[row]], hart[row], numbers[at], 0, numbers[at + 1], detail[row],
                numbers[at + 2], numbers[at + 3]).object();
    }

    private Object[] objects() {
        Object[] all = new Object[rows];
        Arrays.setAll(all, this::row);
        return all;
    }

    /// All columns of a row; those of other kinds of events are empty.
    private Object csv(Object[] arguments) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 0, 1);
        var columns = new LinkedHashSet<String>();
        for (int i = 0; i < rows; i++) {
            columns.addAll(row(i).names());
        }
        var text = new StringBuilder(String.join(",", columns)).append('\n');
        for (int i = 0; i < rows; i++) {
            ValueMap row = row(i);
            String separator = "";
            for (String column : columns) {
                Object value = row.get(column);
                text.append(separator).append(value == null ? "" : value);
                separator = ",";
            }
            text.append('\n');
        }
        return factory.text(text.toString(), arguments);
    }

    /// The columns of all kinds that are recorded, whether there are rows of them or not. A column that is a text for
    /// one kind is one for all.
    private List<ArrowFile.Column> columns() {
        var texts = new LinkedHashMap<String, Boolean>();
        for (EventKind each : EventKind.values()) {
            if (kinds.contains(each)) {
                ValueMap example = Hooks.example(each);
                example.names().forEach(name -> texts.merge(name, example.get(name) instanceof String,
                        Boolean::logicalOr));
            }
        }
        return texts.entrySet().stream().map(entry -> new ArrowFile.Column(entry.getKey(), entry.getValue()))
                .toList();
    }

    private Object groupBy(Object[] arguments) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        String column = Arguments.text(arguments[0]);
        Map<String, Groups.Group> groups = new LinkedHashMap<>();
        for (int i = 0; i < rows; i++) {
            ValueMap row = row(i);
            Object key = row.get(column);
            if (key == null && kinds.size() == 1) {
                throw new RiscvException("an event of " + kinds.iterator().next().key() + " has no '" + column + "'",
                        RiscvException.USAGE);
            }
            if (key != null) {
                groups.computeIfAbsent(key.toString(), unused -> new Groups.Group()).add(row);
            }
        }
        return new Groups(column, groups, factory);
    }
}
