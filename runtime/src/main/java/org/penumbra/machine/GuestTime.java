// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.function.LongSupplier;
import org.penumbra.device.Clock;
import org.penumbra.options.ClockSource;
import org.penumbra.snapshot.State;

/// The platform's clock: host time, or virtual time of 1 ns for each instruction retired by any hart, where waiting
/// skips ahead.
///
/// Under host time, time does not pass for the guest while this process is stopped; otherwise the guest's kernel would
/// report a stalled processor.
final class GuestTime implements Clock {
    private static final long INSTRUCTIONS_PER_TICK = 1_000_000_000 / FREQUENCY;

    /// Half the range of a `long` of nanoseconds or instructions, 146 years; the other half is headroom for the run.
    private static final long LAST_TICK = Long.MAX_VALUE / INSTRUCTIONS_PER_TICK / 2;

    /// A running machine reads the clock every few milliseconds. A gap longer than this, in nanoseconds, means that the
    /// process was stopped.
    private static final long LONGEST_GAP = 1_000_000_000;

    private final boolean host;
    private final Turns turns;
    private final LongSupplier nanoTime;
    private long started;
    private long lastLook;
    /// Time skipped while waiting, in instructions; negative once the machine has been reset.
    private long skipped;

    GuestTime(ClockSource source, Turns turns) {
        this(source, turns, System::nanoTime);
    }

    /// @param nanoTime the host's clock
    GuestTime(ClockSource source, Turns turns, LongSupplier nanoTime) {
        this.host = source == ClockSource.HOST;
        this.turns = turns;
        this.nanoTime = nanoTime;
        started = nanoTime.getAsLong();
        lastLook = started;
    }

    /// Whether time passes on its own.
    boolean isHost() {
        return host;
    }

    @Override
    public long ticks() {
        return host ? hostNanos() / NANOSECONDS_PER_TICK : (turns.instructions() + skipped) / INSTRUCTIONS_PER_TICK;
    }

    private long hostNanos() {
        long now = nanoTime.getAsLong();
        if (now - lastLook > LONGEST_GAP) {
            skipGap(now);
        }
        lastLook = now;
        return now - started;
    }

    /// Several harts may find the gap at the same time.
    private synchronized void skipGap(long now) {
        started += Math.max(0, now - lastLook - LONGEST_GAP);
        lastLook = now;
    }

    /// A tick that can be reached, or `Long.MAX_VALUE` for one too far away ever to come.
    static long orNever(long tick) {
        return tick > LAST_TICK ? Long.MAX_VALUE : tick;
    }

    /// Fewest instructions until a tick; zero or less if it has come; `Long.MAX_VALUE` if it never comes, or if time
    /// does not depend on instructions.
    long instructionsUntil(long tick) {
        return host || tick == Long.MAX_VALUE ? Long.MAX_VALUE
                : tick * INSTRUCTIONS_PER_TICK - skipped - turns.instructions();
    }

    /// Skips ahead to a tick that can be reached; not under the host's clock.
    void skipTo(long tick) {
        skipped += Math.max(0, tick * INSTRUCTIONS_PER_TICK - skipped - turns.instructions());
    }

    /// Restarts at 0.
    void restart() {
        started = nanoTime.getAsLong();
        lastLook = started;
        skipped = -turns.instructions();
    }

    /// Saves or restores its state. A machine may continue under the other clock.
    void transfer(State state) {
        boolean wasHost = state.flag(host);
        long passed = state.number(ticks());
        long skips = state.number(skipped);
        long elapsed = state.number(host ? hostNanos() : 0);
        if (!state.restores()) {
            return;
        }
        if (host) {
            started += hostNanos() - (wasHost ? elapsed : passed * NANOSECONDS_PER_TICK);
        } else {
            skipped = wasHost ? passed * INSTRUCTIONS_PER_TICK - turns.instructions() : skips;
        }
    }
}
