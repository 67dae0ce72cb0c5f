// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;

/// What the user types on a terminal that belongs to the guest altogether. Ctrl-A begins a command to Penumbra, as
/// QEMU's users know it.
public final class EscapeInput extends InputStream {

    private static final int ESCAPE = 1;

    private static final String HELP = """

            penumbra: Ctrl-A h       this help\r
                      Ctrl-A x       end the run\r
                      Ctrl-A Ctrl-A  type Ctrl-A\r
            """;

    private final InputStream keyboard;
    private final PrintStream err;
    private final Runnable quit;
    private boolean ended;

    /// @param quit ends the run; called on the thread that reads
    public EscapeInput(InputStream keyboard, PrintStream err, Runnable quit) {
        this.keyboard = keyboard;
        this.err = err;
        this.quit = quit;
    }

    @Override
    public int read() throws IOException {
        while (true) {
            int key = ended ? -1 : keyboard.read();
            if (key != ESCAPE) {
                return key;
            }
            int command = keyboard.read();
            switch (command) {
                case ESCAPE, 'a' -> {
                    return ESCAPE;
                }
                case 'h', '?' -> err.print(HELP);
                case 'x' -> {
                    ended = true;
                    quit.run();
                }
                case -1 -> ended = true;
                default -> { } // as QEMU: nothing
            }
        }
    }

    /// Gives what there is, and waits only for the first byte.
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int first = read();
        if (first < 0) {
            return -1;
        }
        bytes[offset] = (byte) first;
        int count = 1;
        while (count < length && keyboard.available() > 0) {
            int next = read();
            if (next < 0) {
                break;
            }
            bytes[offset + count++] = (byte) next;
        }
        return count;
    }
}
