// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.TableAccess;

/// What a model needs of the machine it translates for.
///
/// @param memory      guest RAM, whose frames are those of [Models#frames]
/// @param tableAccess physical memory protection of page-table accesses
public record PagingContext(GuestMemory memory, TableAccess tableAccess) {
}
