// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.Disassembler;
import org.penumbra.machine.ElfImage;
import org.penumbra.machine.ImageException;
import org.penumbra.machine.Machine;
import org.penumbra.machine.Outcome;
import org.penumbra.machine.SymbolTable;

/// A machine of a script's own.
///
/// `run({until, limit})` gives `{reason, status, hart, pc, instructions}`; the reason is `exit`, `reset`, `stop`, `limit`,
/// `breakpoint`, `text`, `event`, `idle` (the guest waits for what cannot come, such as input that nobody has sent) or
/// `trap-loop`. `until` is an address or symbol (to stop before it), `{text}`, `{event}`, `{instructions}` or a function that is
/// asked every 100,000 instructions.
final class ScriptMachine extends MachineObject {
    private final MachineFactory factory;
    private final ScriptOptions options;
    private final ScriptConsole console;
    private volatile boolean stopAsked;

    ScriptMachine(MachineFactory factory, ScriptOptions options, MachineRun run, ScriptConsole console) {
        super(run);
        this.factory = factory;
        this.options = options;
        this.console = console;
        var consoleObject = new ConsoleObject(this, console);
        method("run", this::runUntil);
        property("console", () -> consoleObject);
        property("model", () -> run.machine().config().model());
        property("instructions", () -> {
            run.check();
            return run.machine().instructions();
        });
        property("counters", run::statistics);
        method("where", this::where);
        method("walk", this::walk);
        method("virtual", this::virtual);
        method("addSymbols", this::addSymbols);
        method("disassemble", this::disassemble);
    }

    ScriptOptions options() {
        return options;
    }

    Machine machine() {
        return run.machine();
    }

    @Override
    Object stop(Object[] arguments, Node location) throws ArityException {
        stopAsked = true;
        return super.stop(arguments, location);
    }

    private Object runUntil(Object[] arguments, Node location) throws ArityException {
        ScriptOptions how = ScriptOptions.only(options, arguments);
        long limit = how.takeNumber("limit", Long.MAX_VALUE);
        Until until = Until.of(how.take("until"), limit, symbols());
        how.none();
        return run(until, location);
    }

    /// Runs until something ends it.
    ValueMap run(Until until, Node location) {
        return run.owning(() -> {
            stopAsked = false;
            console.forget(console.recent().length());
            console.whenWritten(until.text() == null ? null : machine()::stop);
            long before = machine().instructions();
            try {
                String reason;
                do {
                    long left = until.instructions() - (machine().instructions() - before);
                    long retired = run.proceed(until.function() == null ? left : Math.min(left, Until.SLICE), location);
                    reason = reason(until, left - retired);
                } while (reason == null);
                return result(reason, machine().instructions() - before);
            } finally {
                console.whenWritten(null);
            }
        });
    }

    /// Why the run is over, or null where it goes on.
    private String reason(Until until, long left) {
        if (until.text() != null) {
            int end = until.text().endIn(console.recent());
            if (end >= 0) {
                console.forget(end);
                return "text";
            }
        }
        Outcome outcome = machine().outcome();
        if (outcome != null) {
            return switch (outcome.reason()) {
                case POWER_OFF -> "exit";
                case RESET -> "reset";
                case INSTRUCTION_LIMIT -> "limit";
                case DEADLOCK -> "idle";
                case TRAP_LOOP -> "trap-loop";
            };
        }
        if (stopAsked) {
            return "stop";
        }
        if (until.function() != null && until.functionSaysSo()) {
            return "stop";
        }
        return left == 0 ? "limit" : null;
    }

    private ValueMap result(String reason, long instructions) {
        Hart hart = machine().running();
        Outcome outcome = machine().outcome();
        boolean exited = outcome != null && outcome.reason() == Outcome.Reason.POWER_OFF;
        return new ValueMap().put("reason", reason).put("status", exited ? (Object) outcome.status() : Nothing.INSTANCE)
                .put("hart", hart.id()).put("pc", hart.pc).put("instructions", instructions);
    }

    // ---- symbols

    private Object where(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        long address = Arguments.number(arguments[0]);
        SymbolTable.Symbol symbol = symbolAt(address);
        return symbol == null ? Nothing.INSTANCE
                : new ValueMap().put("symbol", symbol.name()).put("offset", address - symbol.value());
    }

    private Object addSymbols(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        String file = Arguments.text(arguments[0]);
        ScriptOptions how = ScriptOptions.of(options, arguments.length > 1 ? arguments[1] : null);
        long base = how.takeNumber("base", 0);
        how.none();
        try {
            return add(ElfImage.parse(file, factory.read(file)).symbols(), base);
        } catch (ImageException e) {
            throw RiscvException.of(e);
        }
    }

    private Object disassemble(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        long address = Arguments.number(arguments[0]);
        long count = arguments.length > 1 ? Arguments.number(arguments[1], 0, 100_000) : 1;
        var view = new VirtualMemory(this, machine().running());
        var lines = new Object[(int) count];
        for (int i = 0; i < count; i++) {
            int low = (int) view.load(address, 2);
            int bits = (low & 3) == 3 ? low | (int) view.load(address + 2, 2) << 16 : low;
            var instruction = Decoder.decode(bits);
            SymbolTable.Symbol symbol = symbolAt(address);
            lines[i] = new ValueMap().put("address", address).put("bits", bits & 0xffff_ffffL)
                    .put("text", Disassembler.text(instruction, address))
                    .put("symbol", symbol == null ? Nothing.INSTANCE : symbol.name());
            address += instruction.length();
        }
        return new ValueList(lines);
    }

    // ---- memory as the guest sees it

    private Hart hart(Object[] arguments, int index) throws UnsupportedTypeException {
        return arguments.length <= index ? machine().running()
                : machine().harts().get((int) Arguments.number(arguments[index], 0, machine().harts().size() - 1));
    }

    private Object virtual(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 0, 1);
        return new VirtualMemory(this, hart(arguments, 0));
    }

    private Object walk(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        run.check();
        return new TableWalk(machine(), hart(arguments, 1)).entries(Arguments.number(arguments[0]));
    }
}
