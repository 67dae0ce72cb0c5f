// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// mstateenN (Smstateen), hstateenN or sstateenN (Ssstateen): which state less privileged modes reach. No state here is
/// guarded by sstateen, so all of it reads 0; mstateen0 and hstateen0 guard senvcfg, mstateen0 also henvcfg, and each
/// mstateen and hstateen the registers of its number below it.
final class StateEnableCsr extends Csr {
    /// Bit 63 of each mstateen.
    private static final long SE = 1L << 63;
    /// Bit 62 of mstateen0.
    private static final long ENVCFG = 1L << 62;

    private final long mask;
    /// What guards this register in supervisor mode; null for nothing.
    private final StateEnableCsr guard;
    /// What guards it from the hypervisor's guests; null for nothing.
    private final StateEnableCsr guestGuard;
    private long value;

    private StateEnableCsr(long mask, StateEnableCsr guard, StateEnableCsr guestGuard) {
        this.mask = mask;
        this.guard = guard;
        this.guestGuard = guestGuard;
    }

    static StateEnableCsr machine(int number) {
        return new StateEnableCsr(number == 0 ? SE | ENVCFG : SE, null, null);
    }

    /// Of which those bits read 0 that are 0 in `machine`.
    static StateEnableCsr hypervisor(StateEnableCsr machine) {
        return new StateEnableCsr(machine.mask, machine, null);
    }

    /// @param hypervisor or null
    static StateEnableCsr supervisor(StateEnableCsr machine, StateEnableCsr hypervisor) {
        return new StateEnableCsr(0, machine, hypervisor);
    }

    /// Whether lower modes reach senvcfg, in mstateen0 and hstateen0.
    boolean environment() {
        return (read() & ENVCFG) != 0;
    }

    @Override
    boolean accessibleToGuest(int privilege) {
        return guestGuard == null || guestGuard.read() < 0;
    }

    @Override
    public boolean accessible(int privilege) {
        return guard == null || privilege == Hart.MACHINE || guard.value < 0;
    }

    @Override
    void reset() {
        value = 0;
    }

    @Override
    public long read() {
        return guard == null ? value : value & guard.value;
    }

    @Override
    public void write(long newValue) {
        long writable = guard == null ? mask : mask & guard.value;
        value = value & ~writable | newValue & writable;
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
