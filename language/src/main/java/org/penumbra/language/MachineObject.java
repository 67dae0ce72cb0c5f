// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.TruffleSafepoint;
import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.nodes.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.language.gdb.GdbServer;
import org.penumbra.language.gdb.Session;
import org.penumbra.machine.Outcome;
import org.penumbra.machine.image.ElfImage;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.SymbolMap;
import org.penumbra.machine.image.SymbolTable;

/// A machine with an image loaded, as the launcher and embedders see it.
///
/// `run()` runs it to its end and returns the guest's exit status. `step(n)` runs n instructions, or fewer if the run
/// ends before, and returns their number. `resize(columns, rows)`, on any thread, tells a Linux guest the size of its
/// terminal. `reset()` power-cycles it and reloads the image. `stop()`, on any thread, ends a run, which then returns
/// null; `save(file)`, on any thread, writes a snapshot, during a run soon, and the run continues; `save(file, told)`
/// calls `told` with the bytes written or with what went wrong. `look(told)`, on any thread, calls `told` with the
/// statistics. `addSymbols(file, {base})` adds those of an ELF file or a System.map. `gdb(port)` lets gdb connect.
/// `profile()` begins to sample, and `profile(file)` writes a flame graph, or weighted stacks as text for a name that
/// does not end in `.svg`. `close()` releases the machine. `harts` is the array of [HartObject]s, `memory` the
/// [MemoryObject], `symbols` the addresses by name, `functions` those of functions with `name`, `address` and `size`,
/// `statistics` the counts since power-on.
///
/// Only one thread at a time may use it: requests by another thread while it runs are refused, and so is running it
/// from a callback.
class MachineObject extends MemberObject {
    private static final int LARGEST_SIZE = 0xffff;
    static final int LAST_PORT = 0xffff;

    final MachineFactory factory;
    final MachineRun run;
    final Hooks hooks;
    /// What other threads want to be done while the machine stands still.
    private final Queue<Runnable> requests = new ConcurrentLinkedQueue<>();
    /// Whether the current run is to end.
    private volatile boolean stopAsked;
    /// Whether a thread is in [#run].
    private volatile boolean running;
    /// At which gdb can connect, 0 for none; and whether the run begins with that.
    private final int port;
    private final boolean waits;
    private volatile GdbServer server;
    /// Or null while nothing is sampled.
    Profiler profiler;
    private final List<Placed> tables = new ArrayList<>();
    private ValueMap symbols;

    /// Symbols that were moved when they were loaded.
    private record Placed(SymbolTable table, long base) {
    }

    /// @param port  at which gdb can connect, 0 for none
    /// @param waits whether the run begins when it has
    MachineObject(MachineFactory factory, MachineRun run, int port, boolean waits) {
        this.port = port;
        this.waits = waits;
        this.factory = factory;
        this.run = run;
        this.hooks = new Hooks(run.machine(), factory);
        run.code().symbols(this::symbolAt);
        var harts = new ValueList(run.machine().harts().stream().map(hart -> new HartObject(run, hart)).toArray());
        var memory = new MemoryObject(run);
        method("run", this::run);
        method("step", this::step);
        method("stop", this::stop);
        method("reset", this::reset);
        method("resize", this::resize);
        method("save", this::save);
        method("addSymbols", this::addSymbols);
        method("look", this::look);
        method("gdb", this::gdb);
        method("profile", this::profile);
        method("close", this::close);
        property("harts", () -> harts);
        property("memory", () -> memory);
        property("symbols", this::symbols);
        method("address", (arguments, _) -> {
            Arguments.count(arguments, 1);
            return AddressText.parse(Arguments.text(arguments[0]), symbols());
        });
        property("functions", () -> new ValueList(run.machine().image().symbols().all().stream()
                .filter(symbol -> symbol.kind() == SymbolTable.Kind.FUNCTION)
                .map(symbol -> (Object) new ValueMap().put("name", symbol.name()).put("address", symbol.value())
                        .put("size", symbol.size())).toArray()));
        property("statistics", run::statistics);
    }

    @Override
    final String describe() {
        return "RISC-V machine with " + run.machine().image().name();
    }

    private Object run(Object[] arguments, Node location) throws ArityException {
        Arguments.count(arguments, 0);
        stopAsked = false;
        running = true;
        try {
            Integer killed = runToEnd(location);
            return run.machine().outcome() != null ? status() : killed != null ? killed : Nothing.INSTANCE;
        } finally {
            running = false;
            handle();
        }
    }

    /// @return the exit status if a debugger has ended the run, else null
    private Integer runToEnd(Node location) {
        if (server == null && port > 0) {
            server = open(port);
        }
        Integer killed = server != null && waits ? debug(location) : null;
        while (killed == null && !stopAsked && run.machine().outcome() == null) {
            run.advance(profiler == null ? Long.MAX_VALUE : Profiler.INTERVAL, location);
            if (profiler != null) {
                profiler.sample();
            }
            run.clearInterrupt();
            handle();
            killed = server != null && server.isWanted() ? debug(location) : null;
        }
        return killed;
    }

    /// Opens a port for gdb, which ends with the context.
    final GdbServer open(int number) {
        try {
            var opened = new GdbServer(number, run::interrupt);
            factory.env().registerOnDispose(opened);
            return opened;
        } catch (IOException e) {
            throw new RiscvException("port " + number + " cannot be had for gdb (" + e.getMessage() + ")",
                    RiscvException.USAGE);
        }
    }

    private Integer debug(Node location) {
        return debug(server, location);
    }

    /// Waits for a debugger and serves it.
    ///
    /// @return the exit status if it has ended the run, else null
    @TruffleBoundary
    final Integer debug(GdbServer from, Node location) {
        var target = new MachineTarget(this, location);
        var status = new Integer[1];
        TruffleSafepoint.setBlockedThreadInterruptible(location, gdb -> {
            Session session = gdb.await(target);
            run.clearInterrupt(); // by which it came to be served
            status[0] = session.serve();
        }, from);
        run.clearInterrupt();
        return status[0];
    }

    final boolean isStopAsked() {
        return stopAsked;
    }

    Object stop(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 0);
        stopAsked = true;
        run.machine().stop();
        return Nothing.INSTANCE;
    }

    private Object save(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        String file = Arguments.text(arguments[0]);
        Object told = arguments.length > 1 ? arguments[1] : null;
        request(() -> save(file, told));
        return Nothing.INSTANCE;
    }

    /// @param told called with the bytes written, or with what went wrong, which then does not end the run; or null
    private void save(String file, Object told) {
        Object result;
        try {
            result = factory.save(run.snapshot(), file);
        } catch (RiscvException e) {
            if (told == null) {
                throw e;
            }
            result = e.getMessage();
        }
        if (told != null) {
            tell(told, result);
        }
    }

    private static void tell(Object function, Object value) {
        try {
            InteropLibrary.getUncached().execute(function, value);
        } catch (InteropException e) {
            throw new RiscvException("what is to be told cannot be called (" + e.getMessage() + ")",
                    RiscvException.USAGE);
        }
    }

    private Object addSymbols(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        String file = Arguments.text(arguments[0]);
        ScriptOptions how = ScriptOptions.of(factory.env().getOptions(), arguments.length > 1 ? arguments[1] : null);
        long base = how.takeNumber("base", 0);
        how.none();
        byte[] bytes = factory.read(file);
        try {
            return add(ElfImage.looksLikeElf(bytes) ? ElfImage.parse(file, bytes).symbols()
                    : SymbolMap.parse(file, bytes), base);
        } catch (ImageException e) {
            throw RiscvException.of(e);
        }
    }

    private Object look(Object[] arguments, @SuppressWarnings("unused") Node location) throws ArityException {
        Arguments.count(arguments, 1);
        request(() -> tell(arguments[0], run.statistics()));
        return Nothing.INSTANCE;
    }

    /// Lets gdb connect at a port from now on.
    private Object gdb(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1);
        if (server == null) {
            server = open((int) Arguments.number(arguments[0], 1, LAST_PORT));
        }
        return server.port();
    }

    /// Begins to sample; with the name of a file, writes what has been sampled.
    private Object profile(Object[] arguments, @SuppressWarnings("unused") Node location)
            throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 0, 1);
        if (profiler == null) {
            profiler = new Profiler(run.machine(), this::nameOf);
        }
        if (arguments.length == 0) {
            return Nothing.INSTANCE;
        }
        String file = Arguments.text(arguments[0]);
        return factory.text(file.endsWith(".svg") ? profiler.svg() : profiler.folded(), arguments);
    }

    private String nameOf(long address) {
        SymbolTable.Symbol symbol = symbolAt(address);
        return symbol == null ? null : symbol.name();
    }

    /// Has something done while the machine stands still: soon if it runs, else at once.
    private void request(Runnable action) {
        if (running) {
            requests.add(action);
            run.interrupt();
        } else {
            action.run();
        }
    }

    private void handle() {
        for (Runnable next = requests.poll(); next != null; next = requests.poll()) {
            next.run();
        }
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
            case RESET -> throw ended("the guest reset the machine, and is not started again",
                    RiscvException.GUEST_RESET);
            case INSTRUCTION_LIMIT -> throw ended("instruction limit of "
                    + run.machine().config().maximumInstructions() + " reached at pc " + pc, RiscvException.LIMIT);
            case DEADLOCK -> throw ended("the guest waits at pc " + pc + " for an interrupt that cannot come",
                    RiscvException.LIMIT);
            case TRAP_LOOP -> throw ended(run.machine().trapLoop(), RiscvException.LIMIT);
        };
    }

    /// The error that ends a run, located in the guest.
    private RiscvException ended(String message, int status) {
        return new RiscvException(message, status, run.code().location());
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
