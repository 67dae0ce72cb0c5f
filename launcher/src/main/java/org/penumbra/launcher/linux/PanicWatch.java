// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// The guest's output on its way, in which a Linux kernel's last words are looked for.
public final class PanicWatch extends OutputStream {

    private static final String WORDS = "Kernel panic - not syncing: ";
    private static final int LONGEST = 200;

    private final OutputStream out;
    private final byte[] line = new byte[LONGEST];
    private int length;
    private volatile String panic;

    public PanicWatch(OutputStream out) {
        this.out = out;
    }

    /// Why the kernel gave up, or null.
    public String panic() {
        return panic;
    }

    @Override
    public void write(int value) throws IOException {
        out.write(value);
        if (value == '\n') {
            look();
            length = 0;
        } else if (length < LONGEST) {
            line[length++] = (byte) value;
        }
    }

    private void look() {
        String text = new String(line, 0, length, StandardCharsets.UTF_8);
        int start = text.indexOf(WORDS);
        if (start >= 0 && panic == null && !text.contains("end " + WORDS.strip())) {
            panic = text.substring(start + WORDS.length()).strip();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            write(bytes[offset + i]);
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }
}
