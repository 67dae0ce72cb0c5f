// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Input that is not a terminal. At its end the guest receives Ctrl-D repeatedly, as from a terminal: first the
/// programs that read from it end, and finally the shell.
public final class EndingInput extends InputStream {

    static final int END = 4;

    private final InputStream file;
    private final Duration pause;
    private byte last = '\n';
    private boolean ended;

    /// @param pause between one end and the next
    public EndingInput(InputStream file, Duration pause) {
        this.file = file;
        this.pause = pause;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!ended) {
            int count = readFile(bytes, offset, length);
            if (count > 0) {
                last = bytes[offset + count - 1];
                return count;
            }
            ended = true;
            if (last != '\n') {
                bytes[offset] = '\n'; // on a line that is not empty, Ctrl-D does not mean end of input
                return 1;
            }
        } else {
            try {
                Thread.sleep(pause);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return -1;
            }
        }
        bytes[offset] = END;
        return 1;
    }

    @Override
    public int available() {
        try {
            return ended ? 0 : file.available();
        } catch (IOException _) {
            return 0;
        }
    }

    /// @return -1 also for a file that was closed before we were started
    private int readFile(byte[] bytes, int offset, int length) {
        try {
            return file.read(bytes, offset, length);
        } catch (IOException _) {
            return -1;
        }
    }
}
