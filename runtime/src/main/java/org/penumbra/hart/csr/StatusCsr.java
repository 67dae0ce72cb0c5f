// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// mstatus, including the privilege and interrupt-enable stacks. FS is kept in [Hart#floatState].
public final class StatusCsr extends Csr {
    static final long SIE = 1 << 1;
    private static final long MIE = 1 << 3;
    private static final long SPIE = 1 << 5;
    private static final long MPIE = 1 << 7;
    private static final long SPP = 1 << 8;
    private static final int MPP_SHIFT = 11;
    private static final long MPP = 3 << MPP_SHIFT;
    private static final int FS_SHIFT = 13;
    private static final long FS = 3 << FS_SHIFT;
    private static final long MPRV = 1 << 17;
    static final long SUM = 1 << 18;
    static final long MXR = 1 << 19;
    private static final long TVM = 1 << 20;
    private static final long TW = 1 << 21;
    private static final long TSR = 1 << 22;
    /// XLEN of user and supervisor mode: always 64.
    static final long UXL_64 = 2L << 32;
    private static final long SXL_64 = 2L << 34;
    /// Whether mtval has a guest's virtual address, and MPP means VS or VU mode.
    private static final long GVA = 1L << 38;
    private static final long MPV = 1L << 39;
    private static final long SD = 1L << 63;

    private static final long WRITABLE = SIE | MIE | SPIE | MPIE | SPP | MPP | MPRV | SUM | MXR | TVM | TW | TSR;
    static final long SUPERVISOR_WRITABLE = SIE | SPIE | SPP | SUM | MXR;
    private static final long SUPERVISOR_VISIBLE = SUPERVISOR_WRITABLE | FS | UXL_64 | SD;

    private final Hart hart;
    private final long writable;
    /// The writable bits except FS.
    private long bits;

    public StatusCsr(Hart hart) {
        this.hart = hart;
        this.writable = hart.has(Extension.RV_H) ? WRITABLE | GVA | MPV : WRITABLE;
    }

    @Override
    void reset() {
        bits = 0;
    }

    @Override
    public long read() {
        int floats = hart.virtual ? hart.hypervisor.guestStatus.outerFloats() : hart.floatState;
        return bits | (long) floats << FS_SHIFT | UXL_64 | SXL_64 | (floats == Hart.FLOAT_DIRTY ? SD : 0);
    }

    @Override
    public void write(long value) {
        boolean reservedPrivilege = (value & MPP) == 2L << MPP_SHIFT;
        replace(reservedPrivilege ? value & ~MPP : value, writable);
    }

    private void replace(long value, long mask) {
        bits = bits & ~mask | value & mask;
        int floats = (int) (value >>> FS_SHIFT) & 3;
        if (hart.virtual) {
            hart.hypervisor.guestStatus.setOuterFloats(floats);
        } else {
            hart.floatState = floats;
        }
        hart.contextChanged();
    }

    /// sstatus, which shows some fields of mstatus.
    Csr supervisorView() {
        return new Csr() {
            @Override
            public long read() {
                return StatusCsr.this.read() & SUPERVISOR_VISIBLE;
            }

            @Override
            public void write(long value) {
                replace(value, SUPERVISOR_WRITABLE);
            }
        };
    }

    public boolean machineInterrupts() {
        return (bits & MIE) != 0;
    }

    public boolean supervisorInterrupts() {
        return (bits & SIE) != 0;
    }

    /// MPRV.
    public boolean modifiesPrivilege() {
        return (bits & MPRV) != 0;
    }

    /// MPP.
    public int machinePrevious() {
        return (int) ((bits & MPP) >>> MPP_SHIFT);
    }

    /// MPV, whatever MPP is.
    public boolean machinePreviousVirtual() {
        return (bits & MPV) != 0;
    }

    public boolean sum() {
        return (bits & SUM) != 0;
    }

    public boolean mxr() {
        return (bits & MXR) != 0;
    }

    /// TVM.
    public boolean trapsVirtualMemory() {
        return (bits & TVM) != 0;
    }

    /// TW.
    public boolean trapsWait() {
        return (bits & TW) != 0;
    }

    /// TSR.
    public boolean trapsSupervisorReturn() {
        return (bits & TSR) != 0;
    }

    /// Pushes the stacks for a trap into machine mode.
    public void enterMachine(int from) {
        long enabled = (bits & MIE) != 0 ? MPIE : 0;
        bits = bits & ~(MIE | MPIE | MPP) | enabled | (long) from << MPP_SHIFT;
    }

    /// Records for a trap into machine mode whether it comes from VS or VU mode, and whether mtval has a guest's
    /// virtual address.
    void enterMachine(boolean guest, boolean address) {
        bits = bits & ~(MPV | GVA) | (guest ? MPV : 0) | (address ? GVA : 0);
    }

    /// Pushes the stacks for a trap into supervisor mode.
    public void enterSupervisor(int from) {
        bits = pushed(bits, from);
    }

    static long pushed(long status, int from) {
        long enabled = (status & SIE) != 0 ? SPIE : 0;
        return status & ~(SIE | SPIE | SPP) | enabled | (from == Hart.SUPERVISOR ? SPP : 0);
    }

    /// Pops the stacks for `mret`.
    /// @return the privilege to return to
    public int leaveMachine() {
        int to = machinePrevious();
        long enabled = (bits & MPIE) != 0 ? MIE : 0;
        bits = bits & ~(MIE | MPP) | enabled | MPIE;
        if (to != Hart.MACHINE) {
            bits &= ~MPRV;
        }
        return to;
    }

    /// Pops the stacks for `sret`.
    /// @return the privilege to return to
    public int leaveSupervisor() {
        int to = previous(bits);
        bits = popped(bits) & ~MPRV;
        return to;
    }

    /// SPP, as a privilege.
    static int previous(long status) {
        return (status & SPP) != 0 ? Hart.SUPERVISOR : Hart.USER;
    }

    static long popped(long status) {
        long enabled = (status & SPIE) != 0 ? SIE : 0;
        return status & ~(SIE | SPP) | enabled | SPIE;
    }

    /// Takes MPV for `mret`.
    boolean leaveMachineForGuest() {
        boolean guest = (bits & MPV) != 0;
        bits &= ~MPV;
        return guest;
    }

    @Override
    void transfer(State state) {
        bits = state.number(bits);
    }
}
