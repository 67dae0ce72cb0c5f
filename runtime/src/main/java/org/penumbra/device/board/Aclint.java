// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.util.Arrays;
import org.penumbra.device.BusFault;
import org.penumbra.device.Clock;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.InterruptLine;
import org.penumbra.snapshot.State;

/// The core-local interruptor in the SiFive CLINT layout: software interrupts and the machine timer of every hart.
///
/// `msip` registers answer 4-byte accesses only, the timer registers 4- and 8-byte ones (RISC-V ACLINT specification
/// 1.0).
public final class Aclint implements Device {
    static final int MSIP = 0;
    static final int MTIMECMP = 0x4000;
    static final int MTIME = 0xbff8;
    private static final int SIZE = 0x10000;
    private static final int MSIP_BIT = 3;
    private static final int MTIP_BIT = 7;

    private final Clock clock;
    private final InterruptLine[] softwareLines;
    private final InterruptLine[] timerLines;
    private final Runnable deadlineChanged;
    private final boolean[] msip;
    private final long[] mtimecmp;
    /// What a write to `mtime` added to the clock, modulo 2^64.
    private long offset;

    /// @param softwareLines MSIP of each hart
    /// @param timerLines MTIP of each hart
    /// @param deadlineChanged called after `mtimecmp` or `mtime` was written and the lines were brought up to date
    public Aclint(Clock clock, InterruptLine[] softwareLines, InterruptLine[] timerLines, Runnable deadlineChanged) {
        if (softwareLines.length != timerLines.length || softwareLines.length == 0) {
            throw new IllegalArgumentException("one software and one timer line per hart");
        }
        this.clock = clock;
        this.softwareLines = softwareLines.clone();
        this.timerLines = timerLines.clone();
        this.deadlineChanged = deadlineChanged;
        this.msip = new boolean[softwareLines.length];
        this.mtimecmp = new long[softwareLines.length];
        Arrays.fill(mtimecmp, -1L);
    }

    /// The value of `mtime`, which the `time` CSR shadows.
    public long time() {
        return clock.ticks() + offset;
    }

    /// The clock's tick at which the hart's MTIP rises: now or earlier if it is up, `Long.MAX_VALUE` for never.
    public long nextDeadline(int hart) {
        return deadline(mtimecmp[hart]);
    }

    /// The clock's tick at which `mtime` reaches a value (unsigned), for timers that compare with it, such as
    /// `stimecmp`. The current tick if it has; `Long.MAX_VALUE` if that is beyond what the clock can show.
    public long deadline(long mtimeValue) {
        long now = clock.ticks();
        long time = now + offset;
        if (Long.compareUnsigned(time, mtimeValue) >= 0) {
            return now;
        }
        long wait = mtimeValue - time;
        return wait < 0 || now + wait < 0 ? Long.MAX_VALUE : now + wait;
    }

    /// Sets every MTIP line from the clock.
    public void update() {
        long time = time();
        for (int hart = 0; hart < timerLines.length; hart++) {
            timerLines[hart].set(Long.compareUnsigned(time, mtimecmp[hart]) >= 0);
        }
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public int accessSizes() {
        return 4 | 8;
    }

    @Override
    public long read(long at, int size) {
        if (at < MTIMECMP) {
            int hart = softwareHart(size, at);
            return hart < msip.length && msip[hart] ? 1 : 0;
        }
        long value = 0;
        if (at >= MTIME) {
            value = time();
        } else if (at - MTIMECMP >> 3 < mtimecmp.length) {
            value = mtimecmp[(int) (at - MTIMECMP >> 3)];
        }
        if (size == 8) {
            return value;
        }
        return (at & 4) != 0 ? value >>> 32 : value & 0xffff_ffffL;
    }

    @Override
    public void write(long at, int size, long value) {
        if (at < MTIMECMP) {
            int hart = softwareHart(size, at);
            if (hart < msip.length) {
                msip[hart] = (value & 1) != 0;
                softwareLines[hart].set(msip[hart]);
            }
            return;
        }
        if (at >= MTIME) {
            offset = merge(time(), at, size, value) - clock.ticks();
        } else if (at - MTIMECMP >> 3 < mtimecmp.length) {
            int hart = (int) (at - MTIMECMP >> 3);
            mtimecmp[hart] = merge(mtimecmp[hart], at, size, value);
        } else {
            return;
        }
        update();
        deadlineChanged.run();
    }

    @Override
    public void reset() {
        offset = 0;
        Arrays.fill(msip, false);
        Arrays.fill(mtimecmp, -1L);
        for (InterruptLine line : softwareLines) {
            line.set(false);
        }
        update();
        deadlineChanged.run();
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        int[] interrupts = new int[4 * msip.length];
        for (int hart = 0; hart < msip.length; hart++) {
            int handle = parent.tree().handle(DeviceTree.hartInterrupts(hart));
            interrupts[4 * hart] = handle;
            interrupts[4 * hart + 1] = MSIP_BIT;
            interrupts[4 * hart + 2] = handle;
            interrupts[4 * hart + 3] = MTIP_BIT;
        }
        parent.child("clint", base)
                .strings("compatible", "sifive,clint0", "riscv,clint0")
                .reg(base, SIZE)
                .cells("interrupts-extended", interrupts);
    }

    private static int softwareHart(int size, long at) {
        if (size != 4) {
            throw BusFault.INSTANCE;
        }
        return (int) (at - MSIP >> 2);
    }

    private static long merge(long old, long at, int size, long value) {
        if (size == 8) {
            return value;
        }
        return (at & 4) != 0
                ? old & 0xffff_ffffL | value << 32
                : old & 0xffff_ffff_0000_0000L | value & 0xffff_ffffL;
    }

    @Override
    public void transfer(State state) {
        state.flags(msip);
        state.numbers(mtimecmp);
        offset = state.number(offset);
    }
}
