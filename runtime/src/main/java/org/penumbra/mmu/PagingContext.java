// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import java.util.function.IntFunction;
import org.penumbra.memory.GuestMemory;

/// The parts of the machine that a paging model needs.
///
/// @param memory   guest RAM, in the host frames that the model maps
/// @param software tells who follows the references of a hart's monitor to page tables, or null for nobody: those that
///                 its software makes to serve an event, not those of walks by hardware
public record PagingContext(GuestMemory memory, IntFunction<TableTrace> software) {
    /// A context in which nobody follows references.
    public PagingContext(GuestMemory memory) {
        this(memory, _ -> null);
    }
}
