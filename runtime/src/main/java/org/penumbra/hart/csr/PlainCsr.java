// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.snapshot.State;

/// A register that only holds a value, in its implemented bits.
final class PlainCsr extends Csr {
    static final long ALL = -1;

    private final long mask;
    private long value;

    PlainCsr(long mask) {
        this.mask = mask;
    }

    @Override
    public long read() {
        return value;
    }

    @Override
    public void write(long newValue) {
        value = newValue & mask;
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
