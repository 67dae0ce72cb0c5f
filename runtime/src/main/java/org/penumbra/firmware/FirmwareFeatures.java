// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.hart.Hart;
import org.penumbra.hart.csr.EnvironmentCsr;
import org.penumbra.snapshot.State;

/// Features of a hart that its kernel may change (the FWFT extension, SBI 3.0, chapter 18). There is one: whether
/// hardware sets the A and D bits of page-table entries.
final class FirmwareFeatures {
    private static final int SET = 0;
    private static final int GET = 1;

    private static final int PTE_AD_HW_UPDATING = 4;
    /// POINTER_MASKING_PMLEN; the numbers after it are reserved or for platforms.
    private static final int LAST = 5;
    private static final long LOCK = 1;

    private static final int MENVCFG = 0x30a;

    /// By hart id, whether the feature is locked until the hart is reset.
    private final boolean[] locked;

    FirmwareFeatures(int harts) {
        locked = new boolean[harts];
    }

    /// Must be called when a hart was reset.
    void reset(Hart hart) {
        locked[hart.id()] = false;
    }

    void call(SbiCall call) {
        if (call.function() != SET && call.function() != GET) {
            call.unsupported();
            return;
        }
        int feature = (int) call.argument(0);
        if (feature != PTE_AD_HW_UPDATING || !call.hart().config().svadu()) {
            call.end(Integer.compareUnsigned(feature, LAST) <= 0 ? SbiError.NOT_SUPPORTED : SbiError.DENIED);
        } else if (call.function() == GET) {
            call.succeed((call.hart().csrs.read(MENVCFG) & EnvironmentCsr.ADUE) != 0 ? 1 : 0);
        } else {
            call.end(set(call.hart(), call.argument(1), call.argument(2)));
        }
    }

    private long set(Hart hart, long value, long flags) {
        if (value != 0 && value != 1 || (flags & ~LOCK) != 0) {
            return SbiError.INVALID_PARAM;
        }
        if (locked[hart.id()]) {
            return SbiError.DENIED_LOCKED;
        }
        locked[hart.id()] = flags == LOCK;
        long now = hart.csrs.read(MENVCFG);
        hart.csrs.write(MENVCFG, value == 1 ? now | EnvironmentCsr.ADUE : now & ~EnvironmentCsr.ADUE);
        return SbiError.SUCCESS;
    }

    /// Saves or restores its state.
    void transfer(State state) {
        state.flags(locked);
    }
}
