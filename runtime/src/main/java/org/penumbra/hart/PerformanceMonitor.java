// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import java.util.Arrays;
import java.util.List;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.isa.Extension;
import org.penumbra.mmu.AccessType;
import org.penumbra.snapshot.State;

/// The event counters of a hart, hpmcounter3 and up, each with the event it counts, the privilege modes it leaves out
/// and an interrupt when it overflows (Sscofpmf). Without Sscofpmf there are none.
///
/// Cycles and instructions are not counted one by one: a counter of them is an offset from the hart's count, taken anew
/// where it starts, stops or changes modes. All other events happen outside compiled code, and [#count] tells of them.
public final class PerformanceMonitor implements ExitStatistics.Listener {
    /// Number of the first counter, which is its bit in mcountinhibit and its distance from mcycle.
    public static final int FIRST = 3;
    /// How many there are.
    public static final int COUNTERS = 8;

    /// Values of the low bits of mhpmevent; 0 counts nothing, and what is not listed counts nothing, too.
    public static final int CYCLES = 1;
    public static final int INSTRUCTIONS = 2;
    public static final int LOAD_TLB_MISSES = 3;
    public static final int STORE_TLB_MISSES = 4;
    public static final int FETCH_TLB_MISSES = 5;
    /// Exits to the hypervisor for any cause.
    public static final int EXITS = 15;
    /// Exits for the first cause of [ExitCause]; the others follow in order.
    public static final int EXIT = 16;
    /// Entries of the machine-mode fast path of the first kind of [FastPathEntry]; the others follow in order.
    public static final int FAST_PATH = 32;

    /// An event that SBI names.
    ///
    /// @param index    its `event_idx` (SBI 3.0, tables "PMU Hardware Events" and "PMU Cache Event")
    /// @param selector what mhpmevent holds to count it
    public record Named(int index, int selector) {
    }

    /// All that can be counted. Those of caches are made of cache, operation and result: misses of the TLBs.
    public static final List<Named> NAMED = List.of(new Named(1, CYCLES), new Named(2, INSTRUCTIONS),
            new Named(1 << 16 | 3 << 3 | 1, LOAD_TLB_MISSES),
            new Named(1 << 16 | 3 << 3 | 1 << 1 | 1, STORE_TLB_MISSES),
            new Named(1 << 16 | 4 << 3 | 1, FETCH_TLB_MISSES));

    /// Bits of mhpmevent: the counter has overflowed; modes in which it does not count; which event it counts.
    public static final long OVERFLOW = 1L << 63;
    public static final long NOT_MACHINE = 1L << 62;
    public static final long NOT_SUPERVISOR = 1L << 61;
    public static final long NOT_USER = 1L << 60;
    /// The same for a hypervisor's guests: VS and VU mode, which the two above do not leave out.
    public static final long NOT_GUEST_SUPERVISOR = 1L << 59;
    public static final long NOT_GUEST_USER = 1L << 58;
    public static final long SELECTOR = 0xffff;
    private static final long OF_GUESTS = NOT_GUEST_SUPERVISOR | NOT_GUEST_USER;
    private static final long WRITABLE = OVERFLOW | NOT_MACHINE | NOT_SUPERVISOR | NOT_USER | SELECTOR;

    private final Hart hart;
    private final long[] events = new long[COUNTERS];
    /// The value, but for a counter of instructions that runs, of which the hart's count is the rest.
    private final long[] values = new long[COUNTERS];
    /// Bits of counters, from bit 0 on: inhibited by mcountinhibit; those that count in the current mode, of them those
    /// that count instructions.
    private int inhibited;
    private int running;
    private int ofInstructions;
    /// Of these, those that are about to overflow: their values have the highest bit set.
    private int armed;

    PerformanceMonitor(Hart hart) {
        this.hart = hart;
    }

    void reset() {
        Arrays.fill(events, 0);
        Arrays.fill(values, 0);
        inhibited = 0;
        running = 0;
        ofInstructions = 0;
        armed = 0;
    }

    /// Whether the hart has event counters.
    public boolean exists() {
        return hart.has(Extension.SSCOFPMF);
    }

    /// mhpmevent of counter `index`, which is 0 for the first; likewise the following.
    public long event(int index) {
        return events[index];
    }

    /// Takes effect after the instruction that writes it.
    public void setEvent(int index, long value) {
        settle(afterThis());
        events[index] = value & (hart.hypervisor == null ? WRITABLE : WRITABLE | OF_GUESTS);
        select(afterThis());
    }

    public long value(int index) {
        return values[index] + ((ofInstructions >>> index & 1) != 0 ? hart.instret() : 0);
    }

    /// The next instruction reads what was written: a write takes precedence over the increment.
    public void setValue(int index, long value) {
        settle(afterThis());
        values[index] = value;
        select(afterThis());
    }

    /// Sets which counters stand still, one bit each, the first counter's being bit 0.
    public void inhibit(int counters) {
        if (counters != inhibited) {
            settle(afterThis());
            inhibited = counters;
            select(afterThis());
        }
    }

    /// The counters that have overflowed since their OF was cleared, in the form of [#inhibit].
    public int overflowed() {
        int set = 0;
        for (int i = 0; i < COUNTERS; i++) {
            set |= events[i] < 0 ? 1 << i : 0;
        }
        return set;
    }

    /// The hart's privilege has changed.
    ///
    /// @param at instructions that have retired in the old mode
    void privilegeChanged(long at) {
        if (running != 0 || filters()) {
            settle(at);
            select(at);
        }
    }

    private boolean filters() {
        for (long event : events) {
            if ((event & (NOT_MACHINE | NOT_SUPERVISOR | NOT_USER | OF_GUESTS)) != 0) {
                return true;
            }
        }
        return false;
    }

    private long afterThis() {
        return hart.instret() + 1;
    }

    /// Makes all values independent of the hart's count, which is `now`.
    private void settle(long now) {
        for (int i = 0; i < COUNTERS; i++) {
            if ((ofInstructions >>> i & 1) != 0) {
                values[i] += now;
                if ((armed >>> i & 1) != 0 && values[i] >= 0) {
                    overflow(i);
                }
            }
        }
        ofInstructions = 0;
        armed = 0;
    }

    /// Finds out which counters count from `now` on.
    private void select(long now) {
        long left = hart.virtual ? hart.privilege == Hart.SUPERVISOR ? NOT_GUEST_SUPERVISOR : NOT_GUEST_USER
                : hart.privilege == Hart.MACHINE ? NOT_MACHINE
                : hart.privilege == Hart.SUPERVISOR ? NOT_SUPERVISOR : NOT_USER;
        running = 0;
        ofInstructions = 0;
        armed = 0;
        for (int i = 0; i < COUNTERS; i++) {
            long selector = events[i] & SELECTOR;
            if (selector != 0 && (events[i] & left) == 0 && (inhibited >>> i & 1) == 0) {
                running |= 1 << i;
                if (selector == CYCLES || selector == INSTRUCTIONS) {
                    ofInstructions |= 1 << i;
                    armed |= values[i] < 0 ? 1 << i : 0;
                    values[i] -= now;
                }
            }
        }
        if (armed != 0) {
            hart.events().timerChanged();
        }
    }

    /// Fewest instructions after which [#update] has something to do; `Long.MAX_VALUE` for never.
    public long untilOverflow() {
        long least = Long.MAX_VALUE;
        for (int left = armed; left != 0; left &= left - 1) {
            long value = value(Integer.numberOfTrailingZeros(left));
            least = Math.min(least, value == Long.MIN_VALUE ? Long.MAX_VALUE : -value);
        }
        return least;
    }

    /// Records the overflow of counters of instructions that have reached it.
    public void update() {
        for (int left = armed; left != 0; left &= left - 1) {
            int index = Integer.numberOfTrailingZeros(left);
            if (value(index) >= 0) {
                armed &= ~(1 << index);
                overflow(index);
            }
        }
    }

    /// An event has happened in the current mode.
    public void count(int event) {
        for (int left = running & ~ofInstructions; left != 0; left &= left - 1) {
            int index = Integer.numberOfTrailingZeros(left);
            if ((events[index] & SELECTOR) == event && ++values[index] == 0) {
                overflow(index);
            }
        }
    }

    /// The TLB has no translation for an access.
    public void missed(AccessType access) {
        if (running != 0) {
            count(switch (access) {
                case LOAD -> LOAD_TLB_MISSES;
                case STORE -> STORE_TLB_MISSES;
                case FETCH -> FETCH_TLB_MISSES;
            });
        }
    }

    @Override
    public void exit(ExitCause cause) {
        if (running != 0) {
            count(EXITS);
            count(EXIT + cause.ordinal());
        }
    }

    @Override
    public void fastPath(FastPathEntry entry) {
        if (running != 0) {
            count(FAST_PATH + entry.ordinal());
        }
    }

    private void overflow(int index) {
        if (events[index] >= 0) {
            events[index] |= OVERFLOW;
            hart.interrupts.overflowed();
        }
    }

    /// Saves or restores its state.
    void transfer(State state) {
        state.numbers(events);
        state.numbers(values);
        inhibited = state.number(inhibited);
        running = state.number(running);
        ofInstructions = state.number(ofInstructions);
        armed = state.number(armed);
    }
}
