// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// mcycle or minstret, which both count retired instructions.
final class CounterCsr extends Csr {
    private final Hart hart;
    /// Offset from the hart's count; while inhibited, the value itself.
    private long offset;
    private boolean inhibited;

    CounterCsr(Hart hart) {
        this.hart = hart;
    }

    @Override
    void reset() {
        inhibited = false;
        offset = -hart.instret();
    }

    @Override
    public long read() {
        return inhibited ? offset : hart.instret() + offset;
    }

    /// The next instruction reads what was written: a write takes precedence over the increment.
    @Override
    public void write(long value) {
        offset = inhibited ? value : value - countAfter();
    }

    /// Takes effect after the instruction that changes it, which is counted under the old setting.
    void inhibit(boolean inhibit) {
        if (inhibit != inhibited) {
            offset += inhibit ? countAfter() : -countAfter();
            inhibited = inhibit;
        }
    }

    private long countAfter() {
        return hart.instret() + 1;
    }

    @Override
    void transfer(State state) {
        offset = state.number(offset);
        inhibited = state.flag(inhibited);
    }
}
