// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.penumbra.format.TerminalText;

/// The guest's output on its way, whose end is compared with a text.
public final class OutputWatch extends OutputStream {
    private static final int WINDOW = 512;

    private final OutputStream out;
    private String recent = "";
    private String text;
    private Runnable action;

    public OutputWatch(OutputStream out) {
        this.out = out;
    }

    /// Calls back, once, on the guest's thread, when the output ends with a text.
    public void whenEndsWith(String wanted, Runnable call) {
        text = wanted;
        action = call;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        if (action == null) {
            return;
        }
        recent += new String(bytes, offset, length, StandardCharsets.UTF_8);
        if (recent.length() > 2 * WINDOW) {
            recent = recent.substring(recent.length() - WINDOW);
        }
        if (TerminalText.plain(recent).endsWith(text)) {
            Runnable call = action;
            action = null;
            recent = "";
            call.run();
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }
}
