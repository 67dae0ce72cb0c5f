// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.Locale;

/// Why the machine-mode fast path was entered. Reports use the name in lower case.
public enum FastPathEntry {
    /// `sfence.vma` or `sinval.vma` with an address.
    FENCE_VA,
    /// The same with only an ASID.
    FENCE_ASID,
    /// The same with neither.
    FENCE_ALL,
    /// A write of satp selected a root in the base-address buffer, or Bare.
    SATP_HIT,
    /// A write of satp selected another root; a hypervisor exit follows (but under `msp`).
    SATP_MISS,
    /// A fence that another hart requested through the firmware.
    RFENCE,
    /// A last-level shadow miss served by a two-dimensional walk (`asp`), or any miss or
    /// first touch of a page (`msp`).
    SHADOW_FILL,
    /// A guest fault found by such a walk and forwarded without the hypervisor (`asp`, `msp`).
    FAULT_REFLECT,
    /// A walk reached shadow entries that had not been read again since the last fence (`msp`; `ssp` and `asp` under
    /// the policy `reached`).
    RESYNC;

    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
