// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.Hart;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.RawImage;
import org.penumbra.options.ClockSource;

/// How time passes for a machine that waits. A thread of its own, as one that loops forever does not hear an interrupt.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PaceTest {
    private static final long MTIMECMP = VirtMap.ACLINT + 0x4000;
    private static final int STIMECMP = 0x14d;
    private static final int MENVCFG = 0x30a;
    private static final int MIE = 0x304;
    private static final long STCE = 1L << 63;
    private static final int ANY_TIMER = 1 << 7 | 1 << 5;

    private static MachineConfig config(ClockSource clock) {
        var standard = MachineConfig.standard();
        return new MachineConfig(standard.model(), 1 << 20, clock, Long.MAX_VALUE, standard.tlbEntries(), 1, standard.hart(),
                standard.modelOptions(), standard.peripherals(), null, standard.out());
    }

    /// A machine whose hart has set a timer and waits.
    private static Machine waiting(MachineConfig config, Consumer<Machine> timer) throws ImageException {
        Machine machine = new Machine(config, RawImage.of("image", new byte[64], VirtMap.RAM));
        Hart hart = machine.hart();
        assertTrue(machine.attend());
        hart.csrs.write(MIE, ANY_TIMER);
        timer.accept(machine);
        hart.waiting = true;
        return machine;
    }

    private static void setMachineTimer(Machine machine, long tick) {
        machine.monitor().store(MTIMECMP, 8, tick);
    }

    @Test
    void waitingLetsATimerComeAtOnce() throws ImageException {
        for (long tick : new long[] {1000, 1L << 55}) {
            Machine machine = waiting(config(ClockSource.INSTRUCTIONS), it -> setMachineTimer(it, tick));
            assertTrue(machine.attend());
            assertFalse(machine.hart().waiting);
            assertEquals(tick, machine.time());
        }
    }

    @Test
    void alarmComesAtItsInstructionThoughTheGuestIsBusy() throws ImageException {
        Machine machine = new Machine(config(ClockSource.INSTRUCTIONS), RawImage.of("image", new byte[64], VirtMap.RAM));
        assertTrue(machine.attend());
        long now = machine.monitor().load(VirtMap.RTC, 4) | machine.monitor().load(VirtMap.RTC + 4, 4) << 32;
        for (long nanoseconds : new long[] {1000, 1001, 1100}) {
            machine.monitor().store(VirtMap.RTC + 0x0c, 4, now + nanoseconds >>> 32);
            machine.hart().yieldRequested = false;
            machine.monitor().store(VirtMap.RTC + 0x08, 4, now + nanoseconds);
            assertTrue(machine.hart().yieldRequested, "the machine looks at once how far the hart may go");
            assertTrue(machine.attend());
            assertEquals(nanoseconds == 1000 ? 1000 : 1100, machine.hart().remaining);
        }
    }

    @Test
    void aTimerOutOfReachIsNone() throws ImageException {
        for (var clock : ClockSource.values()) {
            for (long tick : new long[] {1L << 57, 1L << 62, Long.MAX_VALUE - 1}) {
                assertWaitsForEver(waiting(config(clock), it -> setMachineTimer(it, tick)));
                assertWaitsForEver(waiting(config(clock), it -> {
                    it.hart().csrs.write(MENVCFG, STCE);
                    it.hart().csrs.write(STIMECMP, tick);
                }));
            }
        }
    }

    @Test
    void anAlarmOutOfReachIsNone() throws ImageException {
        assertWaitsForEver(waiting(config(ClockSource.INSTRUCTIONS), it -> {
            it.monitor().store(VirtMap.RTC + 0x04, 4, 0x8000_0000L); // the time
            it.monitor().store(VirtMap.RTC + 0x0c, 4, 0x7fff_ffff); // the alarm
            it.monitor().store(VirtMap.RTC + 0x08, 4, 0);
        }));
    }

    private static void assertWaitsForEver(Machine machine) {
        assertFalse(machine.attend());
        assertEquals(Outcome.Reason.DEADLOCK, machine.outcome().reason());
    }
}
