// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.penumbra.hart.HartHarness.MIE;
import static org.penumbra.hart.HartHarness.MPP_SHIFT;
import static org.penumbra.hart.HartHarness.MPRV;
import static org.penumbra.hart.HartHarness.MXR;
import static org.penumbra.hart.HartHarness.SUM;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// When the monitor hears that other TLBs have to be active.
final class ContextTest {
    private static final List<String> CHANGED = List.of("context");
    private static final List<String> NOTHING = List.of();

    private final HartHarness harness = new HartHarness();
    private final Hart hart = harness.hart;

    @Test
    void trapsAndReturnsChangeTheContextWithThePrivilege() {
        harness.enter(Hart.USER);
        hart.takeTrap(8, 0);
        assertEquals(CHANGED, harness.drain());
        hart.machineReturn(HartHarness.BITS);
        assertEquals(CHANGED, harness.drain());
        harness.enter(Hart.MACHINE);
        hart.takeTrap(11, 0);
        assertEquals(NOTHING, harness.drain(), "machine mode stays machine mode");
    }

    @Test
    void modifiedPrivilegeIsThatOfMppForDataOnly() {
        harness.write("mstatus", 1 << MPP_SHIFT);
        assertEquals(NOTHING, harness.drain());
        harness.set("mstatus", MPRV);
        assertEquals(CHANGED, harness.drain());
        assertEquals(Hart.SUPERVISOR, hart.dataPrivilege());
        assertEquals(Hart.MACHINE, hart.privilege);
        harness.clear("mstatus", 3 << MPP_SHIFT);
        assertEquals(CHANGED, harness.drain());
        assertEquals(Hart.USER, hart.dataPrivilege());
        harness.set("mstatus", 3 << MPP_SHIFT);
        assertEquals(CHANGED, harness.drain());
        assertEquals(Hart.MACHINE, hart.dataPrivilege());
        harness.clear("mstatus", MPRV);
        assertEquals(NOTHING, harness.drain(), "accesses are still machine mode's");
    }

    @Test
    void trapIntoMachineModeUnderModifiedPrivilegeTakesMppWithIt() {
        harness.write("mstatus", MPRV | 1 << MPP_SHIFT);
        harness.drain();
        hart.takeTrap(13, 0);
        assertEquals(CHANGED, harness.drain());
        assertEquals(Hart.MACHINE, hart.dataPrivilege());
    }

    @Test
    void userMemoryPermissionMattersToSupervisorAccesses() {
        harness.set("mstatus", SUM);
        assertEquals(NOTHING, harness.drain());
        harness.clear("mstatus", SUM);
        harness.enter(Hart.SUPERVISOR);
        harness.set("sstatus", SUM);
        assertEquals(CHANGED, harness.drain());
        assertEquals(true, hart.sum());
        harness.set("sstatus", SUM);
        assertEquals(NOTHING, harness.drain());
        harness.clear("sstatus", SUM);
        assertEquals(CHANGED, harness.drain());
    }

    @Test
    void readingExecutablePagesMattersBelowMachineMode() {
        harness.set("mstatus", MXR);
        assertEquals(NOTHING, harness.drain());
        harness.set("mstatus", MPRV);
        assertEquals(CHANGED, harness.drain());
        harness.clear("mstatus", MXR);
        assertEquals(CHANGED, harness.drain());
        assertEquals(false, hart.mxr());
    }

    @Test
    void interruptEnablesAreNoPartOfTheContext() {
        harness.set("mstatus", MIE);
        harness.write("mie", -1);
        assertEquals(NOTHING, harness.drain());
    }

    /// What the monitor would choose TLBs by.
    private List<Object> choice() {
        int data = hart.dataPrivilege();
        return List.of(hart.privilege, data, data == Hart.SUPERVISOR && hart.sum(),
                data != Hart.MACHINE && hart.mxr());
    }

    @Test
    void noChangeIsEverMissedOrInvented() {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            var before = choice();
            int low = hart.privilege;
            switch (random.nextInt(5)) {
                case 0 -> hart.takeTrap(random.nextInt(16), 0);
                case 1 -> hart.csrs.write(0x300, random.nextLong());
                case 2 -> hart.csrs.write(0x100, random.nextLong());
                case 3 -> hart.csrs.write(0x302, random.nextLong());
                default -> {
                    if (low == Hart.MACHINE && random.nextBoolean()) {
                        hart.machineReturn(0);
                    } else if (low != Hart.USER && !hart.status.trapsSupervisorReturn()) {
                        hart.supervisorReturn(0);
                    }
                }
            }
            assertEquals(before.equals(choice()) ? NOTHING : CHANGED, harness.drain());
        }
    }
}
