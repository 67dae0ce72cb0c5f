// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.isa.Extension;

/// stimecmp or vstimecmp (Sstc).
public final class StimecmpCsr extends TimerCsr {
    private final Hart hart;

    public StimecmpCsr(Hart hart) {
        super(hart);
        this.hart = hart;
    }

    @Override
    public boolean accessible(int privilege) {
        return hart.has(Extension.SSTC) && privilege == Hart.MACHINE || hart.csrs.supervisorTimerAccessible();
    }

    @Override
    boolean accessibleToGuest(int privilege) {
        return hart.hypervisor.guestTimerAccessible();
    }

    public boolean reached(long time) {
        return Long.compareUnsigned(time, read()) >= 0;
    }
}
