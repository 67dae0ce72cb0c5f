// SPDX-License-Identifier: Apache-2.0
package org.penumbra.snapshot;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Reads a saved [State].
public final class StateReader extends State {
    private final ByteBuffer in;

    /// @param bytes as returned by [StateWriter#toByteArray]
    public StateReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    @Override
    public boolean restores() {
        return true;
    }

    @Override
    public long number(long value) {
        try {
            return in.getLong();
        } catch (BufferUnderflowException e) {
            throw new StateException("it ends too early");
        }
    }

    @Override
    public byte[] block(byte[] value) {
        long length = number(0L);
        if (length < 0 || length > in.remaining()) {
            throw new StateException("a part of " + length + " bytes");
        }
        byte[] found = new byte[(int) length];
        in.get(found);
        return found;
    }

    @Override
    public void part(String name) {
        String found = new String(block(null), StandardCharsets.US_ASCII);
        if (!found.equals(name)) {
            throw new StateException("'" + found + "' where '" + name + "' belongs");
        }
    }
}
