// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.penumbra.device.Clock;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.options.ClockSource;

class GuestTimeTest {
    private static final long SECOND = 1_000_000_000;

    private long nanos = 17 * SECOND;
    private final Hart hart = new Hart(0, HartConfig.standard(), new AddressSpaces(16, 1));
    private final GuestTime time = new GuestTime(ClockSource.HOST, new Turns(new Hart[] {hart}), () -> nanos);

    @Test
    void hostsTimePassesForTheGuest() {
        assertEquals(0, time.ticks());
        nanos += SECOND / 2;
        assertEquals(Clock.FREQUENCY / 2, time.ticks());
        nanos += SECOND;
        assertEquals(Clock.FREQUENCY * 3 / 2, time.ticks());
    }

    @Test
    void timeOfAStoppedProcessIsNotTheGuests() {
        nanos += SECOND;
        assertEquals(Clock.FREQUENCY, time.ticks());
        nanos += 30 * SECOND;
        long after = time.ticks();
        assertTrue(after <= 2 * Clock.FREQUENCY, after + " ticks");
        nanos += SECOND / 10;
        assertEquals(after + Clock.FREQUENCY / 10, time.ticks(), "it goes on as before");
    }

    @Test
    void resetBeginsAtZero() {
        nanos += SECOND;
        time.restart();
        assertEquals(0, time.ticks());
        nanos += SECOND / 2;
        assertEquals(Clock.FREQUENCY / 2, time.ticks());
    }
}
