// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;

/// Writes the journal of a run. Every line is in the file before the guest sees its bytes.
public final class InputRecorder implements InputJournal {
    private final Writer out;

    /// @param out closed by whoever opened it
    /// @throws IOException where not even the title can be written
    public InputRecorder(Writer out) throws IOException {
        this.out = out;
        line(TITLE);
    }

    @Override
    public byte[] arrived(long instructions, long tick, Source source) throws Exception {
        byte[] bytes = source.take();
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
