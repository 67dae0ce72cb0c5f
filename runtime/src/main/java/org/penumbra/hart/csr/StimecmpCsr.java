// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// stimecmp or vstimecmp (Sstc); 0 after reset, as in other implementations.
public final class StimecmpCsr extends Csr {
    private final Hart hart;
    private long value;

    public StimecmpCsr(Hart hart) {
        this.hart = hart;
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    public boolean accessible(int privilege) {
        return hart.has(Extension.SSTC) && privilege == Hart.MACHINE || hart.csrs.supervisorTimerAccessible();
    }

    @Override
    boolean accessibleToGuest(int privilege) {
        return hart.hypervisor.guestTimerAccessible();
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

    public boolean reached(long time) {
        return Long.compareUnsigned(time, value) >= 0;
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
