// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.library.CachedLibrary;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.language.nodes.Engine;
import org.penumbra.language.nodes.EngineMode;
import org.penumbra.machine.Machine;
import org.penumbra.machine.Outcome;

/// A machine with an image loaded, as scripts and the launcher see it.
///
/// `run()` runs it to its end and gives the guest's exit status; `statistics` are its counts so far.
@ExportLibrary(InteropLibrary.class)
final class MachineObject implements TruffleObject {
    private static final String RUN = "run";
    private static final String STATISTICS = "statistics";
    private static final String[] MEMBERS = {RUN, STATISTICS};

    private final Machine machine;
    private final Engine engine;
    private final EngineMode mode;
    private long hostNanos;

    MachineObject(Machine machine, Engine engine, EngineMode mode) {
        this.machine = machine;
        this.engine = engine;
        this.mode = mode;
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new NameList(MEMBERS);
    }

    @ExportMessage
    boolean isMemberReadable(String member) {
        return STATISTICS.equals(member);
    }

    @ExportMessage
    Object readMember(String member) throws UnknownIdentifierException {
        if (STATISTICS.equals(member)) {
            return statistics();
        }
        throw UnknownIdentifierException.create(member);
    }

    @ExportMessage
    boolean isMemberInvocable(String member) {
        return RUN.equals(member);
    }

    @ExportMessage
    Object invokeMember(String member, @SuppressWarnings("unused") Object[] arguments,
            @CachedLibrary("this") InteropLibrary location) throws UnknownIdentifierException {
        if (RUN.equals(member)) {
            return run(location);
        }
        throw UnknownIdentifierException.create(member);
    }

    @TruffleBoundary
    private int run(Node location) {
        long start = System.nanoTime();
        try {
            if (machine.outcome() == null) {
                engine.run(location);
            }
        } finally {
            hostNanos += System.nanoTime() - start;
        }
        Outcome outcome = machine.outcome();
        return switch (outcome.reason()) {
            case POWER_OFF -> outcome.status();
            case INSTRUCTION_LIMIT -> throw new RiscvException("instruction limit of "
                    + machine.config().maximumInstructions() + " reached at pc 0x" + Long.toHexString(machine.hart().pc),
                    RiscvException.LIMIT);
            case DEADLOCK -> throw new RiscvException("the guest waits at pc 0x" + Long.toHexString(machine.hart().pc)
                    + " for an interrupt that cannot come", RiscvException.LIMIT);
            case TRAP_LOOP -> throw new RiscvException("the guest's trap handler at pc 0x"
                    + Long.toHexString(machine.hart().pc) + " traps at its first instruction, for ever", RiscvException.LIMIT);
        };
    }

    @TruffleBoundary
    private ValueMap statistics() {
        Outcome outcome = machine.outcome();
        var result = new ValueMap()
                .put("model", machine.config().model())
                .put("engine", mode.name().toLowerCase(java.util.Locale.ROOT))
                .put("clock", machine.config().clock().name().toLowerCase(java.util.Locale.ROOT))
                .put("instructions", machine.hart().instret())
                .put("hostSeconds", hostNanos / 1e9)
                .put("guestExit", outcome == null ? -1 : outcome.status());
        return result.put("tlb", new ValueMap().put("misses", machine.monitor().tlbMisses())
                        .put("entries", machine.config().tlbEntries()))
                .put("compiler", new ValueMap().put("regions", engine.regions())
                        .put("entries", engine.entries()).put("interpreted", engine.interpreted()));
    }
}
