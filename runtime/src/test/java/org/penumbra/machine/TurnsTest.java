// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.mmu.AddressSpaces;

final class TurnsTest {
    private static final long ADDRESS = 0x1000;

    private final Hart[] harts = new Hart[3];
    private Turns turns;

    @BeforeEach
    void start() {
        for (int id = 0; id < harts.length; id++) {
            harts[id] = new Hart(id, HartConfig.standard(), new AddressSpaces(16, 1));
        }
        turns = new Turns(harts);
    }

    private static void retire(Hart hart, long instructions) {
        hart.deadline += instructions;
    }

    @Test
    void hartsTakeTurnsInTheirOrder() {
        for (int turn = 0; turn < 7; turn++) {
            assertSame(harts[turn % 3], turns.next());
            assertEquals(Turns.LENGTH, turns.left());
            retire(turns.running(), Turns.LENGTH - 1);
            assertSame(harts[turn % 3], turns.next(), "the turn is not over");
            assertEquals(1, turns.left());
            retire(turns.running(), 1);
        }
    }

    @Test
    void turnEndsWithWaitingPausingAndStopping() {
        harts[0].waiting = true;
        assertSame(harts[1], turns.next());
        harts[1].paused = true;
        assertSame(harts[2], turns.next());
        assertFalse(harts[1].paused);
        harts[2].stopped = true;
        assertSame(harts[1], turns.next());
        harts[1].waiting = true;
        assertNull(turns.next());
    }

    @Test
    void turnGoesOnWhileNoOtherCanRun() {
        harts[1].waiting = true;
        harts[2].stopped = true;
        retire(harts[0], 5 * Turns.LENGTH);
        assertSame(harts[0], turns.next());
        assertEquals(Long.MAX_VALUE, turns.left());
        harts[1].waiting = false;
        assertSame(harts[1], turns.next(), "it has had more than its turn");
    }

    /// How often the machine looks must not matter.
    @Test
    void looksInBetweenDoNotProlongATurn() {
        harts[1].waiting = true;
        harts[2].waiting = true;
        retire(harts[0], Turns.LENGTH - 10);
        turns.next();
        harts[1].waiting = false;
        assertSame(harts[0], turns.next());
        assertEquals(10, turns.left());
    }

    @Test
    void reservationEndsWithTheTurnAndNotBefore() {
        harts[0].reservation = ADDRESS;
        retire(harts[0], Turns.LENGTH - 1);
        turns.next();
        assertEquals(ADDRESS, harts[0].reservation);
        retire(harts[0], 1);
        turns.next();
        assertEquals(Hart.NO_RESERVATION, harts[0].reservation);
    }

    @Test
    void pauseOfTheOnlyOneThatCanRunKeepsItsReservation() {
        harts[1].waiting = true;
        harts[2].waiting = true;
        harts[0].reservation = ADDRESS;
        harts[0].paused = true;
        assertSame(harts[0], turns.next());
        assertEquals(ADDRESS, harts[0].reservation);
    }

    @Test
    void hartThatTrapsForEverIsLeftAloneUntilAnotherHasDoneSomething() {
        turns.giveUp();
        assertSame(harts[1], turns.next());
        harts[1].waiting = true;
        harts[2].waiting = true;
        assertNull(turns.next());
        assertFalse(turns.allStuck(), "a timer may wake the others");
        retire(harts[1], 1);
        assertSame(harts[0], turns.next());
        turns.giveUp();
        harts[1].stopped = true;
        harts[2].stopped = true;
        assertTrue(turns.allStuck());
    }
}
