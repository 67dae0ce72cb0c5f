// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.function.LongSupplier;
import org.penumbra.device.Clock;
import org.penumbra.snapshot.State;

/// The time that the platform's clock shows: the host's, or that of the instructions which all harts have retired, at
/// 1 ns each, with time that was waited for skipped.
///
/// The host's time does not pass for the guest while this process is stopped, else the guest's kernel would complain of a
/// processor that did nothing for so long.
final class GuestTime implements Clock {
    private static final long INSTRUCTIONS_PER_TICK = 1_000_000_000 / FREQUENCY;

    /// Half of what a `long` of nanoseconds or instructions can count, 146 years: the other half is for what runs after it.
    private static final long LAST_TICK = Long.MAX_VALUE / INSTRUCTIONS_PER_TICK / 2;

    /// The machine looks at the clock every few milliseconds of its run. Not to have done so for longer than this, in
    /// nanoseconds, means that the process was stopped.
    private static final long LONGEST_GAP = 1_000_000_000;

    private final boolean host;
    private final Turns turns;
    private final LongSupplier nanoTime;
    private long started;
    private long lastLook;
    /// Instructions' worth of time skipped while waiting; negative once the machine has been reset.
    private long skipped;

    GuestTime(MachineConfig.ClockSource source, Turns turns) {
        this(source, turns, System::nanoTime);
    }

    /// @param nanoTime the host's clock
    GuestTime(MachineConfig.ClockSource source, Turns turns, LongSupplier nanoTime) {
        this.host = source == MachineConfig.ClockSource.HOST;
        this.turns = turns;
        this.nanoTime = nanoTime;
        started = nanoTime.getAsLong();
        lastLook = started;
    }

    /// Whether time passes by itself.
    boolean isHost() {
        return host;
    }

    @Override
    public long ticks() {
        return host ? hostNanos() / NANOSECONDS_PER_TICK : (turns.instructions() + skipped) / INSTRUCTIONS_PER_TICK;
    }

    private long hostNanos() {
        long now = nanoTime.getAsLong();
        started += Math.max(0, now - lastLook - LONGEST_GAP);
        lastLook = now;
        return now - started;
    }

    /// A tick that may come, or `Long.MAX_VALUE` for one too far away, which never does.
    static long orNever(long tick) {
        return tick > LAST_TICK ? Long.MAX_VALUE : tick;
    }

    /// Instructions until a tick at the earliest, not above zero if it has come; `Long.MAX_VALUE` for one that never does,
    /// or where instructions say nothing of time.
    long instructionsUntil(long tick) {
        return host || tick == Long.MAX_VALUE ? Long.MAX_VALUE
                : tick * INSTRUCTIONS_PER_TICK - skipped - turns.instructions();
    }

    /// Lets a tick that may come do so at once; not on the host's clock.
    void skipTo(long tick) {
        skipped += Math.max(0, tick * INSTRUCTIONS_PER_TICK - skipped - turns.instructions());
    }

    /// Begins anew at 0.
    void restart() {
        started = nanoTime.getAsLong();
        lastLook = started;
        skipped = -turns.instructions();
    }

    /// Hands over its state, or takes it.
    void transfer(State state) {
        skipped = state.number(skipped);
        long elapsed = state.number(host ? hostNanos() : 0);
        if (host) {
            started = lastLook - elapsed;
        }
    }
}
