// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.penumbra.hart.Hart;
import org.penumbra.machine.image.SymbolTable;
import org.penumbra.memory.GuestMemory;

/// Which instructions a machine's harts have come to, by virtual address; address spaces are not told apart. `count` is
/// their number, `covers(address)` says whether one of them begins there, `table()` gives the functions in the order of
/// their addresses, those of the image also where nothing of them was executed, and `close()` ends it.
///
/// The guest is only interpreted meanwhile. Counts of the run are those of a run without.
final class Coverage extends MemberObject {
    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;
    private static final int COMPRESSED = 2;
    private static final int WHOLE = 4;

    private final ScriptMachine machine;
    private final Map<Long, Page> pages = new HashMap<>();
    private long lastAddress = 1; // no page's
    private Page last;
    private int count;

    /// By half word: where an instruction begins, and whether that has four bytes.
    private record Page(BitSet starts, BitSet whole) {
    }

    private static final class Function {
        private final SymbolTable.Symbol symbol;
        private int instructions;
        private int bytes;

        private Function(SymbolTable.Symbol symbol) {
            this.symbol = symbol;
        }

        private ValueMap row() {
            return new ValueMap().put("symbol", symbol.name()).put("address", symbol.value()).put("size", symbol.size())
                    .put("instructions", instructions)
                    .put("share", symbol.size() == 0 ? Nothing.INSTANCE : (Object) ((double) bytes / symbol.size()));
        }
    }

    Coverage(ScriptMachine machine) {
        this.machine = machine;
        property("count", () -> count);
        method("covers", (arguments, _) -> {
            Arguments.count(arguments, 1);
            return covers(Arguments.number(arguments[0]));
        });
        method("table", (arguments, _) -> table(arguments));
        method("close", (arguments, _) -> {
            Arguments.count(arguments, 0);
            machine.hooks.remove(this);
            return Nothing.INSTANCE;
        });
    }

    @Override
    String describe() {
        return "coverage of " + count + " instructions";
    }

    /// Takes down the instruction that a hart is about to execute.
    void add(Hart hart) {
        long address = hart.pc & PAGE_MASK;
        if (address != lastAddress) {
            last = pages.computeIfAbsent(address, _ -> new Page(new BitSet(), new BitSet()));
            lastAddress = address;
        }
        int index = index(hart.pc);
        if (!last.starts.get(index)) {
            last.starts.set(index);
            boolean whole = (new VirtualMemory(machine, hart).load(hart.pc, COMPRESSED) & 3) == 3;
            last.whole.set(index, whole);
            count++;
        }
    }

    private static int index(long address) {
        return (int) (address & ~PAGE_MASK) / COMPRESSED;
    }

    private boolean covers(long address) {
        Page page = pages.get(address & PAGE_MASK);
        return page != null && (address & 1) == 0 && page.starts.get(index(address));
    }

    private Object table(Object[] arguments) throws ArityException {
        Arguments.count(arguments, 0);
        Map<Long, Function> functions = new TreeMap<>(Long::compareUnsigned);
        for (SymbolTable.Symbol symbol : machine.run.machine().image().symbols().all()) {
            if (symbol.kind() == SymbolTable.Kind.FUNCTION) {
                functions.putIfAbsent(symbol.value(), new Function(symbol));
            }
        }
        pages.forEach((address, page) -> page.starts.stream().forEach(index -> {
            SymbolTable.Symbol symbol = machine.symbolAt(address + (long) COMPRESSED * index);
            if (symbol != null) {
                Function function = functions.computeIfAbsent(symbol.value(), _ -> new Function(symbol));
                function.instructions++;
                function.bytes += page.whole.get(index) ? WHOLE : COMPRESSED;
            }
        }));
        List<Object> rows = new ArrayList<>();
        functions.values().forEach(function -> rows.add(function.row()));
        return new ValueList(rows.toArray());
    }
}
