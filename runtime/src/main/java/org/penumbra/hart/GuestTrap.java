// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import com.oracle.truffle.api.nodes.ControlFlowException;

/// A synchronous exception of the guest; the pc of the instruction is in [Hart#pc].
public final class GuestTrap extends ControlFlowException {
    private static final long serialVersionUID = 1;

    private final int cause;
    private final long tval;
    private final long guestPhysical;
    private final int instruction;

    /// @param cause exception code as in mcause
    /// @param tval  value for mtval or stval
    public GuestTrap(int cause, long tval) {
        this(cause, tval, 0, 0);
    }

    /// A page fault of the second of two stages.
    ///
    /// @param guestPhysical address that the second stage does not map
    /// @param instruction   value for mtinst or htinst
    public GuestTrap(int cause, long tval, long guestPhysical, int instruction) {
        this.cause = cause;
        this.tval = tval;
        this.guestPhysical = guestPhysical;
        this.instruction = instruction;
    }

    public int cause() {
        return cause;
    }

    public long tval() {
        return tval;
    }

    /// 0 unless it is a page fault of the second of two stages; likewise the following.
    public long guestPhysical() {
        return guestPhysical;
    }

    public int instruction() {
        return instruction;
    }
}
