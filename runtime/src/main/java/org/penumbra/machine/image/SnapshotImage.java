// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.util.List;
import java.util.OptionalLong;
import org.penumbra.machine.image.ImageException.Reason;

/// What a machine restored from a snapshot file knows about its program: enough to continue, not to restart.
///
/// @param name of the file that the program was in
public record SnapshotImage(String name, long entry, boolean isKernel, OptionalLong tohost, OptionalLong fromhost,
        SymbolTable symbols) implements Image {
    @Override
    public void load(GuestMemoryWriter memory, long ramBase) throws ImageException {
        throw new ImageException(Reason.BAD_IMAGE, name
                + ": a machine from a snapshot cannot begin again from its image");
    }

    @Override
    public List<Extent> extents() {
        return List.of();
    }
}
