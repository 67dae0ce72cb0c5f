// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.PerformanceMonitor;
import org.penumbra.snapshot.State;

/// mcountinhibit: CY, IR and the bits of the event counters that exist.
final class CounterInhibitCsr extends Csr {
    private static final long CY = 1;
    private static final long IR = 4;
    private static final long EVENTS = (1L << PerformanceMonitor.COUNTERS) - 1 << PerformanceMonitor.FIRST;

    private final CounterCsr cycles;
    private final CounterCsr instructions;
    private final PerformanceMonitor events;
    private long value;

    /// @param events the event counters, or null for none
    CounterInhibitCsr(CounterCsr cycles, CounterCsr instructions, PerformanceMonitor events) {
        this.events = events;
        this.cycles = cycles;
        this.instructions = instructions;
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    public long read() {
        return value;
    }

    @Override
    public void write(long newValue) {
        value = newValue & (CY | IR | (events != null ? EVENTS : 0));
        if (events != null) {
            events.inhibit((int) value >>> PerformanceMonitor.FIRST);
        }
        cycles.inhibit((value & CY) != 0);
        instructions.inhibit((value & IR) != 0);
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
