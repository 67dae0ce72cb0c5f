// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.device.BusFault;
import org.penumbra.device.Power;
import org.penumbra.device.Wire;
import org.penumbra.options.Settings;

/// The test finisher, the boot ROM and the real-time clock.
final class SmallDevicesTest {
    private final Power power = new Power();
    private long now = 5_000_000_000L;
    private final Wire alarm = new Wire();
    private final GoldfishRtc rtc = new GoldfishRtc(() -> now, alarm, VirtMap.RTC_IRQ);

    @Test
    void theFinisherPassesFailsAndResets() {
        var finisher = new TestFinisher(power);
        finisher.write(0, 4, 0x5555);
        finisher.write(0, 4, 0x002a_3333);
        finisher.write(0, 4, 0xffff_3333L);
        finisher.write(0, 2, 0x5555);
        finisher.write(0, 4, 0x7777);
        finisher.write(0, 4, 0x1234);
        finisher.write(4, 4, 0x5555);
        assertEquals(List.of("off 0", "off 42", "off 65535", "off 0", "reset"), power.requests);
        assertEquals(0, finisher.read(0, 4));
    }

    @Test
    void aFailureWithoutAStatusIsStillOne() {
        var finisher = new TestFinisher(power);
        finisher.write(0, 4, 0x3333);
        finisher.write(0, 2, 0x3333);
        finisher.write(0, 4, 0x0100_3333);
        assertEquals(List.of("off 1", "off 1", "off 256"), power.requests);
    }

    @Test
    void theBootRomHoldsCodeThenEntryThenDeviceTree() {
        var rom = new BootRom(0x8000_0000L, 0x8fe0_0000L, 0x8020_0000L);
        assertEquals(0x0000_0297L, rom.read(0, 4));
        assertEquals(0xf140_2573_0282_8613L, rom.read(4, 8));
        assertEquals(0x0002_8067L, rom.read(20, 4));
        assertEquals(0x8000_0000L, rom.read(24, 8));
        assertEquals(0x8fe0_0000L, rom.read(32, 8));
        assertEquals(0x4942_534fL, rom.read(40, 8));
        assertEquals(0x8020_0000L, rom.read(56, 8));
        assertEquals(0x97, rom.read(0, 1));
        assertEquals(0x8000, rom.read(26, 2));
        assertEquals(0, rom.read(rom.size() - 8, 8));
        assertThrows(BusFault.class, () -> rom.write(0, 4, 0));
    }

    @Test
    void readingTheLowHalfOfTheTimeLatchesTheHighOne() {
        now = 0x1_ffff_ffffL;
        assertEquals(0xffff_ffffL, rtc.read(GoldfishRtc.TIME_LOW, 4));
        now = 0x2_0000_0000L;
        assertEquals(1, rtc.read(GoldfishRtc.TIME_HIGH, 4));
        rtc.read(GoldfishRtc.TIME_LOW, 4);
        assertEquals(2, rtc.read(GoldfishRtc.TIME_HIGH, 4));
    }

    @Test
    void theTimeCanBeSet() {
        rtc.write(GoldfishRtc.TIME_HIGH, 4, 7);
        rtc.write(GoldfishRtc.TIME_LOW, 4, 9);
        now += 2;
        assertEquals(11, rtc.read(GoldfishRtc.TIME_LOW, 4));
        assertEquals(7, rtc.read(GoldfishRtc.TIME_HIGH, 4));
    }

    @Test
    void theAlarmInterruptsOnceItIsDue() {
        rtc.write(GoldfishRtc.IRQ_ENABLED, 4, 1);
        assertEquals(Long.MAX_VALUE, rtc.nanosecondsToAlarm());
        long due = now + 1000;
        rtc.write(GoldfishRtc.ALARM_HIGH, 4, due >>> 32);
        rtc.write(GoldfishRtc.ALARM_LOW, 4, due & 0xffff_ffffL);
        assertEquals(1, rtc.read(GoldfishRtc.ALARM_STATUS, 4));
        assertEquals(1000, rtc.nanosecondsToAlarm());
        rtc.update();
        assertFalse(alarm.up);
        now += 1000;
        rtc.update();
        assertTrue(alarm.up);
        assertEquals(0, rtc.read(GoldfishRtc.ALARM_STATUS, 4));
        rtc.write(GoldfishRtc.CLEAR_INTERRUPT, 4, 1);
        assertFalse(alarm.up);
    }

    @Test
    void anAlarmThatCannotBeReachedIsNone() {
        rtc.write(GoldfishRtc.ALARM_HIGH, 4, 0x7fff_ffff);
        rtc.write(GoldfishRtc.ALARM_LOW, 4, 0);
        rtc.write(GoldfishRtc.TIME_HIGH, 4, 0x8000_0000L);
        assertEquals(Long.MAX_VALUE, rtc.nanosecondsToAlarm());
        assertEquals(1, rtc.read(GoldfishRtc.ALARM_STATUS, 4));
        rtc.write(GoldfishRtc.TIME_HIGH, 4, 0x7ffe_ffff);
        assertTrue(rtc.nanosecondsToAlarm() < 1L << 49);
    }

    @Test
    void virtualTimeDependsOnTheClockAlone() {
        var time = GoldfishRtc.virtualTime(() -> 3, Settings.VIRTUAL_DATE);
        assertEquals(1_735_689_600_000_000_300L, time.getAsLong());
        assertEquals(1_000_000_300L, GoldfishRtc.virtualTime(() -> 3, 1).getAsLong());
    }
}
