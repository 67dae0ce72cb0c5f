// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.PowerControl;
import org.penumbra.snapshot.State;

/// SiFive's test finisher: a write ends or resets the machine. It is also the `syscon` behind poweroff and reboot.
public final class TestFinisher implements Device {
    static final int FAIL = 0x3333;
    static final int PASS = 0x5555;
    static final int RESET = 0x7777;
    /// The exit status of a failure without one, because 0 would be success.
    private static final int FAILURE = 1;
    private static final String LABEL = "test";
    private static final int SIZE = 0x1000;

    private final PowerControl power;

    public TestFinisher(PowerControl power) {
        this.power = power;
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public int accessSizes() {
        return 2 | 4;
    }

    @Override
    public long read(long offset, int size) {
        return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset != 0) {
            return;
        }
        switch ((int) value & 0xffff) {
            case PASS -> power.powerOff(0);
            case FAIL -> power.powerOff(size == 2 ? FAILURE : Math.max(FAILURE, (int) value >>> 16));
            case RESET -> power.reset();
            default -> { }
        }
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        parent.child("test", base)
                .strings("compatible", "sifive,test1", "sifive,test0", "syscon")
                .reg(base, SIZE)
                .label(LABEL);
        syscon(parent.tree(), "poweroff", PASS);
        syscon(parent.tree(), "reboot", RESET);
    }

    private static void syscon(DeviceTree tree, String name, int value) {
        tree.root().child(name)
                .strings("compatible", "syscon-" + name)
                .cells("regmap", tree.handle(LABEL))
                .cells("offset", 0)
                .cells("value", value);
    }

    /// Nothing: it has no registers.
    @Override
    public void transfer(State state) {
    }
}
