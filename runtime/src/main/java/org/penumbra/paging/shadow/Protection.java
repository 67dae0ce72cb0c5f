// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

/// Tells which guest pages are write-protected.
public interface Protection {
    Protection NONE = new Protection() {
    };

    /// @param page index in RAM
    default boolean isProtected(int page) {
        return false;
    }

    /// Whether any of the 512 pages around `page` is protected.
    default boolean isBlockProtected(int page) {
        return false;
    }
}
