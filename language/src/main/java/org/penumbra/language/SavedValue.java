// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;

/// A script's value in a snapshot: nothing, a boolean, a number, a text, or an array or dictionary of such.
final class SavedValue {
    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();
    private static final int NOTHING = 0;
    private static final int BOOLEAN = 1;
    private static final int NUMBER = 2;
    private static final int DOUBLE = 3;
    private static final int TEXT = 4;
    private static final int ARRAY = 5;
    private static final int MAP = 6;
    private static final int MOST = 1 << 24;

    private SavedValue() {
    }

    /// @throws InteropException for anything else
    static void write(State state, Object value) throws InteropException {
        String text = Arguments.textOrNull(value);
        if (INTEROP.isNull(value)) {
            state.number(NOTHING);
        } else if (INTEROP.isBoolean(value)) {
            state.number(BOOLEAN);
            state.flag(INTEROP.asBoolean(value));
        } else if (text != null) {
            state.number(TEXT);
            state.block(text.getBytes(StandardCharsets.UTF_8));
        } else if (INTEROP.isNumber(value) && INTEROP.fitsInLong(value)) {
            state.number(NUMBER);
            state.number(INTEROP.asLong(value));
        } else if (INTEROP.isNumber(value) && INTEROP.fitsInDouble(value)) {
            state.number(DOUBLE);
            state.number(Double.doubleToRawLongBits(INTEROP.asDouble(value)));
        } else if (INTEROP.hasArrayElements(value)) {
            state.number(ARRAY);
            state.number(INTEROP.getArraySize(value));
            for (long i = 0; i < INTEROP.getArraySize(value); i++) {
                write(state, INTEROP.readArrayElement(value, i));
            }
        } else if (INTEROP.hasHashEntries(value) || INTEROP.hasMembers(value) && !INTEROP.isExecutable(value)) {
            Map<String, Object> entries = ScriptOptions.named(value);
            state.number(MAP);
            state.number((long) entries.size());
            for (Map.Entry<String, Object> entry : entries.entrySet()) {
                state.block(entry.getKey().getBytes(StandardCharsets.UTF_8));
                write(state, entry.getValue());
            }
        } else {
            throw UnsupportedTypeException.create(new Object[] {value});
        }
    }

    static Object read(State state) {
        return switch (state.number(0)) {
            case NOTHING -> Nothing.INSTANCE;
            case BOOLEAN -> state.flag(false);
            case NUMBER -> state.number(0L);
            case DOUBLE -> Double.longBitsToDouble(state.number(0L));
            case TEXT -> new String(state.block(null), StandardCharsets.UTF_8);
            case ARRAY -> {
                Object[] all = new Object[count(state)];
                for (int i = 0; i < all.length; i++) {
                    all[i] = read(state);
                }
                yield new ValueList(all);
            }
            case MAP -> {
                var map = new ValueMap();
                for (int left = count(state); left > 0; left--) {
                    map.put(new String(state.block(null), StandardCharsets.UTF_8), read(state));
                }
                yield map;
            }
            default -> throw new StateException("it is damaged");
        };
    }

    private static int count(State state) {
        long count = state.number(0L);
        if (count < 0 || count > MOST) {
            throw new StateException("it is damaged");
        }
        return (int) count;
    }
}
