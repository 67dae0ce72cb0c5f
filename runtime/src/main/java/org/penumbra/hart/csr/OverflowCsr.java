// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.hart.PerformanceMonitor;

/// scountovf: which counters have overflowed; below machine mode only those that mcounteren shows, and
/// to a guest of a hypervisor hcounteren.
final class OverflowCsr extends Csr {
    private final Hart hart;

    OverflowCsr(Hart hart) {
        this.hart = hart;
    }

    @Override
    public long read() {
        long set = (long) hart.performance.overflowed() << PerformanceMonitor.FIRST;
        return hart.privilege == Hart.MACHINE ? set : set & hart.csrs.visibleCounters(hart.virtual);
    }

    @Override
    public void write(long value) {
        throw new IllegalStateException("read-only");
    }
}
