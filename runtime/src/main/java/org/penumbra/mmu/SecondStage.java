// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Guest-physical to host address, as the walker sees it: the second stage of a walk.
public interface SecondStage {
    /// Host address of the byte at `gpa`, valid within its 4 KiB page; zero if the stage has no mapping for it.
    ///
    /// @param gpa   guest-physical, in RAM
    /// @param count counter to which the references made here are added
    long hostAddress(long gpa, WalkReferences count);

    /// Whether the walker may set A or D in an entry at `gpa`, whose [#hostAddress] it has just asked for.
    ///
    /// @param count counter to which the references made here are added
    default boolean isWritable(long gpa, WalkReferences count) {
        return true;
    }
}
