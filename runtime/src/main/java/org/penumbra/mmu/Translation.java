// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Result of one translation, filled in by a paging model for the page that contains a gva. The object is reused: do
/// not keep it.
public final class Translation {
    /// Guest-physical address of the requested byte.
    public long gpa;
    /// Whether loads, stores or fetches at the requested privilege may use a TLB entry without asking the model again.
    public boolean loadable;
    public boolean storable;
    public boolean fetchable;
    /// Host address of that byte as the model's own tables map it; zero to use the address in `GuestMemory` (native
    /// translation, and anything that is not RAM).
    public long hostAddress;
    /// For a hypervisor's guest, the address that the first stage gives and the second translates.
    public long betweenStages;

    public void set(long gpa, boolean loadable, boolean storable, boolean fetchable) {
        this.gpa = gpa;
        this.hostAddress = 0;
        this.loadable = loadable;
        this.storable = storable;
        this.fetchable = fetchable;
    }
}
