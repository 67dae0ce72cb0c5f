// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import org.penumbra.device.Clock;

/// The time that the platform's clock shows: the host's, or that of the instructions which all harts have retired, at
/// 1 ns each, with time that was waited for skipped.
final class GuestTime implements Clock {
    private static final long INSTRUCTIONS_PER_TICK = 1_000_000_000 / FREQUENCY;

    private final boolean host;
    private final Turns turns;
    private long started = System.nanoTime();
    /// Instructions' worth of time skipped while waiting; negative once the machine has been reset.
    private long skipped;

    GuestTime(MachineConfig.ClockSource source, Turns turns) {
        this.host = source == MachineConfig.ClockSource.HOST;
        this.turns = turns;
    }

    /// Whether time passes by itself.
    boolean isHost() {
        return host;
    }

    @Override
    public long ticks() {
        return host ? (System.nanoTime() - started) / NANOSECONDS_PER_TICK
                : (turns.instructions() + skipped) / INSTRUCTIONS_PER_TICK;
    }

    /// Instructions until a tick at the earliest, not above zero if it has come; `Long.MAX_VALUE` for a tick too far away,
    /// or where instructions say nothing of time.
    long instructionsUntil(long tick) {
        return host || tick >= Long.MAX_VALUE / INSTRUCTIONS_PER_TICK ? Long.MAX_VALUE
                : tick * INSTRUCTIONS_PER_TICK - skipped - turns.instructions();
    }

    /// Lets a tick come at once; not on the host's clock.
    void skipTo(long tick) {
        skipped += Math.max(0, tick * INSTRUCTIONS_PER_TICK - skipped - turns.instructions());
    }

    /// Begins anew at 0.
    void restart() {
        started = System.nanoTime();
        skipped = -turns.instructions();
    }
}
