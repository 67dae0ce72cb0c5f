// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// Decides which hart runs: one at a time, in turn, so that runs are reproducible.
///
/// A turn ends after a fixed number of instructions, or when the hart waits, stops or pauses; it is extended while no
/// other hart can run. All of this depends only on the guest's instructions, never on how they are executed.
///
/// Stores of other harts become visible only between turns, so a reservation made by `lr` is dropped there, whatever
/// was stored. The `sc` is thus immune to a value that changed and changed back (ABA), and any `lr`/`sc` loop for which
/// the architecture guarantees progress is far shorter than a turn.
final class Turns {
    /// Instructions per turn while other harts can run. Long compared with the cost of a switch (a region is left and
    /// its last instructions are interpreted), short compared with how long a hart may spin for another.
    static final long LENGTH = 50_000;

    private final Hart[] harts;
    /// Instruction count of all harts when one was last found to trap forever; -1 for never.
    private final long[] stuck;
    private Hart running;
    /// The running hart's count when its turn began.
    private long begun;

    Turns(Hart[] harts) {
        this.harts = harts;
        this.stuck = new long[harts.length];
        reset();
    }

    void reset() {
        running = harts[0];
        begun = running.instret();
        Arrays.fill(stuck, -1);
    }

    Hart running() {
        return running;
    }

    /// Instructions retired by all harts.
    long instructions() {
        long sum = 0;
        for (Hart hart : harts) {
            sum += hart.instret();
        }
        return sum;
    }

    /// The running hart's trap led to itself: it does not get another turn before another hart has retired an
    /// instruction.
    void giveUp() {
        stuck[running.id()] = instructions();
    }

    /// A hart continues at another pc, so it no longer traps as before.
    void goOn(Hart hart) {
        stuck[hart.id()] = -1;
    }

    /// Whether every hart that is not stopped traps forever.
    boolean allStuck() {
        boolean any = false;
        for (Hart hart : harts) {
            if (!hart.stopped && stuck[hart.id()] != instructions()) {
                return false;
            }
            any |= !hart.stopped;
        }
        return any;
    }

    private boolean canRun(Hart hart) {
        return !hart.stopped && (!hart.waiting || hart.wakeupPending()) && stuck[hart.id()] != instructions();
    }

    /// Whether the running hart can continue.
    boolean goesOn() {
        return canRun(running);
    }

    private boolean othersCanRun() {
        for (Hart hart : harts) {
            if (hart != running && canRun(hart)) {
                return true;
            }
        }
        return false;
    }

    /// Instructions left in the turn, at least 1.
    long left() {
        return othersCanRun() ? Math.max(1, begun + LENGTH - running.instret()) : Long.MAX_VALUE;
    }

    /// Makes [#next] begin another hart's turn, if one can run.
    void end() {
        begun = running.instret() - LENGTH;
    }

    /// Ends the turn if it is over, and begins the next.
    /// @return the hart to run, or null if none can run
    Hart next() {
        boolean runs = goesOn();
        if (runs && !running.paused && (running.instret() - begun < LENGTH || !othersCanRun())) {
            return running;
        }
        running.paused = false;
        for (int i = 1; i < harts.length; i++) {
            Hart hart = harts[(running.id() + i) % harts.length];
            if (canRun(hart)) {
                running.reservation = Hart.NO_RESERVATION;
                running = hart;
                begun = hart.instret();
                return hart;
            }
        }
        return runs ? running : null;
    }

    /// Saves or restores its state.
    void transfer(State state) {
        running = harts[state.number(running.id())];
        begun = state.number(begun);
        state.numbers(stuck);
    }
}
