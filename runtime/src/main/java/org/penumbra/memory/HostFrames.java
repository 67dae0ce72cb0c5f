// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.util.function.IntConsumer;
import org.penumbra.snapshot.State;

/// Where each page of guest RAM lies in host memory: the guest-physical to host-physical mapping.
public interface HostFrames extends AutoCloseable {
    /// Host address of guest page `page` (index from the start of RAM), allocating its frame on first touch.
    long address(long page);

    /// Host address of guest page `page`, without touching it; 0 if it has none yet, and is zero.
    default long peek(long page) {
        return address(page);
    }

    /// Whether the 512 pages around `page` (indices equal except for the low 9 bits) form one aligned 2 MiB host page.
    default boolean isLarge(long page) {
        return false;
    }

    /// Whether each page always has the same address.
    default boolean isFixed() {
        return false;
    }

    /// The host address from which those of frames are counted, so that they can be moved.
    long origin();

    /// Bytes from [#origin] on within which all frames lie.
    long span();

    /// Saves which page has which frame, or gives pages the same frames, relative to [#origin], without content.
    void transfer(State state);

    /// Returns to the state before the first touch: every page reads as zero, and earlier host addresses become
    /// invalid.
    void clear();

    /// Releases all frames: the guest's RAM must not be used afterwards.
    @Override
    void close();

    /// Passes on the pages that may be non-zero, one by one, in the order in which a restore must touch them.
    ///
    /// @param pages number of guest pages
    default void touched(int pages, IntConsumer consumer) {
        for (int page = 0; page < pages; page++) {
            consumer.accept(page);
        }
    }

    /// Guest RAM as one host mapping in guest order: no second stage.
    static HostFrames identity(long size) {
        return new IdentityFrames(new SparseRegion(size));
    }
}
