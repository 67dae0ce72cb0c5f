// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.util.function.IntConsumer;

/// Where each page of guest RAM lies in host memory: the guest-physical to host-physical mapping.
public interface HostFrames extends AutoCloseable {
    /// Host address of guest page `page` (index from the start of RAM), allocating its frame on first touch.
    long address(long page);

    /// Whether the 512 pages around `page` (indices alike but for the low 9 bits) are one aligned 2 MiB host page.
    default boolean isLarge(long page) {
        return false;
    }

    /// Back to the state before the first touch: every page reads as zero, and addresses given out mean nothing any
    /// more.
    void clear();

    /// Gives all frames back to the host: the end of the guest's RAM.
    @Override
    void close();

    /// The pages that may hold something, in the order that is to be kept, handed one after the other.
    ///
    /// @param pages how many guest pages there are
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
