// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.PerformanceMonitor;

/// mhpmcounterN or mhpmeventN of a counter that exists. Their state is that of the [PerformanceMonitor].
final class EventCsr extends Csr {
    private final PerformanceMonitor counters;
    private final int index;
    private final boolean selects;

    /// @param index   of the counter, 0 for hpmcounter3
    /// @param selects true for mhpmevent, false for mhpmcounter
    EventCsr(PerformanceMonitor counters, int index, boolean selects) {
        this.counters = counters;
        this.index = index;
        this.selects = selects;
    }

    @Override
    public long read() {
        return selects ? counters.event(index) : counters.value(index);
    }

    @Override
    public void write(long value) {
        if (selects) {
            counters.setEvent(index, value);
        } else {
            counters.setValue(index, value);
        }
    }
}
