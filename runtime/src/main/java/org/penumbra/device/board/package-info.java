// SPDX-License-Identifier: Apache-2.0

/// The devices of QEMU's `virt` board that are not virtio, and its memory map. Machines put them together, not these
/// classes.
package org.penumbra.device.board;
