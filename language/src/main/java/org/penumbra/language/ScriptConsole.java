// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;
import org.penumbra.format.TerminalText;

/// A machine's console for a script: it keeps the guest's output.
final class ScriptConsole extends OutputStream {
    /// Most bytes that [#recent] returns.
    private static final int WINDOW = 1 << 16;
    /// Most bytes kept; older ones are dropped.
    private static final int MOST = 1 << 24;

    private final ByteArrayOutputStream unread = new ByteArrayOutputStream();
    private final StringBuilder window = new StringBuilder();
    private Runnable written;
    private IntConsumer counted = length -> { };

    /// Sets the listener for new output; null removes it.
    void whenWritten(Runnable listener) {
        written = listener;
    }

    /// Sets the listener that receives the length of each write.
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
        String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        window.append(text);
        if (text.indexOf('\n') >= 0) {
            // A terminal's end of line, which patterns write as \n.
            for (int at = window.indexOf("\r\n"); at >= 0; at = window.indexOf("\r\n", at)) {
                window.deleteCharAt(at);
            }
        }
        if (window.indexOf("\u001b") >= 0) {
            String plain = TerminalText.plain(window);
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

    /// The output since the last call.
    String read() {
        String text = unread.toString(StandardCharsets.UTF_8);
        unread.reset();
        return text;
    }

    /// The output since [#forget], or the last part of it, one character per byte, without terminal control
    /// sequences; a line ends with `\n` only.
    String recent() {
        return window.toString();
    }

    /// Restarts [#recent] after its first `length` characters.
    void forget(int length) {
        window.delete(0, length);
    }
}
