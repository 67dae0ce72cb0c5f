// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

/// Names of the sets of extensions that a hart can have. What each contains is stated by `org.penumbra.isa.Profile`.
public enum CpuName {
    /// The base that Linux distributions of the first generation are built for.
    RV64GC,
    RVA20S64,
    RVA22S64,
    /// Named so that its absence can be explained.
    RVA23S64,
    /// All extensions there are.
    MAX,
    /// The same without the hypervisor extension, which not every model runs.
    SCALAR,
    /// Those that the published counts of `compare` were taken with.
    COMPARE;

    /// Whether it has the hypervisor extension.
    public boolean hasHypervisor() {
        return this == MAX;
    }
}
