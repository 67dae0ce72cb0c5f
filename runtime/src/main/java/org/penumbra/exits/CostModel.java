// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

/// Estimates the cycles that memory virtualisation would cost on hardware, from exact counts and stated constants.
///
/// The constants are parameters, not measurements: no published figure for RISC-V was found, so reports sweep the exit
/// cost.
///
/// @param exit     cycles of a hypervisor exit and return
/// @param fastPath cycles of an entry to the machine-mode fast path and return
/// @param memory   cycles of one reference to a page table
public record CostModel(long exit, long fastPath, long memory) {
    public static final long DEFAULT_FAST_PATH = 100;
    public static final long DEFAULT_MEMORY = 20;

    public static CostModel withExit(long exit) {
        return new CostModel(exit, DEFAULT_FAST_PATH, DEFAULT_MEMORY);
    }

    /// @param fencesFree whether to leave out exits for fences (the idealised reading of `tsp`)
    public long cycles(ExitStatistics s, boolean fencesFree) {
        long exits = fencesFree ? s.exitsWithoutFences() : s.memoryVirtualisationExits();
        return exits * exit + s.fastPathEntries() * fastPath
                + (s.walk.guest + s.walk.host + s.ptesReRead) * memory;
    }
}
