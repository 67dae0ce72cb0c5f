// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.CachedLibrary;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.device.TerminalSize;
import org.penumbra.machine.ElfImage;
import org.penumbra.machine.Outcome;

/// A machine with an image loaded, as scripts and the launcher see it.
///
/// `run()` runs it to its end and gives the guest's exit status. `step(n)` runs n instructions, or fewer where the run
/// ends before, and gives their number. `resize(columns, rows)` tells a Linux guest of its terminal's size, from any thread.
/// `reset()` switches it off and on with the image loaded anew. `harts` is the array
/// of [HartObject]s, `memory` the [MemoryObject], `symbols` the addresses by name, `statistics` the counts since power-on.
@ExportLibrary(InteropLibrary.class)
final class MachineObject implements TruffleObject {
    private static final String RUN = "run";
    private static final String STEP = "step";
    private static final String RESET = "reset";
    private static final String RESIZE = "resize";
    private static final String HARTS = "harts";
    private static final String MEMORY = "memory";
    private static final String SYMBOLS = "symbols";
    private static final String STATISTICS = "statistics";

    private static final int LARGEST_SIZE = 0xffff;

    private final MachineRun run;
    private final ValueList harts;
    private final MemoryObject memory;
    private ValueMap symbols;

    MachineObject(MachineRun run) {
        this.run = run;
        this.harts = new ValueList(run.machine().harts().stream().map(HartObject::new).toArray());
        this.memory = new MemoryObject(run.machine());
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(RUN, STEP, RESET, RESIZE, HARTS, MEMORY, SYMBOLS, STATISTICS);
    }

    @ExportMessage
    boolean isMemberReadable(String member) {
        return switch (member) {
            case HARTS, MEMORY, SYMBOLS, STATISTICS -> true;
            default -> isMemberInvocable(member);
        };
    }

    @ExportMessage
    Object readMember(String member) throws UnknownIdentifierException {
        return switch (member) {
            case HARTS -> harts;
            case MEMORY -> memory;
            case SYMBOLS -> symbols();
            case STATISTICS -> run.statistics();
            case RUN, STEP, RESET, RESIZE -> new MethodObject(this, member);
            default -> throw UnknownIdentifierException.create(member);
        };
    }

    @ExportMessage
    boolean isMemberInvocable(String member) {
        return switch (member) {
            case RUN, STEP, RESET, RESIZE -> true;
            default -> false;
        };
    }

    @ExportMessage
    Object invokeMember(String member, Object[] arguments, @CachedLibrary("this") InteropLibrary location)
            throws UnknownIdentifierException, ArityException, UnsupportedTypeException {
        return call(member, arguments, location);
    }

    @TruffleBoundary
    Object call(String member, Object[] arguments, Node location)
            throws UnknownIdentifierException, ArityException, UnsupportedTypeException {
        switch (member) {
            case RUN -> {
                Arguments.count(arguments, 0);
                run.advance(Long.MAX_VALUE, location);
                return status();
            }
            case STEP -> {
                Arguments.count(arguments, 1);
                return step(Arguments.number(arguments[0], 0, Long.MAX_VALUE), location);
            }
            case RESIZE -> {
                Arguments.count(arguments, 2);
                resize((int) Arguments.number(arguments[0], 0, LARGEST_SIZE),
                        (int) Arguments.number(arguments[1], 0, LARGEST_SIZE));
                return Nothing.INSTANCE;
            }
            case RESET -> {
                Arguments.count(arguments, 0);
                run.reset();
                return Nothing.INSTANCE;
            }
            default -> throw UnknownIdentifierException.create(member);
        }
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
            case DEADLOCK -> throw new RiscvException("the guest waits at pc " + pc + " for an interrupt that cannot come",
                    RiscvException.LIMIT);
            case TRAP_LOOP -> throw new RiscvException(run.machine().trapLoop(), RiscvException.LIMIT);
        };
    }

    private long step(long instructions, Node location) {
        long retired = run.advance(instructions, location);
        if (retired == 0 && instructions > 0 && run.machine().outcome() != null) {
            // Whoever steps until nothing happens any more learns why.
            status();
        }
        return retired;
    }

    @TruffleBoundary
    private ValueMap symbols() {
        if (symbols == null) {
            symbols = new ValueMap();
            if (run.machine().image() instanceof ElfImage elf) {
                for (var symbol : elf.symbols().all()) {
                    symbols.put(symbol.name(), symbol.value());
                }
            }
        }
        return symbols;
    }

    @ExportMessage
    boolean hasLanguage() {
        return true;
    }

    @ExportMessage
    Class<RiscvLanguage> getLanguage() {
        return RiscvLanguage.class;
    }

    @ExportMessage
    @TruffleBoundary
    Object toDisplayString(@SuppressWarnings("unused") boolean allowSideEffects) {
        return "RISC-V machine with " + run.machine().image().name();
    }
}
