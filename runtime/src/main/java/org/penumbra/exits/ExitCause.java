// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.Locale;

/// Why memory virtualisation had to enter the hypervisor; the name in lower case is the one in reports.
public enum ExitCause {
    /// A shadow entry was missing or too weak, and the guest's tables allow the access.
    SHADOW_MISS_FILL,
    /// The guest's tables forbid the access: the fault is handed to the guest.
    GUEST_FAULT_REFLECT,
    /// A store to a write-protected guest table whose entries are all at the lowest level.
    PT_WRITE_LEAF,
    /// A store to any other write-protected guest table.
    PT_WRITE_NONLEAF,
    /// The first store to a page that was mapped clean, to set its D bit.
    AD_UPDATE,
    /// satp named a root that the fast path does not know (or there is no fast path).
    SATP_MISS,
    /// A fence that the fast path could not finish, or that the model has to trap.
    FENCE_ESCALATED,
    /// A guest-physical page was touched for the first time (second-stage fault).
    G_FAULT;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
