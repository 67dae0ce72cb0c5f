// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.IOException;
import java.io.OutputStream;

/// The guest's output to a host stream. Devices cannot handle the stream's exceptions, so they are kept for the
/// machine, which ends its run with them. The bytes of a failed write are lost.
public final class ConsoleOutput extends OutputStream {
    private final OutputStream out;
    private final Runnable failed;
    private Exception failure;

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

    private void keep(Exception e) {
        if (failure == null) {
            failure = e;
        }
        failed.run();
    }
}
