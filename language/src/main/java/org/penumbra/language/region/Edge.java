// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

/// A successor of a block.
///
/// @param block index of a block of the region, or [#OUTSIDE]
/// @param pc    the guest pc there
/// @param check whether the edge may close a cycle, so that the instruction budget must be checked
/// @param cold  whether it leaves the region and is very rarely taken
public record Edge(int block, long pc, boolean check, boolean cold) {
    /// Block index of edges that leave the region.
    public static final int OUTSIDE = -1;

    /// Whether it leaves the region.
    public boolean leaves() {
        return block == OUTSIDE;
    }
}
