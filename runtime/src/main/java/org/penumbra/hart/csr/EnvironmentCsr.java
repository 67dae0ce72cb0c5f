// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.CacheBlockOp;
import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// menvcfg or senvcfg: what less privileged modes may do. FIOM is stored but has no effect, because all fences are full
/// fences.
public final class EnvironmentCsr extends Csr {
    private static final long FIOM = 1;
    private static final int CBIE_SHIFT = 4;
    private static final long CBIE = 3 << CBIE_SHIFT;
    /// `cbo.inval` is executed as `cbo.flush`.
    public static final long CBIE_FLUSH = 1 << CBIE_SHIFT;
    public static final long CBCFE = 1 << 6;
    public static final long CBZE = 1 << 7;
    public static final long ADUE = 1L << 61;
    public static final long PBMTE = 1L << 62;
    public static final long STCE = 1L << 63;
    private static final long CACHE_BLOCKS = CBIE | CBCFE | CBZE;

    private final Hart hart;
    private final long mask;
    private final long initial;
    private long value;

    private EnvironmentCsr(Hart hart, long mask, long initial) {
        this.hart = hart;
        this.mask = mask;
        this.initial = initial;
    }

    /// menvcfg; ADUE is set at reset if the configuration says so.
    public static EnvironmentCsr machine(Hart hart) {
        var config = hart.config();
        long mask = FIOM | CACHE_BLOCKS | PBMTE | STCE | (config.svadu() ? ADUE : 0);
        return new EnvironmentCsr(hart, mask, config.updating() ? ADUE : 0);
    }

    /// senvcfg.
    public static EnvironmentCsr supervisor(Hart hart) {
        return new EnvironmentCsr(hart, FIOM | CACHE_BLOCKS, 0);
    }

    @Override
    void reset() {
        value = initial;
    }

    @Override
    public long read() {
        return value;
    }

    @Override
    public void write(long newValue) {
        long legal = newValue & mask;
        if ((legal & CBIE) == 2L << CBIE_SHIFT) {
            legal &= ~CBIE;
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

    /// ADUE.
    public boolean updatesAccessedDirty() {
        return (value & ADUE) != 0;
    }

    /// PBMTE.
    public boolean pageMemoryTypes() {
        return (value & PBMTE) != 0;
    }

    /// STCE.
    public boolean supervisorTimer() {
        return (value & STCE) != 0;
    }

    @Override
    void transfer(State state) {
        value = state.number(value);
    }
}
