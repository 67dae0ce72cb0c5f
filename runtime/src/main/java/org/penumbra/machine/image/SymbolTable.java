// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The symbols of an image in the order of their addresses.
public final class SymbolTable {
    static final SymbolTable EMPTY = new SymbolTable(List.of());
    /// How far a lookup goes back, past labels and inner functions, to find a symbol that encloses the address.
    private static final int LOOK_BACK = 64;

    /// The kind of a symbol.
    public enum Kind { LABEL, OBJECT, FUNCTION }

    /// @param value the address, virtual as linked
    /// @param size in bytes, 0 if unknown
    public record Symbol(String name, long value, long size, Kind kind) {
        boolean encloses(long address) {
            return address - value >= 0 && address - value < size;
        }
    }

    private final List<Symbol> symbols;
    private final Map<String, Symbol> byName;

    /// @param unsorted symbols in any order
    public SymbolTable(List<Symbol> unsorted) {
        var sorted = new ArrayList<>(unsorted);
        // At equal addresses the most informative symbol is last: functions after labels, larger after smaller.
        sorted.sort((a, b) -> {
            int order = Long.compareUnsigned(a.value, b.value);
            return order != 0 ? order : Comparator.comparing(Symbol::kind)
                    .thenComparing(Symbol::size, Long::compareUnsigned)
                    .thenComparing(Symbol::name, Comparator.reverseOrder()).compare(a, b);
        });
        symbols = List.copyOf(sorted);
        byName = HashMap.newHashMap(symbols.size());
        symbols.forEach(symbol -> byName.put(symbol.name, symbol));
    }

    /// All symbols, ascending by address.
    public List<Symbol> all() {
        return symbols;
    }

    /// The symbol with a name, or null.
    public Symbol named(String name) {
        return byName.get(name);
    }

    /// The innermost symbol whose range has the address, else the nearest one of unknown size before it, else null.
    public Symbol at(long address) {
        int low = 0;
        int high = symbols.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(symbols.get(middle).value, address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Symbol unsized = null;
        for (int i = low - 1; i >= 0 && i >= low - LOOK_BACK; i--) {
            Symbol symbol = symbols.get(i);
            if (symbol.encloses(address)) {
                return symbol;
            }
            if (unsized == null && symbol.size == 0) {
                unsized = symbol;
            }
        }
        return unsized;
    }
}
