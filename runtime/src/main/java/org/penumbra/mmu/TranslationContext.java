// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// What a walk depends on besides satp and the page tables: the hart's status and environment bits, and its physical
/// memory protection.
public interface TranslationContext {
    /// mstatus.SUM: supervisor mode may load from and store to user pages.
    boolean sum();

    /// mstatus.MXR: executable pages are readable.
    boolean mxr();

    /// Whether loads need what is executable, instead of what is readable (`hlvx`).
    default boolean readsAsFetch() {
        return false;
    }

    /// The bits of a leaf of which loads need one.
    default long readable() {
        return readsAsFetch() ? PageTableEntry.EXECUTE
                : mxr() ? PageTableEntry.READ | PageTableEntry.EXECUTE : PageTableEntry.READ;
    }

    /// menvcfg.PBMTE: the PBMT field of entries is not reserved.
    boolean pageMemoryTypes();

    /// Svnapot: the N bit of leaves is not reserved.
    boolean largeLeaves();

    /// The bits of entries that are not reserved, for [PageTableEntry#kind].
    default long entryBits() {
        return (pageMemoryTypes() ? PageTableEntry.MEMORY_TYPE : 0) | (largeLeaves() ? PageTableEntry.NAPOT : 0);
    }

    /// menvcfg.ADUE: the walker sets the A and D bits instead of faulting.
    boolean updatesAccessedDirty();

    /// Whether physical memory protection lets the walker touch an entry, which lies in RAM.
    ///
    /// @param gpa    guest-physical address of the 8-byte entry
    /// @param update true to set A or D, false to read
    boolean allowsTable(long gpa, boolean update);
}
