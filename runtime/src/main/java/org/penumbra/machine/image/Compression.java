// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/// The ways of compressing a kernel that are read, told apart by a file's first bytes.
enum Compression {
    GZIP(0x1f, 0x8b) {
        @Override
        InputStream open(InputStream file) throws IOException {
            return new GZIPInputStream(file, BUFFER);
        }
    },
    ZSTD(0x28, 0xb5, 0x2f, 0xfd) {
        @Override
        InputStream open(InputStream file) {
            return new ZstdInputStream(file);
        }
    },
    XZ(0xfd, '7', 'z', 'X', 'Z', 0) {
        @Override
        InputStream open(InputStream file) throws IOException {
            return new XZInputStream(file, LARGEST_DICTIONARY_KIB);
        }
    };

    private static final int BUFFER = 1 << 16;
    private static final int LARGEST_DICTIONARY_KIB = 1 << 17;

    private final int[] magic;

    Compression(int... magic) {
        this.magic = magic;
    }

    /// What the file unpacks to.
    ///
    /// @throws IOException if it is damaged; reading on may also throw [io.airlift.compress.MalformedInputException]
    abstract InputStream open(InputStream file) throws IOException;

    /// The way these bytes are compressed, or null.
    static Compression of(byte[] bytes) {
        for (Compression way : values()) {
            if (way.matches(bytes)) {
                return way;
            }
        }
        return null;
    }

    private boolean matches(byte[] bytes) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
