// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.Locale;

/// Why the machine-mode fast path was entered; the name in lower case is the one in reports.
public enum FastPathEntry {
    /// `sfence.vma` or `sinval.vma` with an address.
    FENCE_VA,
    /// ... with an ASID only.
    FENCE_ASID,
    /// ... with neither.
    FENCE_ALL,
    /// satp named a root in the base-address buffer, or no translation at all.
    SATP_HIT,
    /// satp named another root; a hypervisor exit follows.
    SATP_MISS,
    /// A fence that another hart asked for through the firmware.
    RFENCE,
    /// A last-level shadow miss served by a two-dimensional walk (`asp` only).
    SHADOW_FILL,
    /// A guest fault found by such a walk and handed over without the hypervisor (`asp` only).
    FAULT_REFLECT,
    /// A walk came to shadow entries that had not been read again since the last fence (`ssp` and `asp` that synchronise what
    /// is reached).
    RESYNC;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
