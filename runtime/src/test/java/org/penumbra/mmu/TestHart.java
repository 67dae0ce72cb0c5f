// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;

/// Harts for tests of translation, and a short way to set the CSR bits it depends on.
public final class TestHart {
    private static final int MSTATUS = 0x300;
    private static final int MENVCFG = 0x30a;
    private static final int SATP = 0x180;
    private static final long SUM = 1 << 18;
    private static final long MXR = 1 << 19;
    private static final long ADUE = 1L << 61;
    private static final long PBMTE = 1L << 62;

    private TestHart() {
    }

    /// Sv57, 16 ASID bits, hardware A and D, memory types on.
    public static Hart create(int id, int tlbEntries, int spaces) {
        Hart hart = new Hart(id, HartConfig.standard(), new AddressSpaces(tlbEntries, spaces));
        environment(hart, true, true);
        return hart;
    }

    public static void environment(Hart hart, boolean hardwareAD, boolean pbmt) {
        hart.csrs.write(MENVCFG, (hardwareAD ? ADUE : 0) | (pbmt ? PBMTE : 0));
    }

    public static void status(Hart hart, boolean sum, boolean mxr) {
        hart.csrs.write(MSTATUS, (sum ? SUM : 0) | (mxr ? MXR : 0));
    }

    public static void satp(Hart hart, long satp) {
        hart.csrs.write(SATP, satp);
    }
}
