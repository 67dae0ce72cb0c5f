// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// mstateenN (Smstateen) or sstateenN (Ssstateen): which state less privileged modes reach. No state here is guarded by
/// sstateen, so all of it reads 0; mstateen0 guards senvcfg, and each mstateen the sstateen of its number.
final class StateEnableCsr extends Csr {
    /// Bit 63 of each mstateen.
    private static final long SE = 1L << 63;
    /// Bit 62 of mstateen0.
    private static final long ENVCFG = 1L << 62;

    private final long mask;
    /// What guards this register in supervisor mode; null for nothing.
    private final StateEnableCsr guard;
    private long value;

    private StateEnableCsr(long mask, StateEnableCsr guard) {
        this.mask = mask;
        this.guard = guard;
    }

    static StateEnableCsr machine(int number) {
        return new StateEnableCsr(number == 0 ? SE | ENVCFG : SE, null);
    }

    static StateEnableCsr supervisor(StateEnableCsr guard) {
        return new StateEnableCsr(0, guard);
    }

    /// Whether lower modes reach senvcfg, in mstateen0.
    boolean environment() {
        return (value & ENVCFG) != 0;
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
        return value;
    }

    @Override
    public void write(long newValue) {
        value = newValue & mask;
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
