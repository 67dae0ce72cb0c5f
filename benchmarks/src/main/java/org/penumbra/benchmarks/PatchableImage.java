// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.machine.image.ElfImage;
import org.penumbra.machine.image.ImageException;

/// The bytes of an ELF file, some of which a symbol names so that they can be read and changed before it is loaded.
final class PatchableImage {

    private PatchableImage() {
    }

    /// The bytes from a symbol on, little-endian, still part of the file.
    ///
    /// @throws IllegalArgumentException if it is no ELF file, or has no such symbol with as many bytes behind it
    static ByteBuffer block(byte[] image, String symbol, int length) {
        ElfImage elf;
        try {
            elf = ElfImage.parse("image", image);
        } catch (ImageException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        long at = elf.physical(symbol).orElseThrow(() -> new IllegalArgumentException("no symbol " + symbol));
        for (ElfImage.Segment segment : elf.segments()) {
            long offset = at - segment.physicalAddress();
            if (offset >= 0 && offset <= segment.fileSize() - length) {
                return ByteBuffer.wrap(image, segment.fileOffset() + (int) offset, length).slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        throw new IllegalArgumentException(symbol + " has no bytes in the file");
    }
}
