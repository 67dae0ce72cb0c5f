// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.snapshot.State;

/// A control and status register as seen by CSR instructions whose access has been permitted.
public abstract class Csr {
    /// The value a CSR instruction puts in rd.
    public abstract long read();

    /// The value in which `csrrs` and `csrrc` set or clear bits; differs from [#read] only for mip.
    public long readForUpdate() {
        return read();
    }

    /// Writes the legal part of `value` (WARL).
    public abstract void write(long value);

    /// Whether an instruction at `privilege`, which is not below the one that the CSR's number asks for, may access it.
    public boolean accessible(int privilege) {
        return true;
    }

    /// Whether a hypervisor's guest may, where HS mode may: else a virtual-instruction exception.
    ///
    /// @param privilege USER for VU mode, SUPERVISOR for VS mode
    boolean accessibleToGuest(int privilege) {
        return true;
    }

    void reset() {
    }

    /// Saves its state to a snapshot, or restores it from one without the side effects of a write.
    void transfer(State state) {
    }
}
