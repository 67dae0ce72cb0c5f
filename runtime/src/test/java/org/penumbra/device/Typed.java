// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/// Input that a test types.
public final class Typed implements ConsoleInput {
    public final Deque<Integer> bytes = new ArrayDeque<>();
    public boolean ended;

    public void type(String text) {
        for (byte value : text.getBytes(StandardCharsets.ISO_8859_1)) {
            bytes.add(value & 0xff);
        }
    }

    @Override
    public boolean hasInput() {
        return !bytes.isEmpty();
    }

    @Override
    public int take() {
        return bytes.isEmpty() ? -1 : bytes.remove();
    }

    @Override
    public void giveBack(byte[] unread) {
        for (int i = unread.length - 1; i >= 0; i--) {
            bytes.addFirst(unread[i] & 0xff);
        }
    }

    @Override
    public boolean hasEnded() {
        return ended && bytes.isEmpty();
    }
}
