// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

/// Where each page of guest RAM lies in host memory: the guest-physical to host-physical mapping.
public interface HostFrames {
    /// Host address of guest page `page` (index from the start of RAM), allocating its frame on first touch.
    long address(long page);

    /// Guest RAM as one host mapping in guest order: no second stage.
    static HostFrames identity(long size) {
        return new IdentityFrames(new SparseRegion(size));
    }
}
