// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.memory.GuestMemory;

/// The parts of the machine that a paging model needs.
///
/// @param memory guest RAM, in the host frames that the model maps
public record PagingContext(GuestMemory memory) {
}
