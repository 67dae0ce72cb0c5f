// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import java.util.function.IntFunction;
import org.penumbra.memory.GuestMemory;

/// The parts of the machine that a paging model needs.
///
/// @param memory   guest RAM, in the host frames that the model maps
/// @param software   tells who follows the references of a hart's monitor to page tables, or null for nobody: those
///                   that its software makes to serve an event, not those of walks by hardware
/// @param stopOthers makes all harts stand still but the one whose event is served, until it has been; does nothing if
///                   harts take turns
public record PagingContext(GuestMemory memory, IntFunction<TableTrace> software, Runnable stopOthers) {
    /// A context in which nobody follows references and harts take turns.
    public PagingContext(GuestMemory memory) {
        this(memory, _ -> null, () -> {
        });
    }

    /// The same with those who follow references.
    public PagingContext withSoftware(IntFunction<TableTrace> traces) {
        return new PagingContext(memory, traces, stopOthers);
    }

    /// The same for harts that run in parallel.
    public PagingContext withStopOthers(Runnable standstill) {
        return new PagingContext(memory, software, standstill);
    }
}
