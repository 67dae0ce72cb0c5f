// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// satp or vsatp. A write of a mode that is not supported changes nothing.
public final class SatpCsr extends Csr {
    private final Hart hart;
    /// Whether it is vsatp.
    private final boolean guest;
    private final long mask;
    private final int maximumMode;
    private long value;

    /// satp.
    public SatpCsr(Hart hart) {
        this(hart, false);
    }

    /// @param guest whether it is vsatp
    SatpCsr(Hart hart, boolean guest) {
        this.hart = hart;
        this.guest = guest;
        this.mask = TranslationMode.fields(hart.config().asidMask());
        this.maximumMode = hart.config().maximumMode();
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    public boolean accessible(int privilege) {
        return guest || privilege == Hart.MACHINE || hart.virtual || !hart.status.trapsVirtualMemory();
    }

    @Override
    boolean accessibleToGuest(int privilege) {
        return !hart.hypervisor.trapsVirtualMemory();
    }

    @Override
    public long read() {
        return value;
    }

    @Override
    public void write(long newValue) {
        int mode = TranslationMode.mode(newValue);
        if (mode != TranslationMode.BARE && (mode < TranslationMode.SV39 || mode > maximumMode)) {
            return;
        }
        long old = value;
        value = newValue & mask;
        if (guest) {
            hart.events().guestRootWritten();
        } else {
            hart.events().rootWritten(old, value);
        }
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
