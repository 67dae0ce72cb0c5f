// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.List;
import org.penumbra.machine.Machine;
import org.penumbra.machine.image.SymbolTable;

/// The commands that a debugger's user gives us by `monitor`.
final class MonitorCommands {
    private static final String HELP = """
            stats           what has been counted
            exits           VM exits and fast-path entries by cause
            model           the translation model
            walk ADDRESS    page-table entries on the way to a virtual address
            where ADDRESS   the symbol there
            snapshot FILE   write a snapshot
            help            this list
            """;

    private final MachineObject object;
    private final TableWalk walk;

    /// @param walk of the hart that the debugger looks at
    MonitorCommands(MachineObject object, TableWalk walk) {
        this.object = object;
        this.walk = walk;
    }

    String answer(String line) {
        String[] words = line.split("\\s+", 2);
        String argument = words.length > 1 ? words[1] : "";
        try {
            return switch (words[0]) {
                case "stats" -> statistics();
                case "exits" -> exits();
                case "model" -> machine().config().model();
                case "walk" -> walk(AddressText.parse(argument, object.symbols()));
                case "where" -> where(AddressText.parse(argument, object.symbols()));
                case "snapshot" -> snapshot(argument);
                case "help" -> HELP;
                default -> "there is no '" + words[0] + "' here; monitor help lists what there is";
            };
        } catch (RiscvException e) {
            return e.getMessage();
        }
    }

    private Machine machine() {
        return object.run.machine();
    }

    private String statistics() {
        ValueMap all = object.run.statistics();
        var text = new StringBuilder();
        for (String name : List.of("model", "instructions", "memoryVirtualisationExits")) {
            text.append(name).append(' ').append(all.get(name)).append('\n');
        }
        groups(text, all, "walkReferences", "tlb", "synchronisation", "shadow");
        return text.toString();
    }

    private String exits() {
        var text = new StringBuilder();
        groups(text, object.run.statistics(), "hypervisorExits", "fastPathEntries");
        return text.isEmpty() ? "none" : text.toString();
    }

    private static void groups(StringBuilder text, ValueMap all, String... names) {
        for (String name : names) {
            if (all.get(name) instanceof ValueMap map) {
                numbers(text, name + ".", map);
            }
        }
    }

    private static void numbers(StringBuilder text, String prefix, ValueMap map) {
        for (String name : map.names()) {
            if (map.get(name) instanceof Number number && number.longValue() != 0) {
                text.append(prefix).append(name).append(' ').append(number).append('\n');
            }
        }
    }

    private String walk(long address) {
        List<TableWalk.Step> steps = walk.steps(address);
        var text = new StringBuilder();
        for (TableWalk.Step step : steps) {
            text.append(walk.line(step, address)).append('\n');
        }
        long gpa = walk.translate(address);
        return text.append(gpa == -1 ? "not mapped" : "physical 0x" + Long.toHexString(gpa)).toString();
    }

    private String where(long address) {
        SymbolTable.Symbol symbol = object.symbolAt(address);
        return symbol == null ? "no symbol" : symbol.name() + "+0x" + Long.toHexString(address - symbol.value());
    }

    private String snapshot(String file) {
        if (file.isEmpty()) {
            return "snapshot wants the name of a file";
        }
        return file + " written (" + object.factory.save(object.run.snapshot(), file) + " bytes)";
    }
}
