// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// hgatp: mode, VMID of 14 bits and root of the second stage, whose root table has four pages. A mode that is not
/// supported leaves the mode as it is; the other fields are written.
public final class SecondRootCsr extends Csr {
    private static final long MODE = TranslationMode.satp(15, 0, 0);
    private static final long FIELDS = TranslationMode.fields(TranslationMode.VMID_MASK) & ~3L;

    private final Hart hart;
    private final int maximumMode;
    private long value;

    SecondRootCsr(Hart hart) {
        this.hart = hart;
        this.maximumMode = hart.config().maximumMode();
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    public boolean accessible(int privilege) {
        return privilege == Hart.MACHINE || hart.virtual || !hart.status.trapsVirtualMemory();
    }

    @Override
    public long read() {
        return value;
    }

    @Override
    public void write(long newValue) {
        int mode = TranslationMode.mode(newValue);
        boolean known = mode == TranslationMode.BARE || mode >= TranslationMode.SV39 && mode <= maximumMode;
        value = (known ? newValue : newValue & ~MODE | value & MODE) & FIELDS;
        hart.events().secondRootWritten(value);
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
