// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import org.penumbra.device.Clock;
import org.penumbra.hart.Hart;
import org.penumbra.monitor.MachineLock;

/// Runs harts in parallel, each on a thread of its own: what [Machine#attend] and [Machine#passTrap] do for harts that
/// take turns. Between runs there are no threads, and the machine is as one whose harts take turns.
public final class Parallel {
    /// Instructions after which a hart looks whether it is called: some five microseconds in compiled code, three
    /// hundred in the interpreter. Twice as many make no difference to speed; they make others wait longer for it.
    private static final long BUDGET = 10_000;
    /// With fewer left the budget is renewed, so that every region can be entered.
    private static final long LEAST = 1_000;
    /// Time between two polls for outside input, by whichever hart looks next.
    private static final long LOOK_NANOS = 2_000_000;
    /// The first hart's thread does it while all sleep, that often; input, when it comes, wakes it.
    private static final long LONGEST_SLEEP_NANOS = 50_000_000;
    /// How long a hart that does nothing but trap waits between two attempts.
    private static final long STUCK_NANOS = 1_000_000;
    /// One `pause` in so many lets other threads of the host run, more often if there are not enough processors.
    private static final int PAUSES = 32;
    private static final long NEVER = Long.MAX_VALUE;

    private final Machine machine;
    private final MachineLock lock;
    private final Hart[] harts;
    private final GuestTime time;
    private final Pace pace;
    private final Board board;
    private final boolean crowded;
    private final SelfTrap[] selfTraps;
    private final State[] states;
    /// Host time of the next poll.
    private long nextLook;
    private volatile boolean lookSoon;
    private volatile boolean runs;
    private MachineLock.Wait rest;

    /// What is kept of a hart, for its own thread but for what is said.
    private static final class State {
        /// Host time at which it has to come outside.
        private long until;
        /// Its count when [#passTrap] last took a trap.
        private long passedAt = -1;
        private int pauses;
        /// With the lock: whether it sleeps, without a time at which it wakes by itself; whether it traps forever.
        private boolean idle;
        private boolean stuck;
    }

    Parallel(Machine machine, MachineLock lock, Hart[] harts, GuestTime time, Pace pace, Board board) {
        this.machine = machine;
        this.lock = lock;
        this.harts = harts;
        this.time = time;
        this.pace = pace;
        this.board = board;
        this.crowded = harts.length > Runtime.getRuntime().availableProcessors();
        this.selfTraps = new SelfTrap[harts.length];
        this.states = new State[harts.length];
        Arrays.setAll(states, _ -> new State());
    }

    /// Called before the threads of a run are started.
    ///
    /// @param way how a thread waits
    public void begin(MachineLock.Wait way) {
        rest = way;
        nextLook = System.nanoTime();
        for (int id = 0; id < harts.length; id++) {
            selfTraps[id] = new SelfTrap(harts.length);
            states[id] = new State();
        }
        machine.monitors().forEach(monitor -> monitor.model().statistics(monitor.hart())); // made before threads are
        runs = true;
    }

    /// Called when they have ended.
    public void end() {
        runs = false;
    }

    /// Whether there are threads of harts.
    boolean runs() {
        return runs;
    }

    Hart running() {
        return lock.holder();
    }

    void callAll() {
        lock.callAll();
    }

    /// The hart that has the lock comes outside again, because something has come up for the machine.
    void callHolder() {
        lock.call(lock.holder());
    }

    /// Called by a hart's thread before anything else.
    public void enter(Hart hart) {
        lock.runsOn(hart, Thread.currentThread());
    }

    /// Called by a hart's thread at its end, however it ends.
    public void leave(Hart hart) {
        lock.enter(hart);
        lock.goIn(false);
        lock.leave();
        lock.runsOn(hart, null);
    }

    /// Called by a hart's thread before it does something in which it may have to wait for other threads.
    public void comeOut(Hart hart) {
        lock.comeOut(hart);
    }

    /// Whether a hart may go on executing: nobody calls it, and nothing of it is due. Renews its budget.
    public boolean goesOn(Hart hart) {
        if (lock.isCalled(hart)) {
            return false;
        }
        if (hart.remaining < LEAST) {
            hart.performance.update();
            if (System.nanoTime() >= states[hart.id()].until) {
                return false;
            }
            hart.extend(BUDGET);
        }
        return true;
    }

    /// Does what there is to do before a hart that has stopped can go on, if it concerns nobody else: takes its pending
    /// trap or an interrupt, or lets others run for its `pause`.
    ///
    /// @return whether it goes on
    public boolean passTrap(Hart hart) {
        State state = states[hart.id()];
        if (lock.isCalled(hart) || hart.waiting || hart.stopped || hart.needsFirmware()) {
            return false;
        }
        if (hart.trapPending()) {
            if (hart.instret() == state.passedAt) {
                return false; // it may do so forever, which is found out outside
            }
            state.passedAt = hart.instret();
            hart.takePendingTrap();
        }
        if (hart.paused) {
            hart.paused = false;
            pause(state);
        }
        hart.takeInterrupt();
        // What else was asked for has been done: the engine looks anew where it is.
        hart.yieldRequested = false;
        return hart.remaining >= LEAST || goesOn(hart);
    }

    private void pause(State state) {
        if (crowded || ++state.pauses % PAUSES == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    /// Handles what made a hart come outside, on its thread: takes a pending trap or interrupt, polls timers and the
    /// console, sleeps while the hart has nothing to do.
    ///
    /// @return whether the hart goes on, inside; else its run is over
    public boolean attend(Hart hart) {
        State state = states[hart.id()];
        boolean goesOn = false;
        lock.enter(hart);
        try {
            goesOn = attend(hart, state);
            return goesOn;
        } finally {
            lock.goIn(goesOn);
            lock.leave();
        }
    }

    private boolean attend(Hart hart, State state) {
        while (true) {
            lock.answer(hart);
            hart.yieldRequested = false;
            state.stuck = hart.trapPending() && selfTraps[hart.id()].take(hart, hart.instret());
            look(hart);
            hart.updateTimer();
            hart.performance.update();
            if (machine.isEnding()) {
                lock.callAll();
                return false;
            }
            if (board.goOn()) {
                lock.call(hart); // others get the lock in between
                return true;
            }
            if (!hart.stopped && (!hart.waiting || hart.wakeupPending()) && !state.stuck) {
                hart.waiting = false;
                hart.paused = false;
                hart.takeInterrupt();
                state.until = Math.min(nextLook, deadline(hart));
                if (hart.remaining < LEAST) {
                    hart.extend(BUDGET);
                }
                return true;
            }
            if (state.stuck) {
                waitStuck(hart);
            } else {
                sleep(hart, state);
            }
        }
    }

    /// Polls for outside input and brings the alarm and the timers of machine mode up to date, when it is time.
    private void look(Hart hart) {
        long now = System.nanoTime();
        if (board.aclint.nextDeadline(hart.id()) <= time.ticks()) {
            board.aclint.update();
        }
        if (lookSoon || now - nextLook >= 0) {
            lookSoon = false;
            board.rtc.update();
            board.aclint.update();
            board.poll();
            nextLook = now + LOOK_NANOS;
        }
    }

    /// Host time at which a hart's next timer expires, or [#NEVER].
    private long deadline(Hart hart) {
        long tick = GuestTime.orNever(pace.deadline(hart));
        return tick == NEVER ? NEVER
                : System.nanoTime() + Math.max(0, tick - time.ticks()) * Clock.NANOSECONDS_PER_TICK;
    }

    private void sleep(Hart hart, State state) {
        long deadline = hart.stopped ? NEVER : deadline(hart);
        board.aclint.update(); // a timer of machine mode that had expired by then is no deadline
        if (!hart.stopped && hart.wakeupPending()) {
            return;
        }
        state.idle = deadline == NEVER;
        if (state.idle && waitForever()) {
            machine.end(new Outcome(Outcome.Reason.DEADLOCK, 0));
            return;
        }
        long nanos = deadline == NEVER ? NEVER : deadline - System.nanoTime();
        if (hart == harts[0]) {
            long alarm = board.rtc.nanosecondsToAlarm();
            nanos = Math.min(nanos, Math.min(alarm, LONGEST_SLEEP_NANOS));
        }
        if (nanos > 0 && !lookSoon) {
            lock.sleep(hart, nanos, rest);
            board.console.waited();
        }
        state.idle = false;
    }

    /// Whether every hart sleeps, no timer is set and no input can come.
    private boolean waitForever() {
        for (Hart hart : harts) {
            if (lock.isInside(hart) || !states[hart.id()].idle || lock.isCalled(hart)) {
                return false;
            }
        }
        return board.rtc.nanosecondsToAlarm() == NEVER && board.exhausted();
    }

    private void waitStuck(Hart hart) {
        boolean all = true;
        for (Hart other : harts) {
            all &= other.stopped || states[other.id()].stuck && !lock.isInside(other);
        }
        if (all) {
            machine.end(new Outcome(Outcome.Reason.TRAP_LOOP, 0));
            return;
        }
        machine.tellIfStuck(selfTraps[hart.id()], hart);
        lock.sleep(hart, STUCK_NANOS, rest);
    }

    /// Sets the level of a hart's interrupt line.
    void setLine(Hart hart, int bit, boolean level) {
        if (hart == lock.holder()) {
            hart.setLine(bit, level);
        } else if (hart.interrupts.post(bit, level)) {
            if (!lock.isInside(hart)) {
                hart.setLine(bit, level);
            }
            lock.call(hart);
        }
    }

    /// There may be input; on any thread.
    void lookSoon() {
        lookSoon = true;
        lock.call(harts[0]);
    }
}
