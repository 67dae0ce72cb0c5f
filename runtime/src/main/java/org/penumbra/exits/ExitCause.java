// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.Locale;

/// Why memory virtualisation had to enter the hypervisor. Reports use the name in lower case.
public enum ExitCause {
    /// A shadow entry was missing or lacked permission, and the guest's tables permit the access.
    SHADOW_MISS_FILL,
    /// The guest's tables deny the access: the fault is forwarded to the guest.
    GUEST_FAULT_REFLECT,
    /// A store to a write-protected guest table whose entries are all at the lowest level.
    PT_WRITE_LEAF,
    /// A store to any other write-protected guest table.
    PT_WRITE_NONLEAF,
    /// The first store to a page that was mapped clean, to set its D bit.
    AD_UPDATE,
    /// A write of satp selected a root that the fast path does not know (or there is no fast path).
    SATP_MISS,
    /// A fence that the fast path could not complete, or that the model has to trap.
    FENCE_ESCALATED,
    /// A guest-physical page was touched for the first time (second-stage fault).
    G_FAULT,
    /// The guest returned from a trap after a fault that was forwarded to it, and the hypervisor filled the shadow for
    /// that address (`pvm`).
    FAULT_RETURN;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
