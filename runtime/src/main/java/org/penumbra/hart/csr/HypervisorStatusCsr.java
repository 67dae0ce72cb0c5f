// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// hstatus. VSXL says 64 bits, guests are little-endian, and there are no guest external interrupts to select by VGEIN.
public final class HypervisorStatusCsr extends Csr {
    private static final long GVA = 1 << 6;
    private static final long SPV = 1 << 7;
    private static final long SPVP = 1 << 8;
    private static final long HU = 1 << 9;
    private static final long VTVM = 1 << 20;
    private static final long VTW = 1 << 21;
    private static final long VTSR = 1 << 22;
    private static final long VSXL_64 = 2L << 32;
    private static final int HUPMM_SHIFT = 48;
    private static final long HUPMM = 3L << HUPMM_SHIFT;

    private final Hart hart;
    private final long writable;
    private long bits;

    HypervisorStatusCsr(Hart hart) {
        this.hart = hart;
        this.writable = GVA | SPV | SPVP | HU | VTVM | VTW | VTSR | (hart.has(Extension.SSNPM) ? HUPMM : 0);
    }

    @Override
    void reset() {
        bits = 0;
    }

    @Override
    public long read() {
        return bits | VSXL_64;
    }

    @Override
    public void write(long value) {
        boolean reserved = (value & HUPMM) == 1L << HUPMM_SHIFT;
        bits = (reserved ? value & ~HUPMM : value) & writable;
        hart.contextChanged();
    }

    /// SPVP, as a privilege.
    int previousPrivilege() {
        return (bits & SPVP) != 0 ? Hart.SUPERVISOR : Hart.USER;
    }

    /// HU.
    boolean allowsUser() {
        return (bits & HU) != 0;
    }

    boolean trapsVirtualMemory() {
        return (bits & VTVM) != 0;
    }

    boolean trapsWait() {
        return (bits & VTW) != 0;
    }

    boolean trapsReturn() {
        return (bits & VTSR) != 0;
    }

    /// How many bits of an address user mode's accesses to guests ignore.
    int ignoredBits() {
        int field = (int) (bits >>> HUPMM_SHIFT) & 3;
        return field == 0 ? 0 : field == 2 ? 7 : 16;
    }

    /// A trap into HS mode.
    ///
    /// @param guest   whether it comes from VS or VU mode
    /// @param from    the privilege that it comes from
    /// @param address whether stval has a guest's virtual address
    void enter(boolean guest, int from, boolean address) {
        bits = bits & ~(SPV | GVA) | (guest ? SPV : 0) | (address ? GVA : 0);
        if (guest) {
            bits = bits & ~SPVP | (from == Hart.SUPERVISOR ? SPVP : 0);
        }
    }

    /// Takes SPV for `sret`.
    boolean leave() {
        boolean guest = (bits & SPV) != 0;
        bits &= ~SPV;
        return guest;
    }

    @Override
    void transfer(State state) {
        bits = state.number(bits);
    }
}
