// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.penumbra.device.BusFault;
import org.penumbra.device.Wire;

final class AclintTest {
    private long ticks;
    private int deadlineChanges;
    private final Wire[] msip = Wire.several(2);
    private final Wire[] mtip = Wire.several(2);
    private final Aclint aclint = new Aclint(() -> ticks, msip, mtip, () -> deadlineChanges++);

    @Test
    void softwareInterruptsFollowBitZeroOfTheirHart() {
        aclint.write(Aclint.MSIP + 4, 4, 0xffff_ffffL);
        assertTrue(msip[1].up);
        assertFalse(msip[0].up);
        assertEquals(1, aclint.read(Aclint.MSIP + 4, 4));
        aclint.write(Aclint.MSIP + 4, 4, 0xffff_fffeL);
        assertFalse(msip[1].up);
        aclint.write(Aclint.MSIP + 8, 4, 1); // no such hart
        assertEquals(0, aclint.read(Aclint.MSIP + 8, 4));
        assertThrows(BusFault.class, () -> aclint.read(Aclint.MSIP, 8));
        assertThrows(BusFault.class, () -> aclint.write(Aclint.MSIP, 8, 1));
    }

    @Test
    void theTimerInterruptIsUpFromTheDeadlineOn() {
        ticks = 100;
        aclint.write(Aclint.MTIMECMP + 8, 8, 150);
        assertEquals(150, aclint.nextDeadline(1));
        assertEquals(Long.MAX_VALUE, aclint.nextDeadline(0));
        ticks = 149;
        aclint.update();
        assertFalse(mtip[1].up);
        ticks = 150;
        aclint.update();
        assertTrue(mtip[1].up);
        assertEquals(150, aclint.nextDeadline(1));
        assertFalse(mtip[0].up);
        aclint.write(Aclint.MTIMECMP + 8, 8, -1);
        assertFalse(mtip[1].up);
        assertEquals(2, deadlineChanges);
    }

    @Test
    void deadlinesCompareUnsigned() {
        ticks = 1000;
        aclint.write(Aclint.MTIMECMP, 8, Long.MIN_VALUE);
        assertFalse(mtip[0].up);
        assertEquals(Long.MAX_VALUE, aclint.nextDeadline(0));
        aclint.write(Aclint.MTIME, 8, Long.MIN_VALUE - 5);
        assertFalse(mtip[0].up);
        assertEquals(1005, aclint.nextDeadline(0));
        ticks = 1005;
        aclint.update();
        assertTrue(mtip[0].up);
        assertEquals(Long.MIN_VALUE, aclint.time());
    }

    @Test
    void halvesOfTheTimerRegistersAreWrittenAlone() {
        aclint.write(Aclint.MTIMECMP, 8, 0x1111_2222_3333_4444L);
        aclint.write(Aclint.MTIMECMP + 4, 4, 0xaaaa_bbbbL);
        assertEquals(0xaaaa_bbbb_3333_4444L, aclint.read(Aclint.MTIMECMP, 8));
        aclint.write(Aclint.MTIMECMP, 4, 0xcccc_ddddL);
        assertEquals(0xcccc_ddddL, aclint.read(Aclint.MTIMECMP, 4));
        assertEquals(0xaaaa_bbbbL, aclint.read(Aclint.MTIMECMP + 4, 4));
        assertEquals(0, aclint.read(Aclint.MTIMECMP + 16, 8));
    }

    @Test
    void writingTheTimeMovesItAgainstTheClock() {
        ticks = 77;
        aclint.write(Aclint.MTIME + 4, 4, 2);
        assertEquals(0x2_0000_004dL, aclint.read(Aclint.MTIME, 8));
        ticks = 78;
        assertEquals(0x4e, aclint.read(Aclint.MTIME, 4));
        assertEquals(2, aclint.read(Aclint.MTIME + 4, 4));
        aclint.write(Aclint.MTIME, 8, 0);
        ticks = 80;
        assertEquals(2, aclint.time());
        assertEquals(Long.MAX_VALUE, aclint.deadline(-1));
        aclint.write(Aclint.MTIMECMP, 8, 10);
        assertEquals(88, aclint.nextDeadline(0));
        assertEquals(80, aclint.deadline(1));
        assertEquals(3, deadlineChanges);
    }

    @Test
    void resetStopsTheTimerAndTheInterrupts() {
        aclint.write(Aclint.MSIP, 4, 1);
        aclint.write(Aclint.MTIMECMP, 8, 0);
        aclint.write(Aclint.MTIME, 8, 99);
        assertTrue(mtip[0].up);
        aclint.reset();
        assertFalse(mtip[0].up);
        assertFalse(msip[0].up);
        assertEquals(-1, aclint.read(Aclint.MTIMECMP, 8));
        assertEquals(0, aclint.time());
    }
}
