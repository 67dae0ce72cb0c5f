// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// The user's input on a terminal that belongs entirely to the guest. Ctrl-A begins a command to Penumbra, as in QEMU,
/// which is executed at once, whether the guest reads its input or not.
public final class EscapeInput extends InputStream {

    private static final int ESCAPE = 1;
    private static final int CHUNK = 256;
    private static final int MOST_AHEAD = 1 << 16;

    private static final String INDENT = "          ";
    private static final String LAST_OF_HELP = INDENT + "Ctrl-A Ctrl-A  type Ctrl-A\r\n";

    /// A command that belongs to the run.
    ///
    /// @param help what it does, in a few words
    private record Key(String help, Runnable action) {
    }

    private final SequencedMap<Integer, Key> commands = new LinkedHashMap<>();

    private final InputStream keyboard;
    private final PrintStream err;
    private final Runnable quit;
    /// Only for the thread that reads the keyboard.
    private boolean escaped;
    private byte[] keys = {};
    private boolean started;
    private boolean ended;
    private IOException failure;

    /// @param quit ends the run; called on the thread that reads the keyboard
    public EscapeInput(InputStream keyboard, PrintStream err, Runnable quit) {
        this.keyboard = keyboard;
        this.err = err;
        this.quit = quit;
    }

    /// Adds a command, before [#start].
    ///
    /// @param key    small letter
    /// @param help   what it does, in a few words
    /// @param action called on the thread that reads the keyboard
    public EscapeInput with(char key, String help, Runnable action) {
        commands.put((int) key, new Key(help, action));
        return this;
    }

    private String help() {
        var text = new StringBuilder("\r\npenumbra: Ctrl-A h       this help\r\n").append(INDENT)
                .append("Ctrl-A x       end the run\r\n");
        commands.forEach((key, command) -> text.append(INDENT).append("Ctrl-A ").append((char) (int) key)
                .append("       ").append(command.help).append("\r\n"));
        return text.append(LAST_OF_HELP).toString();
    }

    /// Starts to read the keyboard, on a daemon thread.
    public synchronized void start() {
        if (!started) {
            started = true;
            Thread.ofPlatform().daemon().name("keyboard").start(this::readKeyboard);
        }
    }

    private void readKeyboard() {
        byte[] chunk = new byte[CHUNK];
        IOException problem = null;
        try {
            int length = keyboard.read(chunk);
            while (length >= 0 && typed(chunk, length)) {
                length = keyboard.read(chunk);
            }
        } catch (IOException e) {
            problem = e;
        }
        synchronized (this) {
            failure = problem;
            ended = true;
            notifyAll();
        }
    }

    /// Executes the commands among the keys and passes on the rest.
    ///
    /// @return false after the command that ends the run
    private boolean typed(byte[] chunk, int length) {
        byte[] forGuest = new byte[length];
        int count = 0;
        for (int i = 0; i < length; i++) {
            int key = chunk[i];
            if (!escaped) {
                escaped = key == ESCAPE;
                if (!escaped) {
                    forGuest[count++] = (byte) key;
                }
                continue;
            }
            escaped = false;
            switch (key) {
                case ESCAPE, 'a' -> forGuest[count++] = ESCAPE;
                case 'h', '?' -> err.print(help());
                case 'x' -> {
                    handOn(forGuest, count);
                    quit.run();
                    return false;
                }
                default -> {
                    if (commands.containsKey(key)) { // else nothing, as QEMU
                        commands.get(key).action.run();
                    }
                }
            }
        }
        handOn(forGuest, count);
        return true;
    }

    private synchronized void handOn(byte[] bytes, int count) {
        // Keys beyond that are lost: the guest does not read them.
        if (count > 0 && keys.length < MOST_AHEAD) {
            int old = keys.length;
            keys = Arrays.copyOf(keys, old + count);
            System.arraycopy(bytes, 0, keys, old, count);
            notifyAll();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /// Returns the available bytes; waits only for the first one.
    @Override
    public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
        start();
        try {
            while (length > 0 && keys.length == 0 && !ended) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        if (length > 0 && keys.length == 0) {
            if (failure != null) {
                throw failure;
            }
            return -1;
        }
        int count = Math.min(length, keys.length);
        System.arraycopy(keys, 0, bytes, offset, count);
        keys = Arrays.copyOfRange(keys, count, keys.length);
        return count;
    }

    @Override
    public synchronized int available() {
        return keys.length;
    }
}
