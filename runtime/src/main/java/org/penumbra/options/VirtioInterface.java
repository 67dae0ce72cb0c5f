// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// The interface that virtio-mmio devices present: version 2, or version 1 from before virtio 1.0.
public enum VirtioInterface { MODERN, LEGACY }
