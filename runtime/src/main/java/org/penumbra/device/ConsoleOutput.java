// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.penumbra.snapshot.State;

/// The guest's output to a host stream. Devices cannot handle the stream's exceptions, so they are kept for the
/// machine, which ends its run with them. The bytes of a failed write are lost.
public final class ConsoleOutput extends OutputStream {
    private static final int LONGEST_LINE = 256;

    private final OutputStream out;
    private final Runnable failed;
    private Exception failure;
    /// The last bytes of the line that has begun.
    private byte[] line = {};

    public ConsoleOutput(OutputStream out) {
        this(out, () -> { });
    }

    /// @param failed called after an exception of `out`
    public ConsoleOutput(OutputStream out, Runnable failed) {
        this.out = out;
        this.failed = failed;
    }

    /// The failure since the last call, or null.
    Exception takeFailure() {
        Exception taken = failure;
        failure = null;
        return taken;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        remember(bytes, offset, length);
        try {
            out.write(bytes, offset, length);
        } catch (IOException | RuntimeException e) {
            keep(e);
        }
    }

    @Override
    public void flush() {
        try {
            out.flush();
        } catch (IOException | RuntimeException e) {
            keep(e);
        }
    }

    private void remember(byte[] bytes, int offset, int length) {
        int start = offset + length;
        while (start > offset && bytes[start - 1] != '\n') {
            start--;
        }
        int fresh = Math.min(offset + length - start, LONGEST_LINE);
        int kept = start > offset ? 0 : Math.min(line.length, LONGEST_LINE - fresh);
        byte[] all = Arrays.copyOf(Arrays.copyOfRange(line, line.length - kept, line.length), kept + fresh);
        System.arraycopy(bytes, offset + length - fresh, all, kept, fresh);
        line = all;
    }

    /// Writes the unfinished line again, for a user who has not seen it.
    public void repeatLine() {
        byte[] begun = line;
        line = new byte[0];
        write(begun, 0, begun.length);
        flush();
    }

    /// Saves or restores the line that has begun.
    void transfer(State state) {
        line = state.block(line);
    }

    private void keep(Exception e) {
        if (failure == null) {
            failure = e;
        }
        failed.run();
    }
}
