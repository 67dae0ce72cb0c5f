// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.Disassembler;
import org.penumbra.language.gdb.GdbServer;
import org.penumbra.language.gdb.Target;
import org.penumbra.machine.Machine;
import org.penumbra.machine.Outcome;
import org.penumbra.machine.image.SymbolTable;
import org.penumbra.monitor.EventKind;
import org.penumbra.options.Settings;
import org.penumbra.snapshot.StateException;

/// A machine created by a script.
///
/// `run({until, limit})` returns `{reason, status, hart, pc, instructions}`; the reason is `exit`, `reset`, `stop`,
/// `limit`, `breakpoint`, `text`, `event`, `idle` (the guest waits for something that cannot come, such as input that
/// was never sent) or `trap-loop`. `until` is an address or symbol (to stop before it), `{text}`, `{event}`,
/// `{instructions}` or a function that is called every 100,000 instructions.
///
/// `on(kind, filter, function)` calls a function on events, with the machine stopped after the instruction, or for
/// `exec` before it. The function may read and write everything, and ends the run by returning `'stop'`.
/// `record(kinds)` records events, and `coverage()` which instructions are executed.
///
/// `snapshot()`, `restore(snapshot)`, `fork({model, …})` and `hash()` save, restore and compare its state: see
/// [SnapshotObject]. `counters` are the statistics, with `since(snapshot)`.
final class ScriptMachine extends MachineObject {
    private final ScriptOptions options;
    private final ScriptConsole console;
    private volatile boolean stopAsked;

    ScriptMachine(MachineFactory factory, ScriptOptions options, MachineRun run, ScriptConsole console) {
        super(factory, run, 0, false);
        this.options = options;
        this.console = console;
        console.whenCounted(length -> hooks.happened(EventKind.CONSOLE, machine().running(), 0, length, 0));
        var consoleObject = new ConsoleObject(this, console);
        method("run", this::runUntil);
        method("step", (arguments, location) -> {
            Arguments.count(arguments, 0, 1);
            long count = arguments.length == 0 ? 1 : Arguments.number(arguments[0], 0, Long.MAX_VALUE);
            return run(new Until(null, null, null, null, count), location).get("instructions");
        });
        property("console", () -> consoleObject);
        property("model", () -> run.machine().config().model());
        property("instructions", () -> {
            run.check();
            return run.machine().instructions();
        });
        property("counters", () -> counters(machine(), run.statistics()));
        method("snapshot", this::snapshot);
        method("save", (arguments, _) -> {
            Arguments.count(arguments, 1);
            factory.save(take().snapshot(), Arguments.text(arguments[0]));
            return Nothing.INSTANCE;
        });
        method("restore", this::restore);
        method("fork", (arguments, _) -> take().fork(arguments));
        method("switchModel", this::switchModel);
        method("hash", this::hash);
        method("gdb", this::gdb);
        method("goto", (arguments, location) -> {
            Arguments.count(arguments, 1);
            return goTo(Arguments.number(arguments[0], 0, Long.MAX_VALUE), location);
        });
        method("rewind", (arguments, location) -> {
            Arguments.count(arguments, 1);
            return goTo(Math.max(0, machine().instructions() - Arguments.number(arguments[0], 0, Long.MAX_VALUE)),
                    location);
        });
        method("reverse", this::reverse);
        method("on", this::on);
        method("record", this::record);
        method("coverage", this::coverage);
        method("where", this::where);
        method("walk", this::walk);
        var bus = new BusObject(run);
        property("bus", () -> bus);
        method("virtual", this::virtual);
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

    /// Waits for gdb at a port and serves it until it detaches or ends the run.
    private Object gdb(Object[] arguments, Node location) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        int port = (int) Arguments.number(arguments[0], 1, LAST_PORT);
        if (!factory.env().isSocketIOAllowed()) {
            throw new RiscvException("a script opens a port for gdb only with --allow-all", RiscvException.USAGE);
        }
        run.check();
        long before = machine().instructions();
        try (GdbServer server = open(port)) {
            Integer killed = debug(server, location);
            return result(machine().outcome() != null ? "exit" : killed != null ? "stop" : "detached",
                    machine().instructions() - before);
        }
    }

    private Object goTo(long instruction, Node location) {
        if (run.history() == null) {
            throw new RiscvException("a machine is set back only if it was made with {history: true}",
                    RiscvException.USAGE);
        }
        return run.owning(() -> {
            hooks.suspend(true);
            try {
                return run.goTo(instruction, location);
            } finally {
                hooks.suspend(false);
            }
        });
    }

    /// Goes back to the last place where `until`, an address, a symbol or `{load}` or `{store}` with one, held.
    private Object reverse(Object[] arguments, Node location)
            throws ArityException, UnsupportedTypeException, UnsupportedMessageException {
        ScriptOptions how = ScriptOptions.only(options, arguments);
        Object until = how.take("until");
        Object load = how.take("load");
        Object store = how.take("store");
        how.none();
        Target.Reason kind = until != null ? Target.Reason.BREAKPOINT : load != null ? Target.Reason.READ
                : Target.Reason.WRITE;
        Object place = until != null ? until : load != null ? load : store;
        if (place == null) {
            throw new RiscvException("reverse wants {until: address}, {load: address} or {store: address}",
                    RiscvException.USAGE);
        }
        goTo(machine().instructions(), location);
        long before = machine().instructions();
        var target = new MachineTarget(this, location);
        target.stopAt(List.of(new Target.Place(kind, Until.addressOf(place, symbols()),
                kind == Target.Reason.BREAKPOINT ? 1 : Long.BYTES)));
        try {
            Target.Stop stop = target.back();
            return result(stop.reason() == Target.Reason.BEGINNING ? "beginning" : "breakpoint",
                    machine().instructions() - before);
        } finally {
            target.stopAt(List.of());
        }
    }

    /// Runs until something ends it.
    ValueMap run(Until until, Node location) {
        return run.owning(() -> {
            stopAsked = false;
            console.forget(console.recent().length());
            console.whenWritten(until.text() == null ? null : machine()::stop);
            Hooks.Hook awaited = awaited(until);
            long before = machine().instructions();
            try {
                String reason;
                do {
                    long left = until.instructions() - (machine().instructions() - before);
                    long part = until.function() == null ? left : Math.min(left, Until.SLICE);
                    long retired = run.proceed(profiler == null ? part : Math.min(part, Profiler.INTERVAL), location);
                    if (profiler != null) {
                        profiler.sample();
                    }
                    reason = reason(until, left - retired);
                } while (reason == null);
                return result(reason, machine().instructions() - before);
            } finally {
                if (awaited != null) {
                    hooks.remove(awaited);
                }
                console.whenWritten(null);
            }
        });
    }

    /// The hook whose event ends a run, or null.
    private Hooks.Hook awaited(Until until) {
        if (until.address() != null) {
            return hooks.add(EventKind.EXEC, ScriptFilter.of(EventKind.EXEC, until.address(), symbols()),
                    (Hooks.Event _) -> "breakpoint");
        }
        return until.event() == null ? null : hooks.add(kind(until.event()), ScriptFilter.ALL,
                (Hooks.Event _) -> "event");
    }

    private static EventKind kind(String name) {
        EventKind kind = EventKind.of(name);
        if (kind == null) {
            throw new RiscvException("there is no event '" + name + "'; there are "
                    + Arrays.stream(EventKind.values()).map(EventKind::key).collect(Collectors.joining(", ")),
                            RiscvException.USAGE);
        }
        return kind;
    }

    private Object on(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 2, 3);
        run.check();
        EventKind kind = kind(Arguments.text(arguments[0]));
        Object function = arguments[arguments.length - 1];
        if (!InteropLibrary.getUncached().isExecutable(function)) {
            throw UnsupportedTypeException.create(arguments, "on wants a function to call");
        }
        refuseTraced();
        return hooks.add(kind, ScriptFilter.of(kind, arguments.length == 3 ? arguments[1] : null, symbols()), function);
    }

    private Object record(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        run.check();
        Set<EventKind> kinds = EnumSet.noneOf(EventKind.class);
        for (String name : Arguments.texts(arguments[0])) {
            EventKind kind = kind(name);
            if (kind == EventKind.EXEC || kind == EventKind.LOAD || kind == EventKind.STORE) {
                throw new RiscvException("events of " + name + " are told to a function only", RiscvException.USAGE);
            }
            kinds.add(kind);
        }
        refuseTraced();
        return hooks.record(kinds);
    }

    private Object coverage(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        run.check();
        refuseTraced();
        var coverage = new Coverage(this);
        hooks.add(coverage);
        return coverage;
    }

    /// The log of every instruction observes traps itself.
    private void refuseTraced() {
        if (!RiscvOptions.get(options, Settings.TRACE).isEmpty()) {
            throw new RiscvException("a machine with a trace has no events", RiscvException.USAGE);
        }
    }

    /// Why the run is over, or null if it continues.
    private String reason(Until until, long left) {
        String told = hooks.dispatch();
        if (told != null) {
            return told;
        }
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

    // ---- snapshots

    private Object snapshot(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        return take();
    }

    private SnapshotObject take() {
        ValueMap counters = run.statistics();
        return new SnapshotObject(factory, options, run.snapshot(), counters);
    }

    private Object restore(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        if (!(arguments[0] instanceof SnapshotObject taken)) {
            throw UnsupportedTypeException.create(arguments, "restore wants what snapshot() gave");
        }
        try {
            run.restore(taken.snapshot());
            hooks.forget();
        } catch (StateException e) {
            throw new RiscvException("the snapshot does not fit: " + e.getMessage(), RiscvException.USAGE);
        }
        return Nothing.INSTANCE;
    }

    private Object switchModel(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        String model = Arguments.text(arguments[0]);
        ScriptOptions how = ScriptOptions.of(options, arguments.length > 1 ? arguments[1] : null);
        how.only(RiscvOptions.OF_MODELS);
        how.give(RiscvOptions.key(Settings.MODEL), model);
        how.machine();
        run.switchModel(model, RiscvOptions.model(how));
        return Nothing.INSTANCE;
    }

    private Object hash(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        try {
            return run.owning(() -> machine().snapshot().hash());
        } catch (StateException e) {
            throw new RiscvException("there is no hash: " + e.getMessage(), RiscvException.USAGE);
        }
    }

    /// Counts with `since(snapshot)`: the counts since it was taken.
    private static ValueMap counters(Machine machine, ValueMap now) {
        return now.method("since", arguments -> {
            Arguments.count(arguments, 1);
            if (!(arguments[0] instanceof SnapshotObject taken)) {
                throw UnsupportedTypeException.create(arguments, "since wants a snapshot");
            }
            return taken.counters() == null || !machine.countsOn(taken.snapshot()) ? now : now.minus(taken.counters());
        });
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
        try (var _ = run.hold()) {
            return new TableWalk(machine(), hart(arguments, 1)).entries(Arguments.number(arguments[0]));
        }
    }
}
