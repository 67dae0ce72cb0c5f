// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import org.penumbra.device.Device;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InterruptLine;

/// A device that a machine has besides those of its board.
public interface AddedDevice {
    /// Guest-physical address of its registers.
    long at();

    /// Number of its interrupt line at the PLIC, or 0 for none.
    int interrupt();

    /// The device of one machine.
    ///
    /// @param line   its interrupt line
    /// @param memory the machine's RAM
    Device make(InterruptLine line, GuestMemoryAccess memory);

    /// The same for another machine, which continues from a snapshot.
    ///
    /// @throws IllegalArgumentException one line, if there can be only one
    AddedDevice again();
}
