// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

/// Where control goes from the end of a block.
///
/// @param block index of a block of the region, or [#OUTSIDE]
/// @param pc    the guest's pc there
/// @param cold  whether it leaves the region and is hardly ever taken
/// @param check whether the edge may close a cycle, so that the budget of instructions is looked at
public record Edge(int block, long pc, boolean check, boolean cold) {
    public static final int OUTSIDE = -1;
}
