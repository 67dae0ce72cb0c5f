// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;

/// cycle, time, instret or hpmcounterN: a read-only shadow which mcounteren and scounteren may hide.
final class UserCounterCsr extends Csr {
    private final Hart hart;
    private final int index;
    /// What it shadows; null for time, which is mtime.
    private final Csr shadowed;

    /// @param index bit number in mcounteren and scounteren
    UserCounterCsr(Hart hart, int index, Csr shadowed) {
        this.hart = hart;
        this.index = index;
        this.shadowed = shadowed;
    }

    @Override
    public boolean accessible(int privilege) {
        return hart.csrs.counterAccessible(index, privilege);
    }

    @Override
    boolean accessibleToGuest(int privilege) {
        return hart.csrs.counterAccessibleToGuest(index, privilege);
    }

    @Override
    public long read() {
        return shadowed == null ? hart.time() : shadowed.read();
    }

    @Override
    public void write(long value) {
        throw new IllegalStateException("read-only");
    }
}
