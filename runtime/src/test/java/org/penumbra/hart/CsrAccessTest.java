// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.hart.HartHarness.assertIllegal;

import org.junit.jupiter.api.Test;

/// Who may access which CSR.
final class CsrAccessTest {
    private static final int[] PRIVILEGES = {Hart.USER, Hart.SUPERVISOR, Hart.MACHINE};

    private final HartHarness harness = new HartHarness();
    private final Hart hart = harness.hart;

    /// Everything that may hide a CSR is switched on.
    private void permitAll() {
        harness.set("mstatus", HartHarness.FS_DIRTY);
        harness.write("mcounteren", -1);
        harness.write("scounteren", -1);
        harness.write("menvcfg", HartHarness.STCE);
    }

    @Test
    void numberOfACsrSaysWhoMayReadAndWriteIt() {
        permitAll();
        for (int privilege : PRIVILEGES) {
            harness.enter(privilege);
            for (int number = 0; number < 4096; number++) {
                int csr = number;
                boolean readable = hart.csrs.exists(csr) && privilege >= (csr >> 8 & 3);
                if (readable) {
                    assertDoesNotThrow(() -> hart.csrs.check(csr, false, HartHarness.BITS));
                } else {
                    assertIllegal(() -> hart.csrs.check(csr, false, HartHarness.BITS));
                }
                if (readable && csr >> 10 != 3) {
                    assertDoesNotThrow(() -> hart.csrs.check(csr, true, HartHarness.BITS));
                } else {
                    assertIllegal(() -> hart.csrs.check(csr, true, HartHarness.BITS));
                }
            }
        }
    }

    @Test
    void csrsOfAbsentExtensionsDoNotExist() {
        int[] absent = {
            0x008, 0x015, 0x017, 0x10c, 0x10d, 0x120, 0x14c, 0x150, 0x15d, 0x180 + 1, 0x200, 0x280, 0x30c, 0x310, 0x312,
            0x31a, 0x321, 0x322, 0x34a, 0x34b, 0x3a1, 0x3af, 0x5a8, 0x600, 0x615, 0x680, 0x740, 0x744, 0x747, 0x757, 0x7a5,
            0x7a8, 0x7b0, 0xb01, 0xb80, 0xc20, 0xc80, 0xda0, 0xe12, 0xfb0, 0xfff
        };
        for (int number : absent) {
            assertFalse(hart.csrs.exists(number), () -> Integer.toHexString(number));
            assertIllegal(() -> hart.csrs.check(number, false, HartHarness.BITS));
        }
    }

    @Test
    void everyCsrIsFoundByItsName() {
        int count = 0;
        for (int number = 0; number < 4096; number++) {
            if (hart.csrs.exists(number)) {
                assertEquals(number, hart.csrs.number(hart.csrs.name(number)));
                count++;
            }
        }
        // fcsr 3, supervisor 12, machine 18, pmpcfg 8, pmpaddr 64, triggers 5, counters 2 + 3 + 1, and 29 of each of
        // three kinds.
        assertEquals(3 + 12 + 18 + 8 + 64 + 5 + 6 + 3 * 29, count);
        assertEquals(-1, hart.csrs.number("mnstatus"));
    }

    @Test
    void floatingPointCsrsNeedFloatingPointToBeOn() {
        for (String name : new String[] {"fflags", "frm", "fcsr"}) {
            for (int privilege : PRIVILEGES) {
                harness.enter(Hart.MACHINE);
                harness.clear("mstatus", HartHarness.FS_DIRTY);
                harness.enter(privilege);
                assertIllegal(() -> harness.read(name));
                harness.enter(Hart.MACHINE);
                harness.set("mstatus", 1 << 13);
                harness.enter(privilege);
                assertEquals(0, harness.read(name));
            }
        }
    }

    @Test
    void counterEnablesOpenEachCounterToSupervisorAndThenToUser() {
        for (int index = 0; index < 32; index++) {
            int csr = 0xc00 + index;
            for (int enables = 0; enables < 4; enables++) {
                harness.enter(Hart.MACHINE);
                long bit = 1L << index;
                harness.write("mcounteren", (enables & 1) != 0 ? bit : ~bit);
                harness.write("scounteren", (enables & 2) != 0 ? bit : ~bit);
                assertTrue(reads(csr));
                harness.enter(Hart.SUPERVISOR);
                assertEquals((enables & 1) != 0, reads(csr));
                harness.enter(Hart.USER);
                assertEquals(enables == 3, reads(csr));
            }
        }
    }

    private boolean reads(int csr) {
        try {
            hart.csrs.check(csr, false, HartHarness.BITS);
            return true;
        } catch (GuestTrap trap) {
            return false;
        }
    }

    @Test
    void satpTrapsUnderTvmInSupervisorModeOnly() {
        harness.set("mstatus", HartHarness.TVM);
        assertEquals(0, harness.read("satp"));
        harness.enter(Hart.SUPERVISOR);
        assertIllegal(() -> harness.read("satp"));
        assertIllegal(() -> harness.write("satp", 0));
        harness.enter(Hart.MACHINE);
        harness.clear("mstatus", HartHarness.TVM);
        harness.enter(Hart.SUPERVISOR);
        assertEquals(0, harness.read("satp"));
    }

    @Test
    void stimecmpNeedsStceAndTimeEnableBelowMachineMode() {
        for (int enables = 0; enables < 4; enables++) {
            harness.enter(Hart.MACHINE);
            harness.write("menvcfg", (enables & 1) != 0 ? HartHarness.STCE : 0);
            harness.write("mcounteren", (enables & 2) != 0 ? 2 : 5);
            harness.write("scounteren", -1);
            harness.write("stimecmp", 7);
            assertEquals(7, harness.read("stimecmp"));
            harness.enter(Hart.SUPERVISOR);
            assertEquals(enables == 3, reads(0x14d));
            harness.enter(Hart.USER);
            assertFalse(reads(0x14d));
        }
    }

    @Test
    void refusedAccessChangesNothing() {
        harness.write("mscratch", 5);
        harness.enter(Hart.USER);
        assertIllegal(() -> harness.write("mscratch", 6));
        harness.enter(Hart.MACHINE);
        assertEquals(5, harness.read("mscratch"));
    }
}
