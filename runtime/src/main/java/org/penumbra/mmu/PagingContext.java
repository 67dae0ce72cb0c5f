// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.memory.GuestMemory;

/// What a model needs of the machine it translates for.
///
/// @param memory guest RAM, whose frames are those of the model
public record PagingContext(GuestMemory memory) {
}
