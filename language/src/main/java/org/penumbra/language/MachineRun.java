// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.TruffleSafepoint;
import com.oracle.truffle.api.nodes.Node;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.CommitLog;
import org.penumbra.language.nodes.Engine;
import org.penumbra.language.nodes.EngineMode;
import org.penumbra.machine.Machine;

/// A machine with what runs it: the engine, or the interpreter step by step where a log is wanted.
final class MachineRun {
    private final Machine machine;
    private final Supplier<Engine> engines;
    private final EngineMode mode;
    private final CommitLog log;
    private Engine engine;
    private long hostNanos;

    /// @param engines makes an engine for the machine
    /// @param log     of every instruction, or null
    MachineRun(Machine machine, Supplier<Engine> engines, EngineMode mode, CommitLog log) {
        this.machine = machine;
        this.engines = engines;
        this.engine = engines.get();
        this.mode = mode;
        this.log = log;
    }

    Machine machine() {
        return machine;
    }

    /// Runs until so many instructions have been retired or the run has ended.
    ///
    /// @return the number of those retired
    @TruffleBoundary
    long advance(long instructions, Node location) {
        if (machine.outcome() != null) {
            return 0;
        }
        long before = machine.hart().instret();
        long start = System.nanoTime();
        machine.restWith(nanos -> TruffleSafepoint.setBlockedThreadInterruptible(location, MachineRun::park, nanos));
        machine.pauseAfter(instructions);
        try {
            if (log == null) {
                engine.run(location);
            } else {
                runLogged(location);
            }
        } finally {
            hostNanos += System.nanoTime() - start;
        }
        return machine.hart().instret() - before;
    }

    /// Parks so that a cancelled or interrupted context gets its thread back.
    private static void park(long nanos) throws InterruptedException {
        LockSupport.parkNanos(nanos);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void runLogged(Node location) {
        Hart hart = machine.hart();
        try {
            try {
                while (true) {
                    if (hart.attention || hart.remaining <= 0) {
                        if (!machine.attend()) {
                            return;
                        }
                    } else {
                        log.step();
                    }
                    TruffleSafepoint.poll(location);
                }
            } finally {
                log.flush();
            }
        } catch (IOException e) {
            throw new RiscvException("the trace cannot be written (" + e.getMessage() + ")", RiscvException.CANNOT_WRITE);
        }
    }

    @TruffleBoundary
    void reset() {
        machine.powerOn();
        engine = engines.get();
        hostNanos = 0;
    }

    @TruffleBoundary
    ValueMap statistics() {
        return StatisticsReport.of(machine, engine, mode, hostNanos);
    }
}
