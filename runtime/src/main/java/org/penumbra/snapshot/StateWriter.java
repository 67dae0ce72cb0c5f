// SPDX-License-Identifier: Apache-2.0
package org.penumbra.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Writes a [State].
public final class StateWriter extends State {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    @Override
    public boolean restores() {
        return false;
    }

    @Override
    public long number(long value) {
        try {
            out.writeLong(value);
        } catch (IOException e) {
            throw new UncheckedIOException("memory is no file", e);
        }
        return value;
    }

    @Override
    public byte[] block(byte[] value) {
        number(value.length);
        bytes.writeBytes(value);
        return value;
    }

    @Override
    public void part(String name) {
        block(name.getBytes(StandardCharsets.US_ASCII));
    }

    /// Everything written so far.
    public byte[] toByteArray() {
        return bytes.toByteArray();
    }
}
