// SPDX-License-Identifier: Apache-2.0

/// Virtio devices over MMIO and what they serve from: disks, networks, consoles. All that a guest writes is taken for
/// malicious.
package org.penumbra.device.virtio;
