// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import java.util.Arrays;
import org.penumbra.hart.Hart;
import org.penumbra.hart.PerformanceMonitor;
import org.penumbra.memory.GuestMemory;
import org.penumbra.monitor.Monitor;
import org.penumbra.snapshot.State;

/// The counters of one hart for the PMU extension (SBI 3.0, chapter 11): `cycle` and `instret`, which both count
/// retired instructions, those of the [PerformanceMonitor] if there are any, and [#FIRMWARE] counters of what the
/// firmware does.
///
/// A counter's number is the offset of its CSR from `cycle`, as Linux expects; number 1 would be `time`, which is not a
/// counter. Where there is a choice, cycles and instructions are counted by one that can leave modes out and interrupt.
final class PerformanceCounters {
    static final int FIRMWARE = 16;

    private static final int CYCLE = 0;
    private static final int INSTRET = 2;
    private static final int FIRST_EVENT = PerformanceMonitor.FIRST;

    /// `event_idx` of type 0.
    private static final int CPU_CYCLES = 1;
    private static final int INSTRUCTIONS = 2;
    /// Of types 2 and 3: the event's data has the value of mhpmevent.
    private static final int RAW = 2 << 16;
    private static final int RAW_2 = 3 << 16;
    private static final int LARGEST_EVENT = (1 << 20) - 1;

    private static final int SKIP_MATCH = 1;
    private static final int CLEAR_VALUE = 2;
    private static final int AUTO_START = 4;
    private static final int NOT_GUEST_USER = 8;
    private static final int NOT_GUEST_SUPERVISOR = 16;
    private static final int NOT_USER = 32;
    private static final int NOT_SUPERVISOR = 64;
    private static final int NOT_MACHINE = 128;
    private static final long CONFIGURATION_FLAGS = 0xff;
    private static final int SET_INITIAL_VALUE = 1;
    private static final int RESET = 1;
    private static final int SNAPSHOT = 2;

    private static final int CSR_CYCLE = 0xc00;
    private static final int MCYCLE = 0xb00;
    private static final int MCOUNTINHIBIT = 0x320;
    private static final int WIDTH = 63;
    private static final int WIDTH_SHIFT = 12;
    private static final long FIRMWARE_TYPE = 1L << 63;
    private static final int ENTRY = 16;

    private final Monitor monitor;
    private final Hart hart;
    private final GuestMemory memory;
    private final PerformanceMonitor hardware;
    /// Numbers of the first counter of the firmware and after the last.
    private final int firstFirmware;
    private final int end;
    private final FirmwareEvent[] events;
    private final long[] values;
    /// Numbers of the counters that have been started and not stopped. `cycle` and `instret` count even before they are
    /// started.
    private long started;

    PerformanceCounters(Monitor monitor, GuestMemory memory) {
        this.monitor = monitor;
        this.hart = monitor.hart();
        this.memory = memory;
        this.hardware = hart.performance;
        this.firstFirmware = FIRST_EVENT + (hardware.exists() ? PerformanceMonitor.COUNTERS : 0);
        this.end = firstFirmware + FIRMWARE;
        this.events = new FirmwareEvent[end];
        this.values = new long[end];
    }

    /// Called after a reset of the hart.
    void reset() {
        started = 0;
        Arrays.fill(events, null);
        Arrays.fill(values, 0);
        // Those that can be programmed stand still until they are started.
        hart.csrs.write(MCOUNTINHIBIT, (1L << firstFirmware) - 1 & -1L << FIRST_EVENT);
    }

    /// Called when an event occurs that may be counted.
    void count(FirmwareEvent event) {
        for (long left = started >>> firstFirmware << firstFirmware; left != 0; left &= left - 1) {
            int counter = Long.numberOfTrailingZeros(left);
            if (events[counter] == event) {
                values[counter]++;
            }
        }
    }

    void call(SbiCall call) {
        switch (call.function()) {
            case 0 -> call.succeed(end);
            case 1 -> describe(call);
            case 2 -> configure(call);
            case 3 -> start(call);
            case 4 -> stop(call);
            case 5 -> read(call, true);
            case 6 -> read(call, false);
            case 8 -> eventInformation(call);
            default -> call.unsupported(); // also 7, snapshots in memory, which is optional
        }
    }

    private boolean exists(long counter) {
        return counter >= 0 && counter < end && (existing() >>> counter & 1) != 0;
    }

    private long existing() {
        return (1L << end) - 1 & ~2L;
    }

    private boolean isFirmware(long counter) {
        return counter >= firstFirmware;
    }

    /// Whether it is one of the [PerformanceMonitor].
    private boolean isProgrammable(long counter) {
        return counter >= FIRST_EVENT && counter < firstFirmware;
    }

    private void describe(SbiCall call) {
        long counter = call.argument(0);
        if (!exists(counter)) {
            call.end(SbiError.INVALID_PARAM);
        } else {
            call.succeed(isFirmware(counter) ? FIRMWARE_TYPE : CSR_CYCLE + counter | WIDTH << WIDTH_SHIFT);
        }
    }

    /// The counters that a base and a mask name, as bits; -1 if one of them does not exist.
    private long named(SbiCall call) {
        long base = call.argument(0);
        long mask = call.argument(1);
        if (base < 0 || base >= end || mask << base >>> base != mask || (mask << base & ~existing()) != 0) {
            return -1;
        }
        return mask << base;
    }

    private void configure(SbiCall call) {
        long named = named(call);
        long flags = call.argument(2);
        long event = call.argument(3);
        if (named == -1 || (flags & ~CONFIGURATION_FLAGS) != 0 || event < 0 || event > LARGEST_EVENT) {
            call.end(SbiError.INVALID_PARAM);
            return;
        }
        int counter = (flags & SKIP_MATCH) != 0 ? first(named) : matching(named & ~started, event, call.argument(4));
        if (counter < 0) {
            call.unsupported();
            return;
        }
        if (isFirmware(counter)) {
            events[counter] = firmwareEvent(event);
        } else if (isProgrammable(counter)) {
            hardware.setEvent(counter - FIRST_EVENT, selector(event, call.argument(4)) | leftOut(flags));
        }
        if ((flags & CLEAR_VALUE) != 0) {
            setValue(counter, 0);
        }
        if ((flags & AUTO_START) != 0) {
            setRunning(counter, true);
        }
        call.succeed(counter);
    }

    /// The modes that a configuration leaves out, as bits of mhpmevent.
    private static long leftOut(long flags) {
        return ((flags & NOT_MACHINE) != 0 ? PerformanceMonitor.NOT_MACHINE : 0)
                | ((flags & NOT_SUPERVISOR) != 0 ? PerformanceMonitor.NOT_SUPERVISOR : 0)
                | ((flags & NOT_USER) != 0 ? PerformanceMonitor.NOT_USER : 0)
                | ((flags & NOT_GUEST_SUPERVISOR) != 0 ? PerformanceMonitor.NOT_GUEST_SUPERVISOR : 0)
                | ((flags & NOT_GUEST_USER) != 0 ? PerformanceMonitor.NOT_GUEST_USER : 0);
    }

    private static int first(long counters) {
        return counters == 0 ? -1 : Long.numberOfTrailingZeros(counters);
    }

    /// The first of the candidate counters that can count an event, or -1.
    private int matching(long candidates, long event, long data) {
        if (!isCountable(event, data)) {
            return -1;
        }
        if (firmwareEvent(event) != null) {
            return first(candidates >>> firstFirmware << firstFirmware);
        }
        int programmable = first(candidates & (1L << firstFirmware) - 1 & -1L << FIRST_EVENT);
        return programmable >= 0 ? programmable
                : event == CPU_CYCLES ? first(candidates & 1 << CYCLE)
                : event == INSTRUCTIONS ? first(candidates & 1 << INSTRET) : -1;
    }

    /// The event of the firmware with an `event_idx`, if it can happen on the hart; else null.
    private FirmwareEvent firmwareEvent(long event) {
        FirmwareEvent found = FirmwareEvent.of(event);
        return found != null && found.isOfGuests() && hart.hypervisor == null ? null : found;
    }

    private boolean isCountable(long event, long data) {
        return data == 0 && (event == CPU_CYCLES || event == INSTRUCTIONS || firmwareEvent(event) != null)
                || hardware.exists() && selector(event, data) > 0;
    }

    /// Value of mhpmevent that counts an event; 0 if none does.
    private static long selector(long event, long data) {
        if (event == RAW || event == RAW_2) {
            return data > 0 && data <= PerformanceMonitor.SELECTOR ? data : 0;
        }
        return data != 0 ? 0 : PerformanceMonitor.NAMED.stream().filter(named -> named.index() == event)
                .mapToLong(PerformanceMonitor.Named::selector).findFirst().orElse(0);
    }

    private void start(SbiCall call) {
        long named = named(call);
        long flags = call.argument(2);
        if (named == -1 || (flags & ~(SET_INITIAL_VALUE | SNAPSHOT)) != 0) {
            call.end(SbiError.INVALID_PARAM);
        } else if ((flags & SNAPSHOT) != 0) {
            call.end(SbiError.NO_SHMEM);
        } else {
            call.end((named & started) != 0 ? SbiError.ALREADY_STARTED : SbiError.SUCCESS);
            for (long left = named & ~started; left != 0; left &= left - 1) {
                int counter = Long.numberOfTrailingZeros(left);
                if ((flags & SET_INITIAL_VALUE) != 0) {
                    setValue(counter, call.argument(3));
                }
                if (isProgrammable(counter)) {
                    int index = counter - FIRST_EVENT;
                    hardware.setEvent(index, hardware.event(index) & ~PerformanceMonitor.OVERFLOW);
                }
                setRunning(counter, true);
            }
        }
    }

    private void stop(SbiCall call) {
        long named = named(call);
        long flags = call.argument(2);
        if (named == -1 || (flags & ~(RESET | SNAPSHOT)) != 0) {
            call.end(SbiError.INVALID_PARAM);
        } else if ((flags & SNAPSHOT) != 0) {
            call.end(SbiError.NO_SHMEM);
        } else {
            call.end((named & ~started) != 0 ? SbiError.ALREADY_STOPPED : SbiError.SUCCESS);
            for (long left = named; left != 0; left &= left - 1) {
                int counter = Long.numberOfTrailingZeros(left);
                if ((started >>> counter & 1) != 0) {
                    setRunning(counter, false);
                }
                if ((flags & RESET) != 0) {
                    events[counter] = null;
                    if (isProgrammable(counter)) {
                        hardware.setEvent(counter - FIRST_EVENT, 0);
                    }
                }
            }
        }
    }

    private void setRunning(int counter, boolean running) {
        long bit = 1L << counter;
        started = running ? started | bit : started & ~bit;
        if (!isFirmware(counter)) {
            long inhibited = hart.csrs.read(MCOUNTINHIBIT);
            hart.csrs.write(MCOUNTINHIBIT, running ? inhibited & ~bit : inhibited | bit);
        }
    }

    private void setValue(int counter, long value) {
        if (isFirmware(counter)) {
            values[counter] = value;
        } else {
            hart.csrs.write(MCYCLE + counter, value);
        }
    }

    /// @param low whether the low 64 bits are wanted, which are all
    private void read(SbiCall call, boolean low) {
        long counter = call.argument(0);
        if (!exists(counter) || !isFirmware(counter)) {
            call.end(SbiError.INVALID_PARAM);
        } else {
            call.succeed(low ? values[(int) counter] : 0);
        }
    }

    /// Reports for each event in a table in memory whether it can be counted.
    private void eventInformation(SbiCall call) {
        long table = call.argument(0);
        long entries = call.argument(2);
        if (call.argument(3) != 0 || (table & ENTRY - 1) != 0) {
            call.end(SbiError.INVALID_PARAM);
            return;
        }
        if (call.argument(1) != 0 || entries < 0 || entries > memory.size() / ENTRY
                || !memory.contains(table, entries * ENTRY)) {
            call.end(SbiError.INVALID_ADDRESS);
            return;
        }
        for (long at = table; at < table + entries * ENTRY; at += ENTRY) {
            if ((memory.load(at, 4) & ~LARGEST_EVENT) != 0) {
                call.end(SbiError.INVALID_PARAM);
                return;
            }
        }
        for (long at = table; at < table + entries * ENTRY; at += ENTRY) {
            memory.store(at + 4, 4, isCountable(memory.load(at, 4), memory.load(at + 8, 8)) ? 1 : 0);
            monitor.written(at + 4, 4);
        }
        call.end(SbiError.SUCCESS);
    }

    /// Saves or restores its state.
    void transfer(State state) {
        started = state.number(started);
        state.numbers(values);
        for (int i = 0; i < events.length; i++) {
            int event = state.number(events[i] == null ? -1 : events[i].ordinal());
            events[i] = event < 0 || event >= FirmwareEvent.values().length ? null : FirmwareEvent.values()[event];
        }
    }
}
