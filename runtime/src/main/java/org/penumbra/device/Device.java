// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import org.penumbra.snapshot.State;

/// A device with registers on the bus. It sees offsets, never its own address.
///
/// Only the thread that runs the machine uses devices.
public interface Device {
    /// Bytes of address space the device covers.
    long size();

    /// The supported access sizes, as the sum of any of 1, 2, 4 and 8; the [Bus] turns any other into a [BusFault].
    default int accessSizes() {
        return 1 | 2 | 4 | 8;
    }

    /// Reads a register, zero-extended.
    ///
    /// @param offset from the start of the device, a multiple of `size`
    /// @param size 1, 2, 4 or 8 bytes, one of [#accessSizes()]
    long read(long offset, int size);

    /// Writes a register; only the low `size` bytes of `value` count.
    void write(long offset, int size, long value);

    /// Adds the device's node or nodes to a device tree.
    ///
    /// @param parent the bus's node, with two address and two size cells
    void describe(DeviceTree.Node parent, long base);

    /// Puts the device in its power-on state and lowers its interrupt lines.
    default void reset() {
    }

    /// Saves its registers to a snapshot, or restores them without changing the levels of its interrupt lines. A device
    /// without registers does nothing.
    ///
    /// @throws org.penumbra.snapshot.StateException if it has something that cannot be in one
    void transfer(State state);
}
