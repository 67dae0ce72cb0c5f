// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.device.PowerControl;
import org.penumbra.hart.Hart;
import org.penumbra.hart.SupervisorCalls;
import org.penumbra.memory.GuestMemory;
import org.penumbra.monitor.Monitor;
import org.penumbra.snapshot.State;

/// The Supervisor Binary Interface (SBI 2.0) as a part of the monitor: no firmware occupies guest memory, and no guest
/// instruction runs in machine mode.
///
/// It has the extensions Base, TIME, IPI, RFENCE, HSM, SRST, DBCN and FWFT (of SBI 3.0, the one feature that this hart
/// has), and of the legacy ones timer, console and shutdown. Everything else is "not supported".
public final class Firmware implements SupervisorCalls {
    private static final long LEGACY_SET_TIMER = 0;
    private static final long LEGACY_PUTCHAR = 1;
    private static final long LEGACY_GETCHAR = 2;
    private static final long LEGACY_CLEAR_IPI = 3;
    private static final long LEGACY_SHUTDOWN = 8;
    private static final long LEGACY_LAST = 0xf;
    private static final long BASE = 0x10;
    private static final long TIME = 0x5449_4d45;
    private static final long IPI = 0x73_5049;
    private static final long RFENCE = 0x5246_4e43;
    private static final long HSM = 0x48_534d;
    private static final long SRST = 0x5352_5354;
    private static final long DBCN = 0x4442_434e;
    private static final long FWFT = 0x4657_4654;

    /// Version 2.0: major number in bits 30:24.
    private static final long VERSION = 2L << 24;
    /// "PENU"; the specification's list of implementations has no entry for this one.
    private static final long IMPLEMENTATION = 0x5045_4e55;
    private static final long IMPLEMENTATION_VERSION = 1;

    private static final int A0 = 10;
    private static final int A7 = 17;
    private static final int ECALL_LENGTH = 4;
    private static final int SUPERVISOR_SOFTWARE = 1 << 1;
    private static final int STIMECMP = 0x14d;
    private static final int MENVCFG = 0x30a;
    private static final long ADUE = 1L << 61;
    private static final long PTE_AD_UPDATING = 4;
    private static final int CHUNK = 4096;

    private final Monitor[] monitors;
    private final HartStates states;
    private final GuestMemory memory;
    private final PowerControl power;
    private final FirmwareConsole console;
    private long calls;

    /// @param monitors of all harts, by hart id
    public Firmware(Monitor[] monitors, GuestMemory memory, PowerControl power, FirmwareConsole console) {
        this.monitors = monitors.clone();
        this.states = new HartStates(this, monitors);
        this.memory = memory;
        this.power = power;
        this.console = console;
    }

    /// Calls answered since the machine was built.
    public long calls() {
        return calls;
    }

    /// After a reset of all harts: the first enters the kernel, the others wait to be started.
    ///
    /// @param entry first instruction
    /// @param tree  address of the device tree
    public void boot(long entry, long tree) {
        for (Monitor monitor : monitors) {
            monitor.hart().stopped = true;
        }
        Hart first = monitors[0].hart();
        first.stopped = false;
        enter(first, entry, tree);
    }

    /// Puts a hart that was just reset where a firmware leaves it: in supervisor mode, translation off, every exception
    /// and interrupt of lesser modes delegated, counters, timer and cache-block instructions allowed, all memory open.
    ///
    /// A and D bits are kept as from reset on, until the guest asks for another way through FWFT.
    ///
    /// @param entry    first instruction
    /// @param argument in a1: the address of the device tree, or what the starting hart says
    void enter(Hart hart, long entry, long argument) {
        set(hart, "pmpaddr0", -1L >>> 10);
        set(hart, "pmpcfg0", 0x1f); // NAPOT, all of it, R W X
        set(hart, "medeleg", -1L & ~(1L << 9));
        set(hart, "mideleg", -1L);
        set(hart, "mcounteren", -1L);
        set(hart, "scounteren", 7); // as OpenSBI does: Linux programs read the time, and the kernel sees to nothing
        set(hart, "stimecmp", -1L);
        set(hart, "satp", 0);
        set(hart, "sstatus", 0);
        long updates = hart.config().updating() ? ADUE : 0;
        set(hart, "menvcfg", 1L << 63 | 1L << 62 | updates | 1 << 7 | 1 << 6 | 1 << 4); // STCE PBMTE CBZE CBCFE CBIE=flush
        hart.registers[A0] = hart.id();
        hart.registers[A0 + 1] = argument;
        hart.pc = entry;
        hart.privilege = Hart.SUPERVISOR;
        hart.contextChanged();
    }

    /// Whether a hart could be sent to an address.
    boolean isMemory(long gpa) {
        return (gpa & 1) == 0 && memory.contains(gpa, 2);
    }

    private static void set(Hart hart, String csr, long value) {
        hart.csrs.write(hart.csrs.number(csr), value);
    }

    @Override
    public void call(Hart hart) {
        calls++;
        hart.pc += ECALL_LENGTH;
        long[] x = hart.registers;
        long extension = x[A7];
        if (Long.compareUnsigned(extension, LEGACY_LAST) <= 0) {
            x[A0] = legacy(hart, extension);
            return;
        }
        int function = (int) x[A7 - 1];
        x[A0 + 1] = answer(hart, extension, function, x, x[A0], x[A0 + 1]);
    }

    /// @return the value for a1; the error is in a0 already
    private long answer(Hart hart, long extension, int function, long[] x, long a0, long a1) {
        x[A0] = SbiError.SUCCESS;
        if (extension == BASE) {
            return base(hart, function, x, a0);
        } else if (extension == TIME && function == 0) {
            hart.csrs.write(STIMECMP, a0);
        } else if (extension == IPI && function == 0) {
            x[A0] = toEach(a0, a1, target -> raise(target.hart()));
        } else if (extension == RFENCE) {
            x[A0] = fence(function, x, a0, a1);
        } else if (extension == HSM) {
            x[A0] = states.call(hart, function, a0, a1, x[A0 + 2]);
            return states.value();
        } else if (extension == SRST && function == 0) {
            x[A0] = reset(a0, a1);
        } else if (extension == DBCN) {
            return console(hart, function, x, a0, a1);
        } else if (extension == FWFT) {
            return feature(hart, function, x, a0, a1);
        } else {
            x[A0] = SbiError.NOT_SUPPORTED;
        }
        return 0;
    }

    private static boolean has(long extension) {
        return extension == BASE || extension == TIME || extension == IPI || extension == RFENCE || extension == HSM
                || extension == SRST || extension == DBCN || extension == FWFT || extension == LEGACY_SET_TIMER
                || extension == LEGACY_PUTCHAR || extension == LEGACY_GETCHAR || extension == LEGACY_CLEAR_IPI
                || extension == LEGACY_SHUTDOWN;
    }

    private long base(Hart hart, int function, long[] x, long a0) {
        return switch (function) {
            case 0 -> VERSION;
            case 1 -> IMPLEMENTATION;
            case 2 -> IMPLEMENTATION_VERSION;
            case 3 -> has(a0) ? 1 : 0;
            case 4 -> hart.csrs.read(hart.csrs.number("mvendorid"));
            case 5 -> hart.csrs.read(hart.csrs.number("marchid"));
            case 6 -> hart.csrs.read(hart.csrs.number("mimpid"));
            default -> unsupported(x);
        };
    }

    private static long unsupported(long[] x) {
        x[A0] = SbiError.NOT_SUPPORTED;
        return 0;
    }

    private static long invalid(long[] x) {
        x[A0] = SbiError.INVALID_PARAM;
        return 0;
    }

    private interface Deed {
        void on(Monitor target);
    }

    /// Does something on every hart of a mask whose bit 0 is hart `base`; a `base` of -1 means all harts.
    private long toEach(long mask, long base, Deed deed) {
        if (base == -1) {
            for (Monitor monitor : monitors) {
                deed.on(monitor);
            }
            return SbiError.SUCCESS;
        }
        if (mask != 0 && (base < 0 || base > monitors.length - (Long.SIZE - Long.numberOfLeadingZeros(mask)))) {
            return SbiError.INVALID_PARAM;
        }
        for (long left = mask; left != 0; left &= left - 1) {
            deed.on(monitors[(int) (base + Long.numberOfTrailingZeros(left))]);
        }
        return SbiError.SUCCESS;
    }

    private static void raise(Hart target) {
        target.interrupts.writePending(target.interrupts.pendingForUpdate() | SUPERVISOR_SOFTWARE);
    }

    /// Fences are done on the target harts before the call returns.
    private long fence(int function, long[] x, long mask, long base) {
        long start = x[A0 + 2];
        long bytes = x[A0 + 3];
        long asid = x[A0 + 4];
        return switch (function) {
            // Stores to decoded code drop it at once on every hart.
            case 0 -> toEach(mask, base, target -> { });
            case 1 -> toEach(mask, base, target -> target.remoteFenced(start, bytes, 0, false));
            case 2 -> toEach(mask, base, target -> target.remoteFenced(start, bytes, (int) asid, true));
            default -> SbiError.NOT_SUPPORTED;
        };
    }

    private long reset(long type, long reason) {
        if ((int) reason != 0 && (int) reason != 1) {
            return SbiError.INVALID_PARAM;
        }
        switch ((int) type) {
            case 0 -> power.powerOff((int) reason);
            case 1, 2 -> power.reset();
            default -> {
                return SbiError.INVALID_PARAM;
            }
        }
        return SbiError.SUCCESS;
    }

    private long console(Hart hart, int function, long[] x, long a0, long a1) {
        if (function == 2) {
            console.write(new byte[] {(byte) a0}, 1);
            return 0;
        } else if (function != 0 && function != 1) {
            return unsupported(x);
        }
        if (x[A0 + 2] != 0 || a0 < 0 || a0 > 0 && !memory.contains(a1, a0)) {
            return invalid(x);
        }
        int length = (int) Math.min(a0, CHUNK);
        byte[] bytes = new byte[length];
        if (function == 0) {
            memory.read(a1, bytes, 0, length);
            console.write(bytes, length);
            return length;
        }
        int taken = 0;
        for (int next; taken < length && (next = console.read()) >= 0; taken++) {
            bytes[taken] = (byte) next;
        }
        memory.write(a1, bytes, 0, taken);
        if (taken > 0) {
            monitors[hart.id()].written(a1, taken);
        }
        return taken;
    }

    /// Firmware features: hardware updates of A and D bits can be switched; flags (such as "lock") are refused.
    private long feature(Hart hart, int function, long[] x, long which, long value) {
        if (which != PTE_AD_UPDATING || !hart.config().svadu() || function > 1 || function < 0) {
            return unsupported(x);
        }
        long now = hart.csrs.read(MENVCFG);
        if (function == 1) {
            return (now & ADUE) != 0 ? 1 : 0;
        }
        if (value != 0 && value != 1 || x[A0 + 2] != 0) {
            return invalid(x);
        }
        hart.csrs.write(MENVCFG, value == 1 ? now | ADUE : now & ~ADUE);
        return 0;
    }

    private long legacy(Hart hart, long extension) {
        long[] x = hart.registers;
        if (extension == LEGACY_SET_TIMER) {
            hart.csrs.write(STIMECMP, x[A0]);
        } else if (extension == LEGACY_PUTCHAR) {
            console.write(new byte[] {(byte) x[A0]}, 1);
        } else if (extension == LEGACY_GETCHAR) {
            return console.read();
        } else if (extension == LEGACY_CLEAR_IPI) {
            hart.interrupts.writePending(hart.interrupts.pendingForUpdate() & ~SUPERVISOR_SOFTWARE);
        } else if (extension == LEGACY_SHUTDOWN) {
            power.powerOff(0);
        } else {
            return SbiError.NOT_SUPPORTED;
        }
        return SbiError.SUCCESS;
    }

    /// Hands over its state, or takes it.
    public void transfer(State state) {
        calls = state.number(calls);
        states.transfer(state);
    }
}
