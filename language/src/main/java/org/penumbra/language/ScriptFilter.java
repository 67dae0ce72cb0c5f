// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import java.util.LinkedHashMap;
import java.util.Map;
import org.penumbra.monitor.EventKind;
import org.penumbra.monitor.Watch;

/// Which events of a kind a script wants: those whose fields are what it says. For `exec`, `load` and `store` it names
/// the address, or a range by `address` and `size`.
final class ScriptFilter {
    static final ScriptFilter ALL = new ScriptFilter(Map.of(), null, 0);

    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();

    private final Map<String, Object> fields;
    private final Long address;
    private final long size;

    private ScriptFilter(Map<String, Object> fields, Long address, long size) {
        this.fields = fields;
        this.address = address;
        this.size = size;
    }

    /// The events at a range of addresses.
    static ScriptFilter at(long address, long size) {
        return new ScriptFilter(Map.of(), address, size);
    }

    /// @param value   an object of fields, or for kinds that want one an address or symbol; null for all
    /// @param symbols addresses by name
    static ScriptFilter of(EventKind kind, Object value, ValueMap symbols) {
        boolean placed = kind == EventKind.EXEC || kind == EventKind.LOAD || kind == EventKind.STORE;
        try {
            if (value == null || INTEROP.isNull(value)) {
                if (placed) {
                    throw new RiscvException(kind.key() + " wants an address, a symbol or {address, size}",
                            RiscvException.USAGE);
                }
                return ALL;
            }
            if (placed && (INTEROP.isNumber(value) || INTEROP.isString(value))) {
                return new ScriptFilter(Map.of(), Until.addressOf(value, symbols), kind == EventKind.EXEC ? 1 : 8);
            }
            Map<String, Object> fields = new LinkedHashMap<>(ScriptOptions.entries(value));
            Long address = null;
            long size = 1;
            if (placed) {
                Object place = fields.remove("address");
                if (place == null) {
                    throw new RiscvException(kind.key() + " wants an address, a symbol or {address, size}",
                            RiscvException.USAGE);
                }
                address = Until.addressOf(place, symbols);
                Object length = fields.remove("size");
                size = length == null ? kind == EventKind.EXEC ? 1 : 8 : Arguments.number(length, 1, Long.MAX_VALUE);
            }
            check(kind, fields);
            return new ScriptFilter(fields, address, size);
        } catch (InteropException e) {
            throw new RiscvException("the filter of " + kind.key() + ": " + e.getMessage(), RiscvException.USAGE);
        }
    }

    /// Refuses what no event of the kind can match.
    private static void check(EventKind kind, Map<String, Object> fields) {
        ValueMap example = Hooks.example(kind);
        fields.forEach((name, value) -> {
            if (!example.names().contains(name)) {
                throw new RiscvException("an event of " + kind.key() + " has no '" + name + "'; it has "
                        + String.join(", ", example.names()), RiscvException.USAGE);
            }
            String text = Arguments.textOrNull(value);
            if (example.get(name) instanceof Number ? text != null : text == null) {
                throw new RiscvException("'" + name + "' of an event of " + kind.key() + " is a "
                        + (text == null ? "text" : "number, not '" + text + "'"), RiscvException.USAGE);
            }
            if (text != null && !name.equals("kind") && !kind.details().contains(text)) {
                throw new RiscvException("'" + name + "' of an event of " + kind.key() + " is never '" + text
                        + "'; it is one of " + String.join(", ", kind.details()), RiscvException.USAGE);
            }
        });
    }

    void addTo(Watch watch) {
        watch.add(address, size);
    }

    boolean matches(Hooks.Event event) {
        if (address != null) {
            long length = event.kind() == EventKind.EXEC ? 1 : Math.max(1, event.detail());
            if (Long.compareUnsigned(event.first(), address + size - 1) > 0
                    || Long.compareUnsigned(address, event.first() + length - 1) > 0) {
                return false;
            }
        }
        if (fields.isEmpty()) {
            return true;
        }
        ValueMap object = event.object();
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            if (!same(object.get(field.getKey()), field.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(Object found, Object wanted) {
        String text = Arguments.textOrNull(wanted);
        if (text != null) {
            return text.equals(found);
        }
        try {
            return found instanceof Number number && number.longValue() == Arguments.number(wanted);
        } catch (InteropException e) {
            return false;
        }
    }
}
