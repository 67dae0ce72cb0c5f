// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.hart.Hart;
import org.penumbra.hart.csr.EnvironmentCsr;
import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// Features of a hart that its kernel may change (the FWFT extension, SBI 3.0, chapter 18): whether hardware sets the A
/// and D bits of page-table entries, and how many bits pointer masking ignores in supervisor mode.
final class FirmwareFeatures {
    private static final int SET = 0;
    private static final int GET = 1;

    private static final int PTE_AD_HW_UPDATING = 4;
    private static final int POINTER_MASKING_PMLEN = 5;
    /// The numbers after it are reserved or for platforms.
    private static final int LAST = POINTER_MASKING_PMLEN;
    private static final int FEATURES = 2;
    private static final long LOCK = 1;

    private static final int MENVCFG = 0x30a;

    /// By hart id and feature, whether the feature is locked until the hart is reset.
    private final boolean[] locked;

    FirmwareFeatures(int harts) {
        locked = new boolean[FEATURES * harts];
    }

    /// Must be called when a hart was reset.
    void reset(Hart hart) {
        for (int i = 0; i < FEATURES; i++) {
            locked[FEATURES * hart.id() + i] = false;
        }
    }

    void call(SbiCall call) {
        if (call.function() != SET && call.function() != GET) {
            call.unsupported();
            return;
        }
        int feature = (int) call.argument(0);
        if (!exists(call.hart(), feature)) {
            call.end(Integer.compareUnsigned(feature, LAST) <= 0 ? SbiError.NOT_SUPPORTED : SbiError.DENIED);
        } else if (call.function() == GET) {
            call.succeed(get(call.hart(), feature));
        } else {
            call.end(set(call.hart(), feature, call.argument(1), call.argument(2)));
        }
    }

    private static boolean exists(Hart hart, int feature) {
        return switch (feature) {
            case PTE_AD_HW_UPDATING -> hart.config().svadu();
            case POINTER_MASKING_PMLEN -> hart.has(Extension.SMNPM);
            default -> false;
        };
    }

    private static long get(Hart hart, int feature) {
        long environment = hart.csrs.read(MENVCFG);
        return feature == POINTER_MASKING_PMLEN ? EnvironmentCsr.ignoredBits(environment)
                : (environment & EnvironmentCsr.ADUE) != 0 ? 1 : 0;
    }

    private long set(Hart hart, int feature, long value, long flags) {
        long now = hart.csrs.read(MENVCFG);
        long wanted = feature == POINTER_MASKING_PMLEN ? EnvironmentCsr.ignoring(now, value)
                : value == 1 ? now | EnvironmentCsr.ADUE : now & ~EnvironmentCsr.ADUE;
        boolean valid = feature == POINTER_MASKING_PMLEN ? EnvironmentCsr.ignoredBits(wanted) == value
                : value == 0 || value == 1;
        if (!valid || (flags & ~LOCK) != 0) {
            return SbiError.INVALID_PARAM;
        }
        int lock = FEATURES * hart.id() + LAST - feature;
        if (locked[lock]) {
            return SbiError.DENIED_LOCKED;
        }
        locked[lock] = flags == LOCK;
        hart.csrs.write(MENVCFG, wanted);
        return SbiError.SUCCESS;
    }

    /// Saves or restores its state.
    void transfer(State state) {
        state.flags(locked);
    }
}
