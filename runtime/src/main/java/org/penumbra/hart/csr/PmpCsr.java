// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.hart.Pmp;

/// pmpcfgN or pmpaddrN. Of the 64 entries with CSR numbers, those from [Pmp#ENTRIES] up read 0.
final class PmpCsr extends Csr {
    private final Hart hart;
    private final boolean config;
    private final int entry;

    private PmpCsr(Hart hart, boolean config, int entry) {
        this.hart = hart;
        this.config = config;
        this.entry = entry;
    }

    /// pmpcfgN, the configurations of eight entries from 4N on; N is even.
    static Csr config(Hart hart, int n) {
        return 4 * n < Pmp.ENTRIES ? new PmpCsr(hart, true, 4 * n) : new ConstantCsr(0);
    }

    static Csr address(Hart hart, int n) {
        return n < Pmp.ENTRIES ? new PmpCsr(hart, false, n) : new ConstantCsr(0);
    }

    @Override
    public long read() {
        if (!config) {
            return hart.pmp.address(entry);
        }
        long value = 0;
        for (int i = 7; i >= 0; i--) {
            value = value << 8 | hart.pmp.config(entry + i);
        }
        return value;
    }

    @Override
    public void write(long value) {
        boolean changed = config ? hart.pmp.writeConfigs(entry, value) : hart.pmp.writeAddress(entry, value);
        if (changed) {
            hart.events().protectionChanged();
        }
    }
}
