// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Which translations a fence covers.
///
/// @param gva     the address whose translations are covered, if `hasGva`; else those of all addresses are
/// @param hasGva  whether the fence names an address
/// @param asid    the address space that is covered, without unimplemented bits, if `hasAsid`; else all are
/// @param hasAsid whether the fence names an address space; then global translations are not covered
public record FenceScope(long gva, boolean hasGva, int asid, boolean hasAsid) {
}
