// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.snapshot.State;

/// mcountinhibit; only CY and IR exist.
final class CounterInhibitCsr extends Csr {
    private static final long CY = 1;
    private static final long IR = 4;

    private final CounterCsr cycles;
    private final CounterCsr instructions;
    private long value;

    CounterInhibitCsr(CounterCsr cycles, CounterCsr instructions) {
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
        value = newValue & (CY | IR);
        cycles.inhibit((value & CY) != 0);
        instructions.inhibit((value & IR) != 0);
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
