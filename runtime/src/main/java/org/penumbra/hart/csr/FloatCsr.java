// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;

/// fflags, frm or fcsr; inaccessible while mstatus.FS is off, and a write makes FS dirty.
final class FloatCsr extends Csr {
    private static final int FLAGS = 0x1f;
    private static final int ROUNDING_SHIFT = 5;
    private static final int ROUNDING = 7;

    private final Hart hart;
    private final boolean flags;
    private final boolean rounding;

    FloatCsr(Hart hart, boolean flags, boolean rounding) {
        this.hart = hart;
        this.flags = flags;
        this.rounding = rounding;
    }

    @Override
    public boolean accessible(int privilege) {
        return hart.floatEnabled();
    }

    @Override
    public long read() {
        var status = hart.floatStatus;
        if (!rounding) {
            return status.flags;
        }
        return flags ? status.roundingMode << ROUNDING_SHIFT | status.flags : status.roundingMode;
    }

    @Override
    public void write(long value) {
        var status = hart.floatStatus;
        if (flags) {
            status.flags = (int) value & FLAGS;
        }
        if (rounding) {
            status.roundingMode = (int) (flags ? value >>> ROUNDING_SHIFT : value) & ROUNDING;
        }
        hart.dirtyFloat();
    }

    @Override
    void reset() {
        hart.floatStatus.flags = 0;
        hart.floatStatus.roundingMode = 0;
    }
}
