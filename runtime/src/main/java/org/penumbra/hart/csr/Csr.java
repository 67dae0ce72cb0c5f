// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.snapshot.State;

/// A control and status register as CSR instructions see it, once they are allowed to.
public abstract class Csr {
    /// The value a CSR instruction puts in rd.
    public abstract long read();

    /// The value that `csrrs` and `csrrc` set or clear bits of; other than [#read] for mip only.
    public long readForUpdate() {
        return read();
    }

    /// Writes what is legal of `value` (WARL).
    public abstract void write(long value);

    /// Whether an instruction at `privilege`, which is not below the one that the CSR's number asks for, may access it.
    public boolean accessible(int privilege) {
        return true;
    }

    void reset() {
    }

    /// Hands what it keeps to a snapshot, or takes it from one, without the effects of a write.
    void transfer(State state) {
    }
}
