// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.util.List;
import org.penumbra.machine.image.ImageException.Reason;

/// A file without a format: its bytes go to one address and its first byte is the first instruction.
public final class RawImage implements Image {
    private final String name;
    private final byte[] bytes;
    private final long base;

    private RawImage(String name, byte[] bytes, long base) {
        this.name = name;
        this.bytes = bytes;
        this.base = base;
    }

    /// @throws ImageException if there are no bytes
    public static RawImage of(String name, byte[] bytes, long base) throws ImageException {
        return owning(name, bytes.clone(), base);
    }

    /// The same without a copy of the bytes.
    static RawImage owning(String name, byte[] bytes, long base) throws ImageException {
        if (bytes.length == 0) {
            throw new ImageException(Reason.BAD_IMAGE, name + ": is empty; name an ELF or raw image file");
        }
        return new RawImage(name, bytes, base);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long entry() {
        return base;
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public List<Extent> extents() {
        return List.of(new Extent(base, bytes.length));
    }

    @Override
    public void load(GuestMemoryWriter memory, long ramBase) throws ImageException {
        Image.requireMemory(name, memory, ramBase, base, bytes.length);
        memory.write(base, bytes, 0, bytes.length);
    }
}
