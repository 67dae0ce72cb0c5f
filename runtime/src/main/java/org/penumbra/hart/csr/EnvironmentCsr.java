// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.CacheBlockOp;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// menvcfg, henvcfg or senvcfg: what less privileged modes may do. FIOM is stored but has no effect, because all fences
/// are full fences.
public final class EnvironmentCsr extends Csr {
    private static final long FIOM = 1;
    private static final int CBIE_SHIFT = 4;
    private static final long CBIE = 3 << CBIE_SHIFT;
    /// `cbo.inval` is executed as `cbo.flush`.
    public static final long CBIE_FLUSH = 1 << CBIE_SHIFT;
    public static final long CBCFE = 1 << 6;
    public static final long CBZE = 1 << 7;
    private static final int PMM_SHIFT = 32;
    private static final long PMM = 3L << PMM_SHIFT;
    public static final long ADUE = 1L << 61;
    public static final long PBMTE = 1L << 62;
    public static final long STCE = 1L << 63;

    private final Hart hart;
    private final long mask;
    private final long initial;
    /// For henvcfg menvcfg, whose ADUE, PBMTE and STCE it cannot exceed; else null.
    private final EnvironmentCsr limit;
    private long value;

    private EnvironmentCsr(Hart hart, long mask, long initial, EnvironmentCsr limit) {
        this.hart = hart;
        this.mask = mask;
        this.initial = initial;
        this.limit = limit;
    }

    /// menvcfg; ADUE is set at reset if the configuration says so.
    public static EnvironmentCsr machine(Hart hart) {
        var config = hart.config();
        return new EnvironmentCsr(hart, ofPrivileged(hart) | (hart.has(Extension.SMNPM) ? PMM : 0),
                config.updating() ? ADUE : 0, null);
    }

    /// henvcfg.
    static EnvironmentCsr hypervisor(Hart hart, EnvironmentCsr machine) {
        return new EnvironmentCsr(hart, ofPrivileged(hart) | (hart.has(Extension.SSNPM) ? PMM : 0), 0, machine);
    }

    private static long ofPrivileged(Hart hart) {
        return FIOM | cacheBlocks(hart) | (hart.has(Extension.SVPBMT) ? PBMTE : 0)
                | (hart.has(Extension.SSTC) ? STCE : 0) | (hart.config().svadu() ? ADUE : 0);
    }

    private static long cacheBlocks(Hart hart) {
        return (hart.has(Extension.ZICBOM) ? CBIE | CBCFE : 0) | (hart.has(Extension.ZICBOZ) ? CBZE : 0);
    }

    /// senvcfg.
    public static EnvironmentCsr supervisor(Hart hart) {
        return new EnvironmentCsr(hart, FIOM | cacheBlocks(hart) | (hart.has(Extension.SSNPM) ? PMM : 0), 0,
                null);
    }

    /// senvcfg and henvcfg are among the registers that machine mode can keep for itself.
    @Override
    public boolean accessible(int privilege) {
        return privilege == Hart.MACHINE || hart.csrs.allowsEnvironment();
    }

    @Override
    boolean accessibleToGuest(int privilege) {
        return hart.csrs.allowsGuestEnvironment();
    }

    @Override
    void reset() {
        value = initial;
    }

    @Override
    public long read() {
        return limit == null ? value : value & (limit.value | ~(ADUE | PBMTE | STCE));
    }

    @Override
    public void write(long newValue) {
        long legal = newValue & mask;
        if (limit != null) {
            legal &= limit.value | ~(ADUE | PBMTE | STCE);
        }
        if ((legal & CBIE) == 2L << CBIE_SHIFT) {
            legal &= ~CBIE;
        }
        if ((legal & PMM) == 1L << PMM_SHIFT) {
            legal &= ~PMM;
        }
        long changes = value ^ legal;
        value = legal;
        if ((changes & (ADUE | PBMTE)) != 0) {
            hart.events().protectionChanged();
        }
        if ((changes & STCE) != 0) {
            hart.updateTimer();
            hart.events().timerChanged();
        }
    }

    public boolean enables(CacheBlockOp op) {
        return (value & switch (op) {
            case INVALIDATE -> CBIE;
            case CLEAN, FLUSH -> CBCFE;
            case ZERO -> CBZE;
        }) != 0;
    }

    /// How many of the highest bits of an address pointer masking ignores in the next lower mode: 0, 7 or 16.
    public int ignoredBits() {
        return ignoredBits(value);
    }

    /// The same for a value of the register: PMM is 0, 2 or 3.
    public static int ignoredBits(long environment) {
        int field = (int) (environment >>> PMM_SHIFT) & 3;
        return field == 0 ? 0 : field == 2 ? 7 : 16;
    }

    /// A value of the register with PMM such that `bits` are ignored, if that is possible; else with 0.
    public static long ignoring(long environment, long bits) {
        long field = bits == 7 ? 2 : bits == 16 ? 3 : 0;
        return environment & ~PMM | field << PMM_SHIFT;
    }

    /// ADUE.
    public boolean updatesAccessedDirty() {
        return (read() & ADUE) != 0;
    }

    /// PBMTE.
    public boolean pageMemoryTypes() {
        return (read() & PBMTE) != 0;
    }

    /// STCE.
    public boolean supervisorTimer() {
        return (read() & STCE) != 0;
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
