// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.penumbra.hart.Hart;

/// The one lock of a machine whose harts run in parallel, and what is known of where each hart is.
///
/// A hart is *inside* while it executes guest code, with all that its tiers do besides, without the lock; else it is
/// outside: it has the lock, waits for it, sleeps, or does not run. It takes the lock for everything that others see
/// or use: devices, firmware, translation, page tables of models, code pages that become such. What belongs to a hart
/// (its TLBs, decoded code, regions) is read and changed by its own thread, or by another one that has the lock while
/// the hart is outside. So whoever has the lock and has [reached][#reach] a hart may do with its state what could be
/// done if harts took turns.
///
/// Nobody waits for a hart that waits for this lock: waiting for it is being outside. A hart inside looks after every
/// few thousand instructions whether it is called, and comes outside then.
public class MachineLock {
    /// How often a thread asks for the lock before it waits: what is done with it takes less than a microsecond mostly.
    private static final int SPINS = 200;
    /// How long a thread waits for a hart at a time: the host may have let the hart's thread wait, too.
    private static final long LONGEST_REACH_NANOS = 50_000;
    /// A hart that has nothing to do waits awake at first, if that was worth it before: waking its thread takes the
    /// host some 15 microseconds, and who wakes it some 5. The shortest and the longest time for that.
    private static final long FIRST_POLL_NANOS = 10_000;
    private static final long LONGEST_POLL_NANOS = 100_000;

    private static final class Gate {
        /// Whether the hart executes guest code.
        private volatile boolean inside;
        /// Whether it is to come outside and look what there is.
        private volatile boolean called;
        /// Its thread while it runs, or null.
        private volatile Thread thread;
        /// Whether its thread may be asleep, so that it has to be woken. One that is awake would take the waking for
        /// its next sleep, and wake up from that at once.
        private volatile boolean asleep;
        /// For how long its thread waits awake.
        private long pollNanos;

        /// Waits awake to be called.
        ///
        /// @return whether it was
        private boolean poll(long nanos) {
            long start = System.nanoTime();
            while (!called) {
                if (System.nanoTime() - start >= nanos) {
                    return false;
                }
                Thread.onSpinWait();
            }
            return true;
        }

        /// Learns from a wait, asleep or awake: longer polls would have spared a short sleep, and would be wasted on a
        /// long one.
        private void waited(long nanos) {
            if (nanos > LONGEST_POLL_NANOS) {
                pollNanos = pollNanos > FIRST_POLL_NANOS ? pollNanos / 2 : 0;
            } else if (nanos > pollNanos) {
                pollNanos = Math.clamp(2 * pollNanos, FIRST_POLL_NANOS, LONGEST_POLL_NANOS);
            }
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Hart[] harts;
    private final Gate[] gates;
    /// Whether each hart can have a processor of the host for itself.
    private final boolean roomy;
    /// The thread that waits for a hart to come outside, or null.
    private volatile Thread reaching;
    /// The hart whose thread has the lock.
    private Hart holder;
    /// Whether it was inside before, and goes there afterwards.
    private boolean goesIn;
    /// How often [#enter] was called beyond the first time.
    private int depth;

    public MachineLock(Hart[] harts) {
        this.harts = harts.clone();
        this.holder = harts[0];
        this.gates = new Gate[harts.length];
        this.roomy = harts.length <= Runtime.getRuntime().availableProcessors();
        for (int id = 0; id < harts.length; id++) {
            gates[id] = new Gate();
        }
    }

    /// Takes the lock, for the hart's own thread or while nothing runs. May be nested.
    public void enter(Hart hart) {
        if (lock.isHeldByCurrentThread()) {
            depth++;
            return;
        }
        Gate gate = gates[hart.id()];
        boolean was = gate.inside;
        comeOut(hart);
        acquire();
        holder = hart;
        goesIn = was;
        if (was && gate.called) {
            // What it was going to use may have been changed: a region is left after the present instruction.
            hart.yieldRequested = true;
        }
    }

    /// Comes outside without the lock, on the hart's own thread, to wait for something else.
    public void comeOut(Hart hart) {
        gates[hart.id()].inside = false;
        Thread waiting = reaching;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    private void acquire() {
        for (int i = 0; i < SPINS; i++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }

    /// Gives the lock back.
    public void leave() {
        if (depth > 0) {
            depth--;
            return;
        }
        if (goesIn) {
            gates[holder.id()].inside = true;
        }
        lock.unlock();
    }

    /// Lets the hart that has the lock be inside when it gives it back, or not.
    public void goIn(boolean inside) {
        goesIn = inside;
    }

    /// The hart whose thread has the lock.
    public Hart holder() {
        return holder;
    }

    /// Whether a hart may be executing. Only with the lock can it not begin to.
    public boolean isInside(Hart hart) {
        return gates[hart.id()].inside;
    }

    /// Whether a hart is to come outside.
    public boolean isCalled(Hart hart) {
        return gates[hart.id()].called;
    }

    /// A hart is outside and looks what there is: what is asked of it from now on calls it again.
    public void answer(Hart hart) {
        gates[hart.id()].called = false;
        hart.interrupts.takePosted();
    }

    /// Makes a hart come outside soon, or wakes it; on any thread.
    public void call(Hart hart) {
        Gate gate = gates[hart.id()];
        gate.called = true;
        if (gate.asleep) {
            LockSupport.unpark(gate.thread);
        }
    }

    /// The same for all.
    public void callAll() {
        for (Hart hart : harts) {
            call(hart);
        }
    }

    /// Waits until another hart is outside. The caller has the lock, so that it stays there.
    public void reach(Hart hart) {
        Gate gate = gates[hart.id()];
        if (hart == holder && lock.isHeldByCurrentThread()) {
            return;
        }
        gate.called = true;
        if (!gate.inside) {
            return;
        }
        reaching = Thread.currentThread();
        for (int i = 0; gate.inside; i++) {
            if (i < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, LONGEST_REACH_NANOS);
            }
        }
        reaching = null;
    }

    /// Waits until all others are outside.
    public void reachAll() {
        for (Hart hart : harts) {
            if (hart != holder) {
                gates[hart.id()].called = true;
            }
        }
        for (Hart hart : harts) {
            reach(hart);
        }
    }

    /// Records which thread runs a hart from now on; null for none.
    public void runsOn(Hart hart, Thread thread) {
        gates[hart.id()].thread = thread;
    }

    /// How a thread waits; it may return early.
    @FunctionalInterface
    public interface Wait {
        void await(long nanos);
    }

    /// Lets the hart that has the lock sleep without it, until it is called or the time is over.
    public void sleep(Hart hart, long nanos, Wait way) {
        Gate gate = gates[hart.id()];
        lock.unlock();
        try {
            long start = System.nanoTime();
            if (!gate.poll(Math.min(nanos, gate.pollNanos))) {
                gate.asleep = true;
                if (!gate.called) {
                    way.await(nanos);
                }
            }
            if (roomy) {
                gate.waited(System.nanoTime() - start);
            }
        } finally {
            gate.asleep = false;
            acquire();
            holder = hart;
            goesIn = false;
        }
    }
}
