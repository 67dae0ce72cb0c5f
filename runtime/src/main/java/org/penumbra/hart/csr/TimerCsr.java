// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// A register on which it depends when a timer expires; 0 after reset, as in other implementations.
class TimerCsr extends Csr {
    private final Hart hart;
    private long value;

    TimerCsr(Hart hart) {
        this.hart = hart;
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
        value = newValue;
        hart.updateTimer();
        hart.events().timerChanged();
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
