// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// Which of the harts runs: one at a time, in turn, so that every run is the same.
///
/// A turn ends after so many instructions, or when the hart waits, stops or pauses; it goes on while no other hart can
/// run. All of that depends on the guest's instructions only, never on how they are executed.
///
/// Another hart's store is seen between turns, so a reservation made by `lr` is given up there, whatever was stored:
/// nothing that looks like the same value again can deceive the `sc`, and a loop of `lr` and `sc` that the architecture
/// promises success is far shorter than a turn.
final class Turns {
    /// Instructions of a turn while others can run. Long beside what a switch costs (a region is left, its last
    /// instructions are interpreted), short beside what a hart may spin for another.
    static final long LENGTH = 50_000;

    private final Hart[] harts;
    /// Instructions of all harts when one was last found to trap for ever; -1 for never.
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

    /// Instructions that all harts have retired.
    long instructions() {
        long sum = 0;
        for (Hart hart : harts) {
            sum += hart.instret();
        }
        return sum;
    }

    /// The running hart's trap led to itself: it is not asked again before another one has retired something.
    void giveUp() {
        stuck[running.id()] = instructions();
    }

    /// A hart goes on elsewhere, so that it does not trap as before.
    void goOn(Hart hart) {
        stuck[hart.id()] = -1;
    }

    /// Whether every hart that is not stopped traps for ever.
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

    /// Whether the running hart can run on.
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

    /// Ends the turn if it is over, and begins another.
    /// @return the hart to run, or null while none can
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

    /// Hands over its state, or takes it.
    void transfer(State state) {
        running = harts[state.number(running.id())];
        begun = state.number(begun);
        state.numbers(stuck);
    }
}
