// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.penumbra.device.share.SharedFolder;
import org.penumbra.device.virtio.Disk;
import org.penumbra.device.virtio.Network;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.options.Settings;

/// The peripherals of a machine besides harts, memory and a serial console.
///
/// @param disks      at most [Settings#MOST_DISKS]
/// @param network    to which the network card is connected, or null for no card
/// @param share      a folder of the host, or null for none
/// @param terminal   size of the terminal that shows the virtio console, or null for no such console
/// @param legacyVirtio whether virtio devices present the interface from before virtio 1.0
/// @param resetEnds  whether a reset by the guest ends the run rather than starting the machine again
/// @param date       that the real-time clock starts at, in seconds since 1970; without one it is the host's time under
///                   the host's clock, else [Settings#VIRTUAL_DATE]
/// @param attachments how disks, network and share were named
/// @param added      devices that the board does not have
/// @param complaints receives a line about anything that the host cannot do for the guest
public record Peripherals(List<Disk> disks, Network network, SharedFolder share, TerminalSize terminal,
        boolean legacyVirtio,
        boolean resetEnds, OptionalLong date, Attachments attachments, List<AddedDevice> added,
        Consumer<String> complaints) {
    public static final Peripherals NONE = new Peripherals(List.of(), null, null, null, false, false,
            OptionalLong.empty(), line -> { });

    /// Without names for what is attached.
    public Peripherals(List<Disk> disks, Network network, SharedFolder share, TerminalSize terminal,
            boolean legacyVirtio, boolean resetEnds, OptionalLong date, Consumer<String> complaints) {
        this(disks, network, share, terminal, legacyVirtio, resetEnds, date, Attachments.NONE, List.of(), complaints);
    }

    /// The minimum set, with a date.
    public static Peripherals withDate(OptionalLong date) {
        return new Peripherals(NONE.disks, null, null, null, false, false, date, NONE.complaints);
    }

    /// The same with other devices that the board does not have.
    public Peripherals withAdded(List<AddedDevice> devices) {
        return new Peripherals(disks, network, share, terminal, legacyVirtio, resetEnds, date, attachments, devices,
                complaints);
    }

    public Peripherals {
        disks = List.copyOf(disks);
        added = List.copyOf(added);
        if (disks.size() > Settings.MOST_DISKS) {
            throw new IllegalArgumentException(disks.size() + " disks: there is room for " + Settings.MOST_DISKS);
        }
    }
}
