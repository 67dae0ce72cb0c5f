// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

/// Where control goes from the end of a block.
///
/// @param block index of a block of the region, or [#OUTSIDE]
/// @param pc    the guest's pc there
/// @param check whether the edge may close a cycle, so that the budget of instructions is looked at
/// @param cold  whether it leaves the region and is hardly ever taken
public record Edge(int block, long pc, boolean check, boolean cold) {
    /// The block of an edge that leaves the region.
    public static final int OUTSIDE = -1;

    /// Whether it leaves the region.
    public boolean leaves() {
        return block == OUTSIDE;
    }
}
