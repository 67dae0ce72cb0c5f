// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import com.oracle.truffle.api.nodes.ControlFlowException;

/// A synchronous exception of the guest; the pc of the instruction is in [Hart#pc].
public final class GuestTrap extends ControlFlowException {
    private static final long serialVersionUID = 1;

    private final int cause;
    private final long tval;

    /// @param cause exception code as in mcause
    /// @param tval  value for mtval or stval
    public GuestTrap(int cause, long tval) {
        this.cause = cause;
        this.tval = tval;
    }

    public int cause() {
        return cause;
    }

    public long tval() {
        return tval;
    }
}
