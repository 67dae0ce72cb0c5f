// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Which translations a fence covers: those of pages with a byte in `[gva, gva + bytes)` or of all addresses, in one
/// address space or in all.
///
/// @param gva   first address, or -1 for all addresses
/// @param bytes how many, or -1 for all addresses
/// @param asid  the address space that is covered, without unimplemented bits; global translations are not covered
///              then. Or -1 for all, with global translations
public record FenceScope(long gva, long bytes, int asid) {
    /// In place of an address, a size or an ASID: all of them.
    public static final int ALL = -1;

    /// Every translation.
    public static final FenceScope EVERYTHING = new FenceScope(ALL, ALL, ALL);

    public FenceScope {
        if (bytes < 0) {
            gva = ALL;
            bytes = ALL;
        }
    }

    /// Whether the fence names addresses.
    public boolean hasGva() {
        return bytes >= 0;
    }

    /// Whether the fence names an address space.
    public boolean hasAsid() {
        return asid >= 0;
    }

    /// Whether translations of an address space are covered, if they are not global.
    ///
    /// @param space its ASID
    public boolean covers(int space) {
        return asid < 0 || asid == space;
    }

    /// One of other addresses in the same address spaces.
    public FenceScope of(long first, long size) {
        return new FenceScope(first, size, asid);
    }

    /// One of all addresses in the same address spaces.
    public FenceScope ofAllAddresses() {
        return of(ALL, ALL);
    }
}
