// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Outcome of one translation, filled in by a paging model for the page that holds a gva; reused, never kept.
public final class Translation {
    /// Guest-physical address of the byte asked for.
    public long gpa;
    /// Whether loads, stores or fetches at the privilege asked for may use a TLB entry without asking the model again.
    public boolean loadable;
    public boolean storable;
    public boolean fetchable;
    /// Host address of that byte as the model's own tables give it; zero where it is left to `GuestMemory` (native
    /// translation, and what is not RAM).
    public long hostAddress;

    public void set(long gpa, boolean loadable, boolean storable, boolean fetchable) {
        this.gpa = gpa;
        this.hostAddress = 0;
        this.loadable = loadable;
        this.storable = storable;
        this.fetchable = fetchable;
    }
}
