// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// Guest-physical to host address, as the walker sees it: the second stage of a walk.
public interface SecondStage {
    /// Host address of the byte at `gpa`, good within its 4 KiB page; zero when the stage has no mapping for it.
    ///
    /// @param gpa   guest-physical, in RAM
    /// @param count where the references this costs are added
    long hostAddress(long gpa, WalkReferences count);
}
