// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The ELF file of treadmill, with the block at `treadmill_params` (`struct parameters` in `treadmill/kernel/kernel.h`)
/// patched in its bytes.
final class TreadmillImage {

    /// Bytes of the command line, its terminating NUL included.
    static final int LINE_BYTES = 256;

    private static final String RESOURCE = "treadmill/treadmill.elf";
    private static final byte[] SYMBOL = "treadmill_params\0".getBytes(StandardCharsets.US_ASCII);
    private static final int SHT_SYMTAB = 2;
    private static final int SYMBOL_BYTES = 24;

    private TreadmillImage() {
    }

    /// The file with another command line and other options.
    ///
    /// @throws IllegalArgumentException if the line is longer than 255 bytes
    static byte[] patched(String line, TreadmillOptions options) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length >= LINE_BYTES) {
            throw new IllegalArgumentException("the command line is longer than " + (LINE_BYTES - 1) + " bytes");
        }
        byte[] image = shipped();
        ByteBuffer block = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int at = offset(block);
        block.put(at, Arrays.copyOf(bytes, LINE_BYTES)).putInt(at + LINE_BYTES, options.flags());
        return image;
    }

    static byte[] shipped() {
        try (InputStream in = TreadmillImage.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + RESOURCE);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where the block is in the file: the file is ours, so its headers are taken at their word.
    private static int offset(ByteBuffer elf) {
        int sections = (int) elf.getLong(40);
        int sectionBytes = elf.getShort(58);
        for (int i = 0; i < elf.getShort(60); i++) {
            int table = sections + i * sectionBytes;
            if (elf.getInt(table + 4) != SHT_SYMTAB) {
                continue;
            }
            int names = (int) elf.getLong(sections + elf.getInt(table + 40) * sectionBytes + 24);
            int end = (int) (elf.getLong(table + 24) + elf.getLong(table + 32));
            for (int symbol = (int) elf.getLong(table + 24); symbol < end; symbol += SYMBOL_BYTES) {
                int name = names + elf.getInt(symbol);
                if (name + SYMBOL.length <= elf.limit() && elf.slice(name, SYMBOL.length).equals(ByteBuffer.wrap(SYMBOL))) {
                    int home = sections + elf.getShort(symbol + 6) * sectionBytes;
                    return (int) (elf.getLong(symbol + 8) - elf.getLong(home + 16) + elf.getLong(home + 24));
                }
            }
        }
        throw new IllegalStateException("no symbol treadmill_params in " + RESOURCE);
    }
}
