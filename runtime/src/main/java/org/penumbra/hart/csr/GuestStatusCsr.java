// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// vsstatus, which is sstatus to a hypervisor's guest.
///
/// Floating point is off in a guest if it is off in mstatus or here, and what makes its state dirty makes it dirty in
/// both. So while V is 1 [Hart#floatState] is what follows from the two, and dirty only if both are.
public final class GuestStatusCsr extends Csr {
    private static final int FS_SHIFT = 13;
    private static final long SD = 1L << 63;
    private static final long WRITABLE = StatusCsr.SUPERVISOR_WRITABLE;

    private final Hart hart;
    /// The writable bits except FS.
    private long bits;
    /// FS here, and in mstatus while V is 1, but for what has become dirty since.
    private int floats;
    private int outerFloats;

    GuestStatusCsr(Hart hart) {
        this.hart = hart;
    }

    @Override
    void reset() {
        bits = 0;
        floats = Hart.FLOAT_OFF;
        outerFloats = Hart.FLOAT_OFF;
    }

    /// The hart enters VS or VU mode.
    void enterGuest() {
        outerFloats = hart.floatState;
        hart.floatState = combined();
    }

    /// The hart leaves VS or VU mode.
    void leaveGuest() {
        settle();
        hart.floatState = outerFloats;
    }

    private void settle() {
        if (hart.floatState == Hart.FLOAT_DIRTY) {
            floats = Hart.FLOAT_DIRTY;
            outerFloats = Hart.FLOAT_DIRTY;
        }
    }

    private int combined() {
        if (floats == Hart.FLOAT_OFF || outerFloats == Hart.FLOAT_OFF) {
            return Hart.FLOAT_OFF;
        }
        return Math.min(floats, outerFloats);
    }

    /// mstatus.FS while V is 1.
    int outerFloats() {
        settle();
        return outerFloats;
    }

    /// Sets mstatus.FS while V is 1.
    void setOuterFloats(int state) {
        settle();
        outerFloats = state;
        hart.floatState = combined();
    }

    @Override
    public long read() {
        if (hart.virtual) {
            settle();
        }
        return bits | (long) floats << FS_SHIFT | StatusCsr.UXL_64 | (floats == Hart.FLOAT_DIRTY ? SD : 0);
    }

    @Override
    public void write(long value) {
        bits = value & WRITABLE;
        if (hart.virtual) {
            settle();
        }
        floats = (int) (value >>> FS_SHIFT) & 3;
        if (hart.virtual) {
            hart.floatState = combined();
        }
        hart.contextChanged();
    }

    /// SIE.
    public boolean interrupts() {
        return (bits & StatusCsr.SIE) != 0;
    }

    public boolean sum() {
        return (bits & StatusCsr.SUM) != 0;
    }

    public boolean mxr() {
        return (bits & StatusCsr.MXR) != 0;
    }

    /// Pushes the stacks for a trap into VS mode.
    void enter(int from) {
        bits = StatusCsr.pushed(bits, from);
    }

    /// Pops the stacks for `sret` in VS mode.
    /// @return the privilege to return to
    int leave() {
        int to = StatusCsr.previous(bits);
        bits = StatusCsr.popped(bits);
        return to;
    }

    @Override
    void transfer(State state) {
        bits = state.number(bits);
        floats = state.number(floats);
        outerFloats = state.number(outerFloats);
    }
}
