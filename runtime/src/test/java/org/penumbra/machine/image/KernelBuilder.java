// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/// Files in the form of a RISC-V Linux `Image` whose kernel is nothing but a loop.
public final class KernelBuilder {
    private static final int JUMP_TO_SELF = 0x6f;

    private long textOffset = 0x20_0000;
    private long imageSize = 0x1_0000;
    private long flags;
    private int magic2 = 0x0543_5352;
    private int length = 4096;

    public KernelBuilder textOffset(long value) {
        textOffset = value;
        return this;
    }

    public KernelBuilder imageSize(long value) {
        imageSize = value;
        return this;
    }

    public KernelBuilder flags(long value) {
        flags = value;
        return this;
    }

    public KernelBuilder magic2(int value) {
        magic2 = value;
        return this;
    }

    public byte[] build() {
        ByteBuffer image = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        image.putInt(0, JUMP_TO_SELF).putLong(0x08, textOffset).putLong(0x10, imageSize).putLong(0x18, flags).putInt(0x20, 2);
        image.put(0x30, "RISCV\0\0\0".getBytes(StandardCharsets.US_ASCII)).putInt(0x38, magic2);
        return image.array();
    }

    public static byte[] gzip(byte[] bytes) {
        return compressed(bytes, GZIPOutputStream::new);
    }

    public static byte[] zstd(byte[] bytes) {
        return compressed(bytes, ZstdOutputStream::new);
    }

    public static byte[] xz(byte[] bytes) {
        return compressed(bytes, out -> new XZOutputStream(out, new LZMA2Options(0)));
    }

    private interface Compressor {
        OutputStream over(OutputStream out) throws IOException;
    }

    private static byte[] compressed(byte[] bytes, Compressor compressor) {
        var out = new ByteArrayOutputStream();
        try (var packed = compressor.over(out)) {
            packed.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// The self-extracting EFI form around a payload.
    public static byte[] zboot(byte[] payload, String method) {
        ByteBuffer file = ByteBuffer.allocate(64 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(0, (byte) 'M').put(1, (byte) 'Z').put(4, "zimg".getBytes(StandardCharsets.US_ASCII));
        file.putInt(8, 64).putInt(12, payload.length).put(24, method.getBytes(StandardCharsets.US_ASCII));
        return file.put(64, payload).array();
    }
}
