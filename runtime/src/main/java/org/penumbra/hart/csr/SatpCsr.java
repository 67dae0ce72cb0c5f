// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// satp. A write of a mode that is not supported changes nothing.
public final class SatpCsr extends Csr {
    private final Hart hart;
    private final long mask;
    private final int maximumMode;
    private long value;

    public SatpCsr(Hart hart) {
        this.hart = hart;
        this.mask = TranslationMode.fields(hart.config().asidMask());
        this.maximumMode = hart.config().maximumMode();
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    public boolean accessible(int privilege) {
        return privilege == Hart.MACHINE || !hart.status.trapsVirtualMemory();
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
        hart.events().rootWritten(old, value);
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
