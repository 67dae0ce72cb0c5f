// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.snapshot.State;

/// A part of the board's map that answers, but has nothing behind it: every byte reads the same, writes are dropped.
public final class UnusedRange implements Device {
    private final long size;
    private final long bytes;

    /// @param size     in bytes
    /// @param contents what each byte reads, 0 or 0xff
    public UnusedRange(long size, int contents) {
        this.size = size;
        this.bytes = contents == 0 ? 0 : -1;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long read(long offset, int size) {
        return size == 8 ? bytes : bytes & (1L << 8 * size) - 1;
    }

    @Override
    public void write(long offset, int size, long value) {
    }

    /// Nothing: a kernel has no use for it.
    @Override
    public void describe(DeviceTree.Node parent, long base) {
    }

    /// Nothing: it has no registers.
    @Override
    public void transfer(State state) {
    }
}
