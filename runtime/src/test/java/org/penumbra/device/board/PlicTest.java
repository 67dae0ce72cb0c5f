// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.penumbra.device.Wire;

final class PlicTest {
    private static final int SUPERVISOR_0 = 1;
    private final Wire[] meip = Wire.several(2);
    private final Wire[] seip = Wire.several(2);
    private final Plic plic = new Plic(meip, seip);

    private void enable(int context, int source) {
        int at = Plic.ENABLE + context * Plic.ENABLE_STRIDE + source / 32 * 4;
        plic.write(at, 4, plic.read(at, 4) | 1L << source % 32);
    }

    private void priority(int source, int value) {
        plic.write(Plic.PRIORITY + 4 * source, 4, value);
    }

    private static int register(int context, int which) {
        return Plic.CONTEXT + context * Plic.CONTEXT_STRIDE + which;
    }

    private long claim(int context) {
        return plic.read(register(context, Plic.CLAIM), 4);
    }

    private void complete(int context, int source) {
        plic.write(register(context, Plic.CLAIM), 4, source);
    }

    private void threshold(int context, int value) {
        plic.write(register(context, Plic.THRESHOLD), 4, value);
    }

    @Test
    void aSourceInterruptsOnlyTheContextsThatEnableIt() {
        priority(10, 1);
        enable(SUPERVISOR_0, 10);
        plic.source(10).set(true);
        assertTrue(seip[0].up);
        assertFalse(meip[0].up || meip[1].up || seip[1].up);
        enable(2, 10);
        assertTrue(meip[1].up);
    }

    @Test
    void aClaimTakesTheRequestAndACompletionLooksAtTheWireAgain() {
        priority(10, 1);
        enable(SUPERVISOR_0, 10);
        plic.source(10).set(true);
        assertEquals(10, claim(SUPERVISOR_0));
        assertFalse(seip[0].up);
        assertEquals(0, claim(SUPERVISOR_0));
        complete(SUPERVISOR_0, 10);
        assertTrue(seip[0].up);
        assertEquals(10, claim(SUPERVISOR_0));
        plic.source(10).set(false);
        complete(SUPERVISOR_0, 10);
        assertFalse(seip[0].up);
        assertEquals(0, claim(SUPERVISOR_0));
    }

    @Test
    void aPulseDuringServiceIsNotForwarded() {
        priority(10, 1);
        enable(SUPERVISOR_0, 10);
        plic.source(10).set(true);
        claim(SUPERVISOR_0);
        plic.source(10).set(false);
        plic.source(10).set(true);
        assertEquals(0, plic.read(Plic.PENDING, 4));
        plic.source(10).set(false);
        complete(SUPERVISOR_0, 10);
        assertFalse(seip[0].up);
    }

    @Test
    void aRequestStaysPendingWhenTheWireDrops() {
        priority(40, 1);
        enable(SUPERVISOR_0, 40);
        plic.source(40).set(true);
        plic.source(40).set(false);
        assertEquals(1 << 8, plic.read(Plic.PENDING + 4, 4));
        assertEquals(40, claim(SUPERVISOR_0));
        assertEquals(0, plic.read(Plic.PENDING + 4, 4));
    }

    @Test
    void theHighestPriorityIsClaimedFirstAndTheLowestNumberOfEquals() {
        for (int source : new int[] {3, 33, 65, 95}) {
            enable(SUPERVISOR_0, source);
            plic.source(source).set(true);
        }
        priority(3, 2);
        priority(33, 5);
        priority(65, 5);
        priority(95, 7);
        assertEquals(95, claim(SUPERVISOR_0));
        assertEquals(33, claim(SUPERVISOR_0));
        assertEquals(65, claim(SUPERVISOR_0));
        assertEquals(3, claim(SUPERVISOR_0));
        assertEquals(0, claim(SUPERVISOR_0));
    }

    @Test
    void thresholdsHoldBackInterruptsButNotClaims() {
        priority(5, 3);
        enable(SUPERVISOR_0, 5);
        threshold(SUPERVISOR_0, 3);
        plic.source(5).set(true);
        assertFalse(seip[0].up);
        threshold(SUPERVISOR_0, 2);
        assertTrue(seip[0].up);
        threshold(SUPERVISOR_0, 7);
        assertFalse(seip[0].up);
        assertEquals(5, claim(SUPERVISOR_0));
    }

    @Test
    void priorityZeroNeverInterrupts() {
        enable(SUPERVISOR_0, 5);
        plic.source(5).set(true);
        assertFalse(seip[0].up);
        assertEquals(0, claim(SUPERVISOR_0));
        priority(5, 1);
        assertTrue(seip[0].up);
    }

    @Test
    void completionsOfSourcesNotEnabledAreIgnored() {
        priority(5, 1);
        enable(SUPERVISOR_0, 5);
        plic.source(5).set(true);
        claim(SUPERVISOR_0);
        complete(0, 5);
        assertFalse(seip[0].up);
        complete(SUPERVISOR_0, 0);
        complete(SUPERVISOR_0, 96);
        complete(SUPERVISOR_0, -1);
        assertFalse(seip[0].up);
        complete(SUPERVISOR_0, 5);
        assertTrue(seip[0].up);
    }

    @Test
    void registersKeepOnlyTheBitsTheyHave() {
        priority(0, 7);
        assertEquals(0, plic.read(0, 4));
        priority(95, 0xff);
        assertEquals(7, plic.read(4 * 95, 4));
        priority(96, 1);
        assertEquals(0, plic.read(4 * 96, 4));
        threshold(3, 12);
        assertEquals(4, plic.read(register(3, Plic.THRESHOLD), 4));
        plic.write(Plic.ENABLE, 4, 0xffff_ffffL);
        assertEquals(0xffff_fffeL, plic.read(Plic.ENABLE, 4));
        plic.write(Plic.PENDING, 4, 0xffff_ffffL);
        assertEquals(0, plic.read(Plic.PENDING, 4));
        assertThrows(IllegalArgumentException.class, () -> plic.source(0));
        assertThrows(IllegalArgumentException.class, () -> plic.source(96));
    }

    @Test
    void everyOffsetIsHarmless() {
        for (long offset = 0; offset < plic.size(); ) {
            boolean inUse = offset < 0x4000 || offset >= Plic.CONTEXT && offset < Plic.CONTEXT + 0x6000;
            plic.write(offset, 4, 0x5555_5555L);
            plic.read(offset, 4);
            offset += inUse ? 4 : 0x1000;
        }
        plic.reset();
        assertFalse(meip[0].up || seip[0].up || meip[1].up || seip[1].up);
        assertEquals(0, plic.read(Plic.ENABLE, 4));
    }
}
