// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import org.penumbra.snapshot.State;

/// What makes one virtio device different from another, behind the transport [VirtioMmio].
///
/// Requests are carried out at once, on the thread that notified, or as soon as the device is ready for them.
public interface VirtioDevice {
    /// The device type (virtio 1.2, chapter 5).
    int id();

    /// The device-specific feature bits offered, bits 0 to 23.
    long features();

    /// The number of virtqueues.
    int queues();

    /// Whether a request of that queue can be carried out now. One that must wait for something from outside stays in
    /// its queue until this is so.
    default boolean ready(int queue) {
        return true;
    }

    /// Carries out a request.
    ///
    /// @return the bytes written to the writable part, for the used ring
    long process(int queue, VirtioRequest request);

    /// Reads the configuration space, zero-extended; 0 beyond its end.
    ///
    /// @param size 1, 2, 4 or 8 bytes
    long configuration(int offset, int size);

    /// Whether the configuration has changed since this was last asked.
    default boolean takeConfigurationChange() {
        return false;
    }

    /// The driver has chosen its features.
    ///
    /// @param modern whether it keeps the rules of virtio 1.0 and later, VIRTIO_F_VERSION_1
    default void negotiated(boolean modern) {
    }

    /// The driver reset the device.
    default void reset() {
    }

    /// Hands what it remembers between requests to a snapshot, or takes it from one.
    ///
    /// @throws org.penumbra.snapshot.StateException if it has something that cannot be in one
    void transfer(State state);
}
