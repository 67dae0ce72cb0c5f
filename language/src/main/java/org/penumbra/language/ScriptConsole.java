// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;

/// A machine's console as a script has it: what the guest writes is kept for it.
final class ScriptConsole extends OutputStream {
    /// Bytes that [#recent] goes back.
    private static final int WINDOW = 1 << 16;
    /// Bytes kept; what is older is forgotten.
    private static final int MOST = 1 << 24;

    /// What terminals are told: colours, and where a shell asks for the cursor behind its prompt.
    private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[[0-9;?]*[A-Za-z]");

    private final ByteArrayOutputStream unread = new ByteArrayOutputStream();
    private final StringBuilder window = new StringBuilder();
    private Runnable written;
    private IntConsumer counted = length -> { };

    /// Names the one who is told that there is more, or null.
    void whenWritten(Runnable listener) {
        written = listener;
    }

    /// Names the one who is told of every length that is written.
    void whenCounted(IntConsumer listener) {
        counted = listener;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (unread.size() > MOST - length) {
            unread.reset();
        }
        unread.write(bytes, offset, length);
        window.append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
        if (window.indexOf("\u001b") >= 0) {
            String plain = SEQUENCE.matcher(window).replaceAll("");
            window.setLength(0);
            window.append(plain);
        }
        if (window.length() > 2 * WINDOW) {
            window.delete(0, window.length() - WINDOW);
        }
        counted.accept(length);
        if (written != null) {
            written.run();
        }
    }

    /// What has been written since the last time.
    String read() {
        String text = unread.toString(StandardCharsets.UTF_8);
        unread.reset();
        return text;
    }

    /// What has been written since [#forget], a byte a character, or the last of it, without control sequences of
    /// terminals.
    String recent() {
        return window.toString();
    }

    /// Begins [#recent] anew, behind the first `length` characters of it.
    void forget(int length) {
        window.delete(0, length);
    }
}
