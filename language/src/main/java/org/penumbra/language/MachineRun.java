// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.TruffleSafepoint;
import com.oracle.truffle.api.nodes.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.penumbra.device.Console;
import org.penumbra.hart.Hart;
import org.penumbra.interpreter.CommitLog;
import org.penumbra.language.engine.Engine;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineSnapshot;
import org.penumbra.machine.Parallel;
import org.penumbra.machine.image.ReloadException;
import org.penumbra.monitor.Monitor;
import org.penumbra.options.EngineMode;
import org.penumbra.paging.ModelOptions;
import org.penumbra.snapshot.StateException;

/// A machine and what runs it: an engine for each hart, or, if a log is wanted, the interpreter step by step.
final class MachineRun {
    private final Machine machine;
    private final Function<Monitor, Engine> maker;
    private final EngineMode mode;
    private final CommitLog log;
    private final History history;
    /// Held while the machine's state is read or written from outside, and while the thread that may do so changes.
    private final ReentrantLock access = new ReentrantLock();
    /// The thread that runs the machine or resets it, or null.
    private final AtomicReference<Thread> owner = new AtomicReference<>();
    /// An error outside the guest during its run.
    private RuntimeException failure;
    /// Whether another thread wants the machine to stand still.
    private volatile boolean interrupted;
    private boolean closed;
    private List<Engine> engines;
    /// Makes a thread that may execute guest code; null if harts always take turns.
    private final Function<Runnable, Thread> threads;
    private GuestCode code;
    private long hostNanos;

    /// @param maker makes an engine for a hart of the machine, given by its monitor
    /// @param log   of every instruction, or null
    /// @param threads makes a thread that may execute guest code; null if harts always take turns
    /// @param history which the machine's input and output already go through, or null
    MachineRun(Machine machine, Function<Monitor, Engine> maker, EngineMode mode, CommitLog log, History history,
            Function<Runnable, Thread> threads) {
        this.threads = threads;
        this.history = history;
        if (history != null) {
            history.of(machine);
        }
        this.machine = machine;
        this.maker = maker;
        this.engines = machine.monitors().stream().map(maker).toList();
        this.mode = mode;
        this.log = log;
    }

    Machine machine() {
        return machine;
    }

    /// Sets how instruments see the machine.
    void show(GuestCode shown) {
        code = shown;
    }

    /// How they do.
    GuestCode code() {
        return code;
    }

    Engine engine(Hart hart) {
        return engines.get(hart.id());
    }

    /// Ends the current run, from outside the guest, with an exception.
    void fail(RuntimeException problem) {
        if (failure == null) {
            failure = problem;
        }
        machine.stop();
    }

    /// Rethrows an exception of a host stream to the caller now that the run has been stopped: it must not unwind the
    /// guest in the middle of an instruction.
    private void failOfConsole() {
        Console.Failure failed = machine.console().takeFailure();
        if (failed == null) {
            return;
        }
        if (failed.thrown() instanceof RiscvException known) {
            fail(known);
            return;
        }
        fail(switch (failed.stream()) {
            case INPUT -> new RiscvException("the console's input failed (" + failed.thrown() + ")",
                    RiscvException.NO_SUCH_FILE, failed.thrown());
            case OUTPUT -> new RiscvException("the console's output failed (" + failed.thrown() + ")",
                    RiscvException.CANNOT_WRITE, failed.thrown());
            case JOURNAL -> new RiscvException("the journal of input cannot be written (" + failed.thrown().getMessage()
                    + ")", RiscvException.CANNOT_WRITE, failed.thrown());
        });
    }

    /// A scope whose end throws nothing.
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /// Keeps the machine stopped, to read or write its state, until the result is closed.
    ///
    /// @throws RiscvException while another thread runs the machine, or once it is closed
    Hold hold() {
        access.lock();
        try {
            check();
        } catch (RiscvException refused) {
            access.unlock();
            throw refused;
        }
        return access::unlock;
    }

    /// Checks that this thread may read or write the machine's state now; access to its memory needs [#hold].
    ///
    /// @throws RiscvException while another thread runs the machine, or once it is closed
    void check() {
        Thread running = owner.get();
        if (running != null && running != Thread.currentThread()) {
            throw new RiscvException("the machine is running on another thread; stop it first", RiscvException.USAGE);
        }
        if (closed) {
            throw new RiscvException("the machine has been closed", RiscvException.USAGE);
        }
    }

    /// Claims the machine for this thread, until [#leave].
    private void enter() {
        try (var _ = hold()) {
            if (!owner.compareAndSet(null, Thread.currentThread())) {
                throw new RiscvException("the machine is running: a callback or a stream of its console cannot run or "
                        + "reset it",
                        RiscvException.USAGE);
            }
        }
    }

    private void leave() {
        owner.set(null);
    }

    /// Closes the machine, which releases its memory.
    @TruffleBoundary
    void close() {
        access.lock();
        try {
            if (!closed) {
                enter();
                leave();
                closed = true;
                machine.close();
            }
        } finally {
            access.unlock();
        }
    }

    /// Copies out of RAM.
    ///
    /// @param offset from the start of RAM
    void readMemory(long offset, byte[] target, int at, int length) {
        try (var _ = hold()) {
            machine.memory().read(machine.memory().base() + offset, target, at, length);
        }
    }

    /// Copies into RAM.
    ///
    /// @param offset from the start of RAM
    void writeMemory(long offset, byte[] source) {
        try (var _ = hold()) {
            machine.writeMemory(machine.memory().base() + offset, source, 0, source.length);
            changed();
        }
    }

    /// Runs until this many instructions have been retired or the run has ended.
    ///
    /// @return the number of instructions retired
    @TruffleBoundary
    long advance(long instructions, Node location) {
        return owning(() -> proceed(instructions, location));
    }

    /// Runs an action while this thread has exclusive use of the machine.
    <T> T owning(Supplier<T> action) {
        enter();
        try {
            return action.get();
        } finally {
            leave();
        }
    }

    /// Like [#advance], for the thread that has claimed the machine.
    @TruffleBoundary
    long proceed(long instructions, Node location) {
        long retired = machine.outcome() != null ? 0
                : history == null ? run(instructions, location) : remember(instructions, location);
        failOfConsole();
        if (failure != null) {
            RuntimeException problem = failure;
            failure = null;
            throw problem;
        }
        return retired;
    }

    /// Runs in parts, between which snapshots are taken.
    private long remember(long instructions, Node location) {
        long retired = 0;
        boolean goesOn = true;
        while (goesOn) {
            long part = Math.min(instructions - retired, begin());
            long done;
            try {
                done = run(part, location);
            } finally {
                history.end();
            }
            retired += done;
            goesOn = done == part && retired < instructions && machine.outcome() == null && !machine.stopRequested();
        }
        return retired;
    }

    private long begin() {
        try {
            return history.begin();
        } catch (StateException e) {
            throw new RiscvException("the machine can have no history: " + e.getMessage(), RiscvException.USAGE);
        }
    }

    /// The machine's history, or null.
    History history() {
        return history;
    }

    /// To be called when a register or memory has been changed from outside.
    void changed() {
        if (history != null) {
            history.changed();
        }
    }

    /// Sets the machine back, or on again, to an instruction; not before the first that is remembered.
    ///
    /// @return whether it is there
    @TruffleBoundary
    boolean goTo(long instruction, Node location) {
        begin();
        int point = history.before(instruction);
        if (instruction < machine.instructions() || history.at(point) > machine.instructions()) {
            history.setBack(point, this);
        }
        if (instruction > machine.instructions()) {
            proceed(instruction - machine.instructions(), location);
        }
        return machine.instructions() == instruction;
    }

    private long run(long instructions, Node location) {
        long before = machine.instructions();
        long start = System.nanoTime();
        code.begin();
        machine.restWith(nanos -> TruffleSafepoint.setBlockedThreadInterruptible(location, MachineRun::park, nanos));
        machine.pauseAfter(instructions);
        if (interrupted) {
            machine.stop();
        }
        try {
            if (instructions == Long.MAX_VALUE && mayRunInParallel()) {
                runThreads(location);
            } else if (log == null) {
                runEngines(location);
            } else {
                runLogged(location);
            }
        } catch (ReloadException e) {
            throw RiscvException.of(e.getCause());
        } finally {
            hostNanos += System.nanoTime() - start;
        }
        return machine.instructions() - before;
    }

    /// Parks in a way that lets a cancelled or interrupted context regain its thread.
    private static void park(long nanos) throws InterruptedException {
        LockSupport.parkNanos(nanos);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /// Whether harts may run in parallel. They take turns, too, for a number of instructions, and while anybody follows
    /// what they do.
    private boolean mayRunInParallel() {
        return threads != null && log == null && !machine.isObserved() && !code.wantsStatements();
    }

    /// Runs each hart on a thread of its own, the first on this one, until the run is over for all.
    private void runThreads(Node location) {
        do {
            Parallel parallel = machine.parallel();
            parallel.begin(nanos -> TruffleSafepoint.setBlockedThreadInterruptible(location, MachineRun::park, nanos));
            var others = new ArrayList<Thread>();
            var problem = new AtomicReference<Throwable>();
            try {
                for (Hart hart : machine.harts()) {
                    if (hart.id() > 0) {
                        others.add(threads.apply(() -> runHart(parallel, hart, location, problem)));
                    }
                }
                others.forEach(Thread::start);
                runHart(parallel, machine.hart(), location, problem);
            } catch (RuntimeException | Error thrown) {
                machine.stop(); // those that have been started
                throw thrown;
            } finally {
                try {
                    join(others, location);
                } finally {
                    parallel.end();
                }
            }
            if (problem.get() != null) {
                throw MachineRun.<RuntimeException>unchecked(problem.get());
            }
        } while (machine.resumesAfterReset());
    }

    /// Runs a hart until its run is over. If it fails, the runs of all end.
    private void runHart(Parallel parallel, Hart hart, Node location, AtomicReference<Throwable> problem) {
        Engine engine = engines.get(hart.id());
        parallel.enter(hart);
        try {
            while (true) {
                // What the poll does may wait for other harts' threads, and these for this hart.
                parallel.comeOut(hart);
                TruffleSafepoint.poll(location);
                if (!parallel.attend(hart)) {
                    break;
                }
                boolean before = TruffleSafepoint.getCurrent().setAllowSideEffects(false);
                try {
                    engine.run(parallel);
                } finally {
                    TruffleSafepoint.getCurrent().setAllowSideEffects(before);
                }
            }
        } catch (Throwable thrown) {
            problem.compareAndSet(null, thrown);
            machine.stop();
        } finally {
            parallel.leave(hart);
        }
    }

    /// Waits for threads that are about to end, whatever happens meanwhile.
    private static void join(List<Thread> threads, Node location) {
        try {
            for (Thread thread : threads) {
                TruffleSafepoint.setBlockedThreadInterruptible(location, Thread::join, thread);
            }
        } finally {
            threads.forEach(MachineRun::join);
        }
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private void runEngines(Node location) {
        while (machine.attend()) {
            if (code.wantsStatements()) {
                TruffleSafepoint.poll(location);
                code.execute();
            } else {
                runEngine(location);
            }
        }
    }

    /// A method of its own: the loop that calls it may never end, and stays as slow as it began.
    private void runEngine(Node location) {
        if (code.isSampled()) {
            code.poll();
        }
        TruffleSafepoint.poll(location);
        // Not inside the engine, where the hart's state is in host registers: the guest could not continue after an
        // interrupt.
        boolean before = TruffleSafepoint.getCurrent().setAllowSideEffects(false);
        try {
            engines.get(machine.running().id()).run();
        } finally {
            TruffleSafepoint.getCurrent().setAllowSideEffects(before);
        }
    }

    private void runLogged(Node location) {
        try {
            try {
                while (machine.attend()) {
                    TruffleSafepoint.poll(location); // the hart may request a yield immediately, and repeatedly
                    Hart hart = machine.running();
                    while (!hart.yieldRequested && hart.remaining > 0) {
                        TruffleSafepoint.poll(location);
                        log.step(hart);
                    }
                }
            } finally {
                log.flush();
            }
        } catch (IOException e) {
            throw new RiscvException("the trace cannot be written (" + e.getMessage() + ")",
                    RiscvException.CANNOT_WRITE);
        }
    }

    @TruffleBoundary
    void reset() {
        enter();
        try {
            machine.powerOn();
            changed();
        } catch (ReloadException e) {
            throw RiscvException.of(e.getCause());
        } finally {
            leave();
        }
        engines.forEach(Engine::clearCounts);
        hostNanos = 0;
    }

    /// Takes a snapshot.
    ///
    /// @throws RiscvException where the machine has what cannot be in one
    MachineSnapshot snapshot() {
        try {
            return owning(machine::snapshot);
        } catch (StateException e) {
            throw new RiscvException("no snapshot can be taken: " + e.getMessage(), RiscvException.USAGE);
        }
    }

    /// Ends the current run, or the next at once, until [#clearInterrupt]; on any thread.
    void interrupt() {
        interrupted = true;
        machine.stop();
    }

    boolean isInterrupted() {
        return interrupted;
    }

    void clearInterrupt() {
        interrupted = false;
    }

    /// Continues under another model.
    ///
    /// @throws RiscvException if there is no such model
    void switchModel(String model, ModelOptions options) {
        owning(() -> {
            try {
                machine.switchModel(model, options);
            } catch (IllegalArgumentException e) {
                throw new RiscvException(e.getMessage(), RiscvException.USAGE);
            }
            engines = machine.monitors().stream().map(maker).toList();
            changed();
            return null;
        });
    }

    /// Restores a snapshot.
    ///
    /// @throws org.penumbra.snapshot.StateException if it belongs to another machine
    void restore(MachineSnapshot snapshot) {
        owning(() -> {
            restoreFor(snapshot);
            changed();
            return null;
        });
    }

    /// The same for the thread that has claimed the machine, as part of its history.
    void restoreFor(MachineSnapshot snapshot) {
        machine.restore(snapshot);
    }

    @TruffleBoundary
    ValueMap statistics() {
        try (var _ = hold()) {
            return StatisticsReport.of(machine, engines, mode, hostNanos);
        }
    }
}
