// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.hart.HartHarness.MIE;
import static org.penumbra.hart.HartHarness.SIE;
import static org.penumbra.hart.HartHarness.STCE;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// Which interrupts are pending, which are taken and when.
final class InterruptTest {
    private static final int[] PRIVILEGES = {Hart.USER, Hart.SUPERVISOR, Hart.MACHINE};
    private static final int[] LINES = {3, 7, 9, 11};
    private static final long INTERRUPT = 1L << 63;
    private static final long STIP = 1 << 5;
    private static final long SEIP = 1 << 9;

    private final HartHarness harness = new HartHarness();
    private final Hart hart = harness.hart;

    private long peek(String name) {
        return hart.csrs.read(hart.csrs.number(name));
    }

    private void poke(String name, long value) {
        hart.csrs.write(hart.csrs.number(name), value);
    }

    private void lines(long set) {
        for (int bit : LINES) {
            hart.setLine(bit, (set >> bit & 1) != 0);
        }
    }

    /// The interrupt to be taken as the specification words it, or -1.
    private static int expected(long mip, long mie, long mideleg, int privilege, boolean mieBit, boolean sieBit) {
        int[] order = {11, 3, 7, 9, 1, 5};
        for (int bit : order) {
            boolean toMachine = ((mip & mie & ~mideleg) >> bit & 1) != 0;
            if (toMachine && (privilege < Hart.MACHINE || mieBit)) {
                return bit;
            }
        }
        for (int bit : order) {
            boolean toSupervisor = ((mip & mie & mideleg) >> bit & 1) != 0;
            if (toSupervisor && (privilege < Hart.SUPERVISOR || privilege == Hart.SUPERVISOR && sieBit)) {
                return bit;
            }
        }
        return -1;
    }

    @Test
    void theRightInterruptIsTakenInEveryState() {
        var random = new Random(5);
        int taken = 0;
        for (int i = 0; i < 30_000; i++) {
            harness.enter(Hart.MACHINE);
            boolean mieBit = random.nextBoolean();
            boolean sieBit = random.nextBoolean();
            int privilege = PRIVILEGES[random.nextInt(3)];
            long mip = random.nextLong() & random.nextLong() & 0xaaa;
            long mie = random.nextLong() & 0xaaa;
            long mideleg = random.nextLong() & 0x222;
            poke("mtvec", 0x8000_0001L);
            poke("stvec", 0x9000_0000L);
            poke("mideleg", mideleg);
            poke("mie", mie);
            lines(mip);
            poke("mip", mip);
            poke("mstatus", (mieBit ? MIE : 0) | (sieBit ? SIE : 0));
            hart.privilege = privilege;
            hart.contextChanged();
            hart.pc = 0x4444;

            int cause = expected(mip, mie, mideleg, privilege, mieBit, sieBit);
            assertEquals(cause >= 0, hart.interruptPending());
            assertEquals((mip & mie) != 0, hart.wakeupPending());
            assertEquals(cause >= 0, hart.takeInterrupt());
            if (cause < 0) {
                assertEquals(privilege, hart.privilege);
                assertEquals(0x4444, hart.pc);
            } else if ((mideleg >> cause & 1) != 0) {
                assertEquals(Hart.SUPERVISOR, hart.privilege);
                assertEquals(0x9000_0000L, hart.pc, "direct");
                assertEquals(INTERRUPT | cause, peek("scause"));
                assertEquals(0x4444, peek("sepc"));
                assertEquals(0, peek("stval"));
                taken++;
            } else {
                assertEquals(Hart.MACHINE, hart.privilege);
                assertEquals(0x8000_0000L + 4 * cause, hart.pc, "vectored");
                assertEquals(INTERRUPT | cause, peek("mcause"));
                assertEquals(0x4444, peek("mepc"));
                assertEquals(0, peek("mtval"));
                taken++;
            }
        }
        assertTrue(taken > 5000 && taken < 25_000, "both outcomes are met");
    }

    @Test
    void handlerRunsWithInterruptsOff() {
        poke("mie", 1 << 7);
        poke("mstatus", MIE);
        hart.setLine(7, true);
        assertTrue(hart.takeInterrupt());
        assertFalse(hart.takeInterrupt());
        hart.machineReturn(HartHarness.BITS);
        assertEquals(Hart.MACHINE, hart.privilege);
        assertTrue(hart.takeInterrupt());
    }

    @Test
    void yieldIsRequestedByWhateverMakesAnInterruptTakeable() {
        poke("mideleg", 0);
        hart.setLine(7, true);
        poke("mie", 1 << 7);
        assertFalse(hart.yieldRequested, "MIE is off");
        poke("mstatus", MIE);
        assertTrue(yieldRequested(), "mstatus");

        poke("mie", 0);
        assertFalse(yieldRequested());
        poke("mie", 1 << 7);
        assertTrue(yieldRequested(), "mie");

        hart.setLine(7, false);
        assertFalse(yieldRequested());
        hart.setLine(7, true);
        assertTrue(yieldRequested(), "a line");
        hart.setLine(7, false);

        poke("mie", 1 << 1);
        poke("mideleg", 1 << 1);
        poke("mip", 1 << 1);
        assertFalse(yieldRequested(), "delegated interrupts do not disturb machine mode");
        poke("mideleg", 0);
        assertTrue(yieldRequested(), "mideleg");
        poke("mideleg", 1 << 1);

        harness.enter(Hart.SUPERVISOR);
        assertFalse(yieldRequested(), "SIE is off");
        poke("sstatus", SIE);
        assertTrue(yieldRequested(), "sstatus");
        poke("sstatus", 0);
        hart.supervisorReturn(HartHarness.BITS);
        assertEquals(Hart.USER, hart.privilege);
        assertTrue(yieldRequested(), "privilege");
    }

    private boolean yieldRequested() {
        boolean drawn = hart.yieldRequested;
        hart.yieldRequested = false;
        return drawn;
    }

    @Test
    void linesAreReadOnlyInPendingRegister() {
        for (int bit : LINES) {
            hart.setLine(bit, true);
            assertEquals(1L << bit, harness.read("mip"));
            harness.write("mip", 0);
            assertEquals(1L << bit, harness.read("mip"));
            hart.setLine(bit, false);
            assertEquals(0, harness.read("mip"));
        }
        assertThrows(IllegalArgumentException.class, () -> hart.setLine(1, true));
        assertThrows(IllegalArgumentException.class, () -> hart.setLine(5, true));
        assertThrows(IllegalArgumentException.class, () -> hart.setLine(35, true));
    }

    @Test
    void externalSupervisorInterruptIsTheControllersOrSoftwares() {
        hart.setLine(9, true);
        assertEquals(SEIP, harness.set("mip", 1 << 1), "rd shows both");
        hart.setLine(9, false);
        assertEquals(2, harness.read("mip"), "setting another bit did not make it software's");

        harness.set("mip", SEIP);
        assertEquals(SEIP | 2, harness.read("mip"));
        hart.setLine(9, true);
        assertEquals(SEIP | 2, harness.clear("mip", SEIP));
        assertEquals(SEIP | 2, harness.read("mip"), "the line is still up");
        hart.setLine(9, false);
        assertEquals(2, harness.read("mip"));
    }

    @Test
    void supervisorViewsShowDelegatedInterruptsOnly() {
        for (int mideleg = 0; mideleg < 0x400; mideleg += 2) {
            long delegated = mideleg & 0x222;
            poke("mideleg", delegated);
            poke("mie", 0xaaa);
            poke("mip", 0x222);
            assertEquals(delegated, harness.read("sie"));
            assertEquals(delegated, harness.read("sip"));
            poke("sie", 0);
            assertEquals(0xaaa & ~delegated, harness.read("mie"));
            poke("sip", 0);
            assertEquals(0x222 & ~(delegated & 2), harness.read("mip"), "only SSIP is writable");
            poke("mie", 0);
            poke("sie", -1);
            assertEquals(delegated, harness.read("mie"));
        }
    }

    @Test
    void timerComparatorDrivesTheTimerInterruptWhileEnabled() {
        harness.now = 100;
        harness.write("mip", STIP);
        harness.write("stimecmp", 200);
        assertEquals(STIP, harness.read("mip"), "software's, as STCE is off");
        assertEquals(Long.MAX_VALUE, hart.stimecmpDeadline());

        harness.write("menvcfg", STCE);
        assertEquals(0, harness.read("mip"));
        assertEquals(200, hart.stimecmpDeadline());
        harness.write("mip", STIP);
        assertEquals(0, harness.read("mip"), "read-only now");

        harness.now = 200;
        assertEquals(STIP, harness.read("mip"));
        assertEquals(Long.MAX_VALUE, hart.stimecmpDeadline(), "nothing more to wait for");
        harness.write("mip", 0);
        assertEquals(STIP, harness.read("mip"));
        harness.write("stimecmp", 201);
        assertEquals(0, harness.read("mip"));
        assertEquals(201, hart.stimecmpDeadline());

        harness.write("menvcfg", 0);
        assertEquals(STIP, harness.read("mip"), "software's bit is back as it was");
    }

    @Test
    void timerComparesUnsigned() {
        harness.write("menvcfg", STCE);
        harness.now = Long.MAX_VALUE;
        harness.write("stimecmp", -1);
        assertEquals(0, harness.read("mip"));
        assertEquals(Long.MAX_VALUE, hart.stimecmpDeadline());
        harness.now = -1;
        assertEquals(STIP, harness.read("mip"));
    }

    @Test
    void timerEventsTellOfComparatorAndItsEnable() {
        harness.write("stimecmp", 5);
        assertEquals("[timer]", harness.drain().toString());
        harness.write("menvcfg", STCE);
        assertEquals("[timer]", harness.drain().toString());
        harness.write("menvcfg", STCE | 1);
        assertEquals("[]", harness.drain().toString());
        harness.write("menvcfg", 1);
        assertEquals("[timer]", harness.drain().toString());
    }

    @Test
    void updatingTheTimerDrawsAttentionWhenTimeHasCome() {
        harness.write("menvcfg", STCE);
        harness.write("stimecmp", 50);
        harness.write("mideleg", STIP);
        harness.write("mie", STIP);
        harness.enter(Hart.USER);
        harness.now = 49;
        hart.updateTimer();
        assertFalse(hart.yieldRequested);
        harness.now = 50;
        hart.updateTimer();
        assertTrue(hart.yieldRequested);
        assertTrue(hart.takeInterrupt());
        assertEquals(INTERRUPT | 5, peek("scause"));
    }
}
