// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;
import java.util.function.Supplier;

/// Writes the journal of a run. Every line is in the file before the guest sees its bytes.
public final class InputRecorder implements InputJournal {
    private final Writer out;

    /// @param out closed by the caller
    /// @throws IOException if the title cannot be written
    public InputRecorder(Writer out) throws IOException {
        this.out = out;
        line(TITLE);
    }

    @Override
    public byte[] arrived(long instructions, long tick, Supplier<byte[]> source) throws IOException {
        byte[] bytes = source.get();
        if (bytes.length > 0) {
            line(instructions + " " + tick + " " + HexFormat.of().formatHex(bytes));
        }
        return bytes;
    }

    @Override
    public boolean hasEnded(boolean sourceEnded) {
        return sourceEnded;
    }

    @Override
    public void powerOn() throws IOException {
        line(POWER_ON);
    }

    private void line(String text) throws IOException {
        out.write(text + "\n");
        out.flush();
    }
}
