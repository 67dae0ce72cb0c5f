// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// What makes one virtio device different from another, behind the transport [VirtioMmio].
///
/// Requests are carried out at once, on the thread that notified.
public interface VirtioDevice {
    /// The device type (virtio 1.2, chapter 5).
    int id();

    /// The device-specific feature bits offered, bits 0 to 23.
    long features();

    /// The number of virtqueues.
    int queues();

    /// Carries out a request.
    ///
    /// @return the bytes written to the writable part, for the used ring
    long process(int queue, VirtioRequest request);

    /// Reads the configuration space, zero-extended; 0 beyond its end.
    ///
    /// @param size 1, 2, 4 or 8 bytes
    long configuration(int offset, int size);

    /// The driver reset the device.
    default void reset() {
    }
}
