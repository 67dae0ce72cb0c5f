// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Told when translations of a hart become invalid: after a fence, or because the monitor has changed its tables.
public interface TlbDrops {
    /// Those that a fence covers, but not those of untranslated accesses.
    ///
    /// @param scope whole pages, or all addresses
    void dropped(FenceScope scope);

    /// Those that lead to a guest page, or only what they permit for stores.
    void guestPageDropped(long gpa);

    /// Everything, also of untranslated accesses and of second stages.
    void everythingDropped();
}
