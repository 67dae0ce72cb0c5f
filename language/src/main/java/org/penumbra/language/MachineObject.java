// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import java.util.ArrayList;
import java.util.List;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.machine.Outcome;
import org.penumbra.machine.image.SymbolTable;

/// A machine with an image loaded, as the launcher and embedders see it.
///
/// `run()` runs it to its end and returns the guest's exit status. `step(n)` runs n instructions, or fewer if the run
/// ends before, and returns their number. `resize(columns, rows)`, on any thread, tells a Linux guest the size of its
/// terminal. `reset()` power-cycles it and reloads the image. `stop()`, on any thread, ends a run, which then returns
/// null; `close()` releases the machine. `harts` is the array of [HartObject]s, `memory` the [MemoryObject], `symbols`
/// the addresses by name, `statistics` the counts since power-on.
///
/// Only one thread at a time may use it: requests by another thread while it runs are refused, and so is running it
/// from a callback.
class MachineObject extends MemberObject {
    private static final int LARGEST_SIZE = 0xffff;

    final MachineRun run;
    private final List<Placed> tables = new ArrayList<>();
    private ValueMap symbols;

    /// Symbols that were moved when they were loaded.
    private record Placed(SymbolTable table, long base) {
    }

    MachineObject(MachineRun run) {
        this.run = run;
        var harts = new ValueList(run.machine().harts().stream().map(hart -> new HartObject(run, hart)).toArray());
        var memory = new MemoryObject(run);
        method("run", this::run);
        method("step", this::step);
        method("stop", this::stop);
        method("reset", this::reset);
        method("resize", this::resize);
        method("close", this::close);
        property("harts", () -> harts);
        property("memory", () -> memory);
        property("symbols", this::symbols);
        property("statistics", run::statistics);
    }

    @Override
    final String describe() {
        return "RISC-V machine with " + run.machine().image().name();
    }

    private Object run(Object[] arguments, Node location) throws ArityException {
        Arguments.count(arguments, 0);
        run.advance(Long.MAX_VALUE, location);
        return run.machine().outcome() == null ? Nothing.INSTANCE : status();
    }

    Object stop(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        run.machine().stop();
        return Nothing.INSTANCE;
    }

    private Object reset(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        run.reset();
        return Nothing.INSTANCE;
    }

    private Object close(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        run.close();
        return Nothing.INSTANCE;
    }

    private Object resize(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 2);
        resize((int) Arguments.number(arguments[0], 0, LARGEST_SIZE),
                (int) Arguments.number(arguments[1], 0, LARGEST_SIZE));
        return Nothing.INSTANCE;
    }

    private void resize(int columns, int rows) {
        TerminalSize terminal = run.machine().config().peripherals().terminal();
        if (terminal != null) {
            terminal.set(columns, rows);
        }
    }

    private int status() {
        Outcome outcome = run.machine().outcome();
        String pc = "0x" + Long.toHexString(run.machine().running().pc);
        return switch (outcome.reason()) {
            case POWER_OFF -> outcome.status();
            case RESET -> throw new RiscvException("the guest reset the machine, and is not started again",
                    RiscvException.GUEST_RESET);
            case INSTRUCTION_LIMIT -> throw new RiscvException("instruction limit of "
                    + run.machine().config().maximumInstructions() + " reached at pc " + pc, RiscvException.LIMIT);
            case DEADLOCK -> throw new RiscvException("the guest waits at pc " + pc
                    + " for an interrupt that cannot come",
                    RiscvException.LIMIT);
            case TRAP_LOOP -> throw new RiscvException(run.machine().trapLoop(), RiscvException.LIMIT);
        };
    }

    private Object step(Object[] arguments, Node location) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        long instructions = Arguments.number(arguments[0], 0, Long.MAX_VALUE);
        long retired = run.advance(instructions, location);
        if (retired == 0 && instructions > 0 && run.machine().outcome() != null) {
            // A caller that steps until nothing more happens learns why.
            status();
        }
        return retired;
    }

    /// Addresses by name.
    final ValueMap symbols() {
        if (symbols == null) {
            symbols = new ValueMap();
            add(run.machine().image().symbols(), 0);
        }
        return symbols;
    }

    /// Adds symbols, moved by `base`.
    final ValueMap add(SymbolTable table, long base) {
        ValueMap all = symbols();
        for (var symbol : table.all()) {
            all.put(symbol.name(), symbol.value() + base);
        }
        tables.add(new Placed(table, base));
        return all;
    }

    /// The symbol that an address belongs to, at the place it has been moved to, or null.
    final SymbolTable.Symbol symbolAt(long address) {
        symbols();
        for (Placed placed : tables) {
            SymbolTable.Symbol symbol = placed.table.at(address - placed.base);
            if (symbol != null) {
                return new SymbolTable.Symbol(symbol.name(), symbol.value() + placed.base, symbol.size(),
                        symbol.kind());
            }
        }
        return null;
    }
}
