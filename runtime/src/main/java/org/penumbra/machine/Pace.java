// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.concurrent.locks.LockSupport;
import org.penumbra.device.Clock;
import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// Decides how far the running hart may go before the machine has to check timers, the console and the other harts, and
/// how time passes while no hart can run.
final class Pace {
    /// Instructions between two polls for outside input.
    private static final long QUANTUM = 1 << 22;
    private static final long HOST_QUANTUM = 200_000;
    /// The same while a program polls memory for an answer from outside.
    private static final long SHORT_QUANTUM = 10_000;
    private static final long LONGEST_SLEEP_NANOS = 50_000_000;

    private final Hart[] harts;
    private final Turns turns;
    private final GuestTime time;
    private final Board board;
    private Machine.Rest rest = LockSupport::parkNanos;
    /// Instruction count of all harts at the next poll for outside input.
    private long nextLook;
    private volatile Thread resting;
    private volatile boolean wake;

    Pace(Hart[] harts, Turns turns, GuestTime time, Board board) {
        this.harts = harts;
        this.turns = turns;
        this.time = time;
        this.board = board;
        restart();
    }

    void restWith(Machine.Rest way) {
        rest = way;
    }

    /// Ends a [#rest]; on any thread.
    void wake() {
        wake = true;
        LockSupport.unpark(resting);
    }

    /// Starts over. The first poll is not immediate: whether input available from the start has been read by then would
    /// depend on the host's threads.
    void restart() {
        nextLook = turns.instructions() + betweenLooks();
    }

    /// Polls before the next instruction.
    void lookSoon() {
        nextLook = turns.instructions();
    }

    private long betweenLooks() {
        return board.wantsSoonLook() ? SHORT_QUANTUM : time.isHost() ? HOST_QUANTUM : QUANTUM;
    }

    /// Polls for outside input, periodically and whenever the running hart cannot continue. How often the hart traps or
    /// the engine stops for other reasons makes no difference: the first must not delay input, and the second is not
    /// reproducible.
    void look() {
        long now = turns.instructions();
        if (now >= nextLook || !turns.goesOn()) {
            board.poll();
            nextLook = now + betweenLooks();
        }
    }

    /// Brings the alarm, and the interrupts of timers and counters of all harts, up to date.
    void updateTimers() {
        board.rtc.update();
        board.aclint.update();
        for (Hart hart : harts) {
            hart.updateTimer();
            hart.performance.update();
        }
    }

    /// Sets how far the engine may run.
    ///
    /// @param most instructions that the machine allows
    void schedule(long most) {
        long turn = turns.left();
        long length = Math.min(Math.min(most, Math.max(1, nextLook - turns.instructions())), turn);
        // Where no other hart can run, a timer may change that.
        long tick = nextDeadline(turn == Long.MAX_VALUE);
        length = Math.min(length, Math.max(1, time.instructionsUntil(tick)));
        Hart hart = turns.running();
        length = Math.min(length, hart.performance.untilOverflow());
        hart.deadline = hart.instret() + length;
        hart.remaining = length;
    }

    /// Lets time pass for waiting harts.
    /// @return false when nothing can ever wake one
    boolean rest() {
        long deadline = nextDeadline(true);
        if (!time.isHost() && deadline != Long.MAX_VALUE) {
            time.skipTo(deadline);
            return true;
        }
        if (deadline == Long.MAX_VALUE && board.exhausted()) {
            return false;
        }
        long nanos = deadline == Long.MAX_VALUE ? LONGEST_SLEEP_NANOS
                : (deadline - time.ticks()) * Clock.NANOSECONDS_PER_TICK;
        if (nanos > 0 && !wake) {
            resting = Thread.currentThread();
            rest.await(Math.min(nanos, LONGEST_SLEEP_NANOS));
        }
        wake = false;
        board.console.waited();
        return true;
    }

    /// The tick at which the alarm, or a timer of the running hart or of any hart, must be checked; `Long.MAX_VALUE`
    /// for never.
    private long nextDeadline(boolean ofAny) {
        long deadline = Long.MAX_VALUE;
        for (Hart hart : harts) {
            if (ofAny || hart == turns.running()) {
                deadline = Math.min(deadline, deadline(hart));
            }
        }
        long alarm = board.rtc.nanosecondsToAlarm();
        return GuestTime.orNever(alarm == Long.MAX_VALUE ? deadline
                : Math.min(deadline, time.ticks() + Math.ceilDiv(alarm, Clock.NANOSECONDS_PER_TICK)));
    }

    /// The tick at which a timer of a hart must be checked; `Long.MAX_VALUE` for never.
    long deadline(Hart hart) {
        if (hart.stopped) {
            return Long.MAX_VALUE;
        }
        long supervisor = hart.stimecmpDeadline();
        long deadline = board.aclint.nextDeadline(hart.id());
        if (deadline <= time.ticks()) {
            // MTIP is already set: reaching the time changes nothing.
            deadline = Long.MAX_VALUE;
        }
        return supervisor == Long.MAX_VALUE ? deadline : Math.min(deadline, board.aclint.deadline(supervisor));
    }

    /// Saves or restores its state.
    void transfer(State state) {
        nextLook = state.number(nextLook);
    }
}
