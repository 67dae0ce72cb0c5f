// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Told when translations of a hart become invalid: after a fence, or because the monitor has changed its tables.
public interface TlbDrops {
    /// All translations, but not those of untranslated accesses.
    void dropped();

    /// Those of an address space.
    void asidDropped(int asid);

    /// Those of `[gva, gva + bytes)`, in one address space if `hasAsid`.
    void rangeDropped(long gva, long bytes, int asid, boolean hasAsid);

    /// Those that lead to a guest page, or only what they permit for stores.
    void guestPageDropped(long gpa);

    /// Everything, also of untranslated accesses and of second stages.
    void everythingDropped();
}
