// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// How A and D bits of PTEs are handled.
public enum AdUpdate {
    /// A clear bit is a page fault.
    SVADE,
    /// The hart sets the bits.
    SVADU,
    /// Both schemes are there; the hart sets the bits until the guest asks for faults.
    BOTH,
    /// Both schemes are there; a clear bit is a page fault until the guest asks for hardware updates.
    REQUEST
}
