// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// satp. A write of a mode that is not supported changes nothing.
public final class SatpCsr extends Csr {
    private static final int MODE_SHIFT = 60;
    private static final int SV39 = 8;
    private static final int ASID_SHIFT = 44;
    private static final long PPN = (1L << ASID_SHIFT) - 1;

    private final Hart hart;
    private final long mask;
    private final int maximumMode;
    private long value;

    public SatpCsr(Hart hart) {
        this.hart = hart;
        this.mask = 0xfL << MODE_SHIFT | (long) hart.config().asidMask() << ASID_SHIFT | PPN;
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
        int mode = (int) (newValue >>> MODE_SHIFT);
        if (mode != 0 && (mode < SV39 || mode > maximumMode)) {
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
