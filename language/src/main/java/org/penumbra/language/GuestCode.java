// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CallTarget;
import com.oracle.truffle.api.TruffleLanguage.Env;
import com.oracle.truffle.api.debug.Debugger;
import com.oracle.truffle.api.nodes.Node;
import com.oracle.truffle.api.source.Source;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.Disassembler;
import org.penumbra.isa.Instruction;
import org.penumbra.language.debug.Disassembly;
import org.penumbra.language.debug.FunctionRootNode;
import org.penumbra.language.debug.MachineRootNode;
import org.penumbra.language.debug.StatementLocation;
import org.penumbra.language.debug.Stepper;
import org.penumbra.machine.Machine;
import org.penumbra.machine.image.SymbolTable;
import org.penumbra.memory.GuestMemory;

/// A machine's code as Truffle's instruments see it: a source for each function, which is its disassembly, made when
/// control first comes there.
///
/// While an instrument wants statements (a debugger, a limit of statements), instructions are executed one by one, by
/// nodes. Instruments do not say when they no longer do, so they are asked again once a debugger has left, and now and
/// then. A sampler finds the current function on the stack wherever it may interrupt, whatever engine executes it.
final class GuestCode implements Stepper {
    private static final String SAMPLER = "cpusampler";
    /// Instructions shown of what has no end in the symbol table, and functions remembered.
    private static final int LONGEST = 1 << 14;
    private static final int MOST = 1 << 14;
    /// What is further behind a symbol does not belong to it.
    private static final int LARGEST = 1 << 20;
    private static final Object[] POLL = {true};
    private static final String PC = "pc";
    private static final int NAMES = 32;
    /// Instructions executed one by one, at most, until it is looked whether a debugger is still there.
    private static final long LOOKS = 10_000;
    /// The same until instruments are asked again.
    private static final long ASKED_AFTER = 1_000_000;

    private final RiscvLanguage language;
    private final MachineRun run;
    private final Machine machine;
    private final Env env;
    private final boolean sampled;
    private final Map<Long, FunctionRootNode> functions = new HashMap<>();
    private LongFunction<SymbolTable.Symbol> symbols;
    private List<RegisterScope> scopes;
    private Source presence;
    /// By which instruments were asked; those that come later find it.
    private CallTarget asked;
    private Debugger debugger;
    /// Whether a debugger was there when it was last looked for one.
    private boolean debugged;
    /// Instructions executed one by one since instruments were asked.
    private long steps;
    private FunctionRootNode last;
    /// Whether an instrument wants statements; set by any thread.
    private volatile boolean statements;

    GuestCode(RiscvLanguage language, Env env, MachineRun run) {
        this.language = language;
        this.env = env;
        this.run = run;
        this.machine = run.machine();
        this.sampled = env.getInstruments().containsKey(SAMPLER);
        this.symbols = address -> machine.image().symbols().at(address);
    }

    /// Uses other symbols than those of the image.
    ///
    /// @param at the symbol that an address belongs to, or null
    void symbols(LongFunction<SymbolTable.Symbol> at) {
        symbols = at;
    }

    /// Called before a run: from then on instruments see the machine.
    void begin() {
        if (presence == null) {
            presence = Source.newBuilder(RiscvLanguage.ID, machine.image().name() + "\n", image())
                    .mimeType(RiscvLanguage.EXPRESSION).uri(uri("")).build();
            ask();
        }
    }

    /// Asks instruments whether they want statements, now or later.
    private void ask() {
        statements = false;
        steps = 0;
        asked = new MachineRootNode(language, presence, this::wanted).getCallTarget();
        asked.call();
    }

    private void wanted() {
        statements = true;
    }

    /// Whether to ask instruments again. Not while there is a debugger: its breakpoints want the statements of single
    /// functions, which asking does not find.
    private boolean mayHaveLeft() {
        if (debugger == null) {
            debugger = Debugger.find(env);
        }
        boolean before = debugged;
        debugged = debugger.getSessionCount() > 0;
        return !debugged && (before || steps >= ASKED_AFTER);
    }

    boolean wantsStatements() {
        return statements;
    }

    /// Whether a sampler may be there.
    boolean isSampled() {
        return sampled;
    }

    /// Lets other threads' requests interrupt this one, with the current function on the stack.
    void poll() {
        function().getCallTarget().call(POLL);
    }

    /// Executes instructions until control leaves the current function or the machine has something to do.
    void execute() {
        if (mayHaveLeft()) {
            ask();
            return;
        }
        Hart hart = machine.running();
        long before = hart.instret();
        function().getCallTarget().call();
        if (hart.instret() == before && canGoOn(hart)) {
            step(); // what is not in memory, and traps
        }
    }

    /// Where the guest is, as a location of errors.
    Node location() {
        FunctionRootNode function = function();
        int index = function.text().find(pc());
        return index < 0 ? null : new StatementLocation(function.text(), index);
    }

    // ---- the running hart

    @Override
    public long pc() {
        return machine.running().pc;
    }

    @Override
    public void step() {
        steps++;
        Hart hart = machine.running();
        // A debugger that has just written a register has requested a yield; the instruction it shows comes first.
        boolean asked = hart.yieldRequested;
        hart.yieldRequested = false;
        run.engine(hart).step();
        hart.yieldRequested |= asked;
    }

    @Override
    public boolean ready() {
        return canGoOn(machine.running()) && steps % LOOKS != 0;
    }

    private static boolean canGoOn(Hart hart) {
        return !hart.yieldRequested && hart.remaining > 0;
    }

    @Override
    public boolean shown(Disassembly text, int index) {
        return text.holds(index, bits(new TableWalk(machine, machine.running()), pc()));
    }

    @Override
    public Object registers() {
        if (scopes == null) {
            scopes = machine.harts().stream().map(this::scope).toList();
        }
        return scopes.get(machine.running().id());
    }

    private RegisterScope scope(Hart hart) {
        var object = new HartObject(run, hart);
        var csrs = new RegisterScope("CSRs of hart " + hart.id(), object, object.csrs(), null);
        List<String> names = new ArrayList<>(List.of(PC));
        IntStream.range(1, NAMES).mapToObj(Disassembler::integerRegister).forEach(names::add);
        var floats = new RegisterScope("float registers of hart " + hart.id(), object,
                IntStream.range(0, NAMES).mapToObj(Disassembler::floatRegister).toList(), csrs);
        return new RegisterScope("registers of hart " + hart.id(), object, List.copyOf(names), floats);
    }

    // ---- functions

    /// The function that the pc is in.
    private FunctionRootNode function() {
        long pc = pc();
        var walk = new TableWalk(machine, machine.running());
        if (shows(last, pc, walk)) {
            return last;
        }
        SymbolTable.Symbol found = symbols.apply(pc);
        SymbolTable.Symbol symbol = found == null || pc - found.value() >= LARGEST ? null : found;
        last = symbol == null ? null : functions.get(symbol.value());
        if (!shows(last, pc, walk)) {
            last = functions.get(pc);
        }
        if (!shows(last, pc, walk)) {
            last = make(symbol, pc, walk);
        }
        return last;
    }

    private boolean shows(FunctionRootNode function, long pc, TableWalk walk) {
        int index = function == null ? -1 : function.text().find(pc);
        return index >= 0 && function.text().holds(index, bits(walk, pc));
    }

    private FunctionRootNode make(SymbolTable.Symbol symbol, long pc, TableWalk walk) {
        if (functions.size() >= MOST) {
            functions.clear();
        }
        FunctionRootNode made = null;
        if (symbol != null) {
            made = read(symbol.name(), symbol.value(), symbol.size() > 0 ? symbol.value() + symbol.size()
                    : Long.MAX_VALUE, walk);
        }
        if (made == null || made.text().find(pc) < 0) {
            // There is no symbol, or the code does not follow from its beginning: to the end of the page.
            String name = (symbol == null ? "" : symbol.name() + "+") + "0x"
                    + Long.toHexString(symbol == null ? pc : pc - symbol.value());
            made = read(name, pc, (pc | GuestMemory.PAGE_OFFSET) + 1, walk);
        }
        return made;
    }

    /// @param end an address behind it
    private FunctionRootNode read(String name, long start, long end, TableWalk walk) {
        long[] addresses = new long[LONGEST];
        int[] bits = new int[LONGEST];
        var text = new StringBuilder();
        int count = 0;
        for (long at = start; count < LONGEST && (count == 0 || at < end); count++) {
            int found = bits(walk, at);
            if (found == 0 && count > 0) {
                break; // not mapped, or beyond all code: 0 is no instruction
            }
            Instruction instruction = Decoder.decode(found);
            addresses[count] = at;
            bits[count] = found;
            text.append(String.format("%x: %s%n", at, Disassembler.text(instruction, at)));
            at += instruction.length();
        }
        Source source = Source.newBuilder(RiscvLanguage.ID, text.toString(), image() + '/' + name)
                .mimeType(RiscvLanguage.EXPRESSION).uri(uri(name)).build();
        var made = new FunctionRootNode(language, new Disassembly(name, source, Arrays.copyOf(addresses, count),
                Arrays.copyOf(bits, count)), this);
        functions.put(start, made);
        return made;
    }

    /// The image's name without its directories.
    private String image() {
        String name = machine.image().name();
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private URI uri(String name) {
        try {
            return new URI(RiscvLanguage.ID, "", '/' + image() + '/' + name, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /// The instruction at a virtual address, or 0.
    private int bits(TableWalk walk, long address) {
        int low = half(walk, address);
        return (low & 3) == 3 ? low | half(walk, address + 2) << 16 : low;
    }

    private int half(TableWalk walk, long address) {
        long gpa = walk.translate(address);
        if (gpa == -1) {
            return 0;
        }
        if (machine.memory().contains(gpa, Short.BYTES)) {
            return (int) machine.memory().load(gpa, Short.BYTES);
        }
        byte[] rom = new byte[Short.BYTES];
        return machine.readRom(gpa, rom, 0, rom.length) ? rom[0] & 0xff | (rom[1] & 0xff) << 8 : 0;
    }
}
