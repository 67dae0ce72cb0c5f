// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.util.function.LongSupplier;
import org.penumbra.device.Clock;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.InterruptLine;
import org.penumbra.snapshot.State;

/// The Goldfish real-time clock: nanoseconds since 1970 and one alarm, which interrupts no later than the next
/// [#update()].
public final class GoldfishRtc implements Device {
    static final int TIME_LOW = 0x00;
    static final int TIME_HIGH = 0x04;
    static final int ALARM_LOW = 0x08;
    static final int ALARM_HIGH = 0x0c;
    static final int IRQ_ENABLED = 0x10;
    static final int CLEAR_ALARM = 0x14;
    static final int ALARM_STATUS = 0x18;
    static final int CLEAR_INTERRUPT = 0x1c;

    private static final int SIZE = 0x1000;
    private static final long LOW = 0xffff_ffffL;
    private static final long NANOSECONDS = 1_000_000_000L;

    private final LongSupplier nanoseconds;
    private final InterruptLine line;
    private final Runnable alarmChanged;
    private final int source;
    /// What writes to the time registers added, modulo 2^64.
    private long offset;
    private long latchedHigh;
    private long alarmHigh;
    private long alarm;
    private boolean armed;
    private boolean enabled;
    private boolean pending;

    /// @param nanoseconds since 1970
    /// @param source the number of the interrupt line at the PLIC, for the device tree
    public GoldfishRtc(LongSupplier nanoseconds, InterruptLine line, int source) {
        this(nanoseconds, line, source, () -> { });
    }

    /// @param alarmChanged called after anything that the next alarm depends on was written
    public GoldfishRtc(LongSupplier nanoseconds, InterruptLine line, int source, Runnable alarmChanged) {
        this.nanoseconds = nanoseconds;
        this.line = line;
        this.source = source;
        this.alarmChanged = alarmChanged;
    }

    /// Time that passes with the machine's clock, the same in every run.
    ///
    /// @param start seconds since 1970 when the machine is switched on
    public static LongSupplier virtualTime(Clock clock, long start) {
        return () -> start * NANOSECONDS + clock.ticks() * Clock.NANOSECONDS_PER_TICK;
    }

    /// The host's time of day.
    public static LongSupplier hostTime() {
        return () -> {
            var now = java.time.Instant.now();
            return now.getEpochSecond() * NANOSECONDS + now.getNano();
        };
    }

    /// Nanoseconds until the alarm, 0 if it is due, `Long.MAX_VALUE` if none is set or they cannot be counted.
    public long nanosecondsToAlarm() {
        long now = time();
        if (!armed) {
            return Long.MAX_VALUE;
        }
        long wait = alarm - now;
        return now >= alarm ? 0 : wait < 0 ? Long.MAX_VALUE : wait;
    }

    /// Fires the alarm if it is due.
    public void update() {
        if (armed && time() >= alarm) {
            armed = false;
            pending = true;
            line.set(enabled);
        }
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public int accessSizes() {
        return 4;
    }

    @Override
    public long read(long at, int size) {
        return switch ((int) at) {
            case TIME_LOW -> {
                long now = time();
                latchedHigh = now >>> 32; // so that the pair of reads is one time
                yield now & LOW;
            }
            case TIME_HIGH -> latchedHigh;
            case ALARM_LOW -> alarm & LOW;
            case ALARM_HIGH -> alarm >>> 32;
            case IRQ_ENABLED -> enabled ? 1 : 0;
            case ALARM_STATUS -> armed ? 1 : 0;
            default -> 0;
        };
    }

    @Override
    public void write(long at, int size, long value) {
        switch ((int) at) {
            case TIME_LOW -> setTime(time() & ~LOW | value & LOW);
            case TIME_HIGH -> setTime(time() & LOW | value << 32);
            case ALARM_LOW -> {
                alarm = alarmHigh << 32 | value & LOW;
                armed = true;
            }
            case ALARM_HIGH -> alarmHigh = value & LOW;
            case IRQ_ENABLED -> enabled = (value & 1) != 0;
            case CLEAR_ALARM -> armed = false;
            case CLEAR_INTERRUPT -> pending = false;
            default -> { }
        }
        update();
        line.set(pending && enabled);
        alarmChanged.run();
    }

    @Override
    public void reset() {
        offset = 0;
        latchedHigh = 0;
        alarmHigh = 0;
        alarm = 0;
        armed = false;
        enabled = false;
        pending = false;
        line.set(false);
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        parent.child("rtc", base)
                .strings("compatible", "google,goldfish-rtc")
                .reg(base, SIZE)
                .interrupt(DeviceTree.INTERRUPT_CONTROLLER, source);
    }

    private long time() {
        return nanoseconds.getAsLong() + offset;
    }

    private void setTime(long value) {
        offset = value - nanoseconds.getAsLong();
    }

    @Override
    public void transfer(State state) {
        offset = state.number(offset);
        latchedHigh = state.number(latchedHigh);
        alarmHigh = state.number(alarmHigh);
        alarm = state.number(alarm);
        armed = state.flag(armed);
        enabled = state.flag(enabled);
        pending = state.flag(pending);
    }
}
