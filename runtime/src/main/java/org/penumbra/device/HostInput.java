// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArraySet;

/// One input stream of the host, shared by all machines that read from it, one after another or at the same time.
///
/// It is read only when a machine asks, on a thread that lives as long as any machine uses the stream. Bytes that were
/// read and not taken stay here for the next machine. When the last machine has gone, a read that is still waiting is
/// interrupted. If it cannot be interrupted (such as Java's standard input), it ends with the next input, which then
/// goes to the next machine.
final class HostInput {
    private static final int CHUNK = 4096;
    /// How long to wait for a stream that reports available bytes, and for an interrupted read to end.
    private static final long LONGEST_MILLIS = 1000;
    private static final long LONGEST_END_MILLIS = 20;

    /// Keyed by the stream, to which nothing in here refers except a read in progress.
    private static final Map<InputStream, HostInput> ALL = Collections.synchronizedMap(new WeakHashMap<>());
    /// The streams of channels, which an interrupt would close.
    private static final Class<?> OF_CHANNELS =
            Channels.newInputStream(Channels.newChannel(InputStream.nullInputStream())).getClass();

    /// Called on the reading thread when input has come.
    private final Set<Runnable> listeners = new CopyOnWriteArraySet<>();
    private byte[] bytes = {};
    private boolean ended;
    private Exception failure;
    private Reader reader;
    /// Whether the reader has been asked to read, or is reading.
    private boolean reading;
    /// Whether the read in progress may wait for input.
    private boolean waits;
    /// Whether the read in progress was interrupted, so that its end is not the end of the stream.
    private boolean cancelled;
    /// Whether there is no input until a listener is called.
    private volatile boolean quiet;

    private HostInput() {
    }

    static HostInput of(InputStream stream) {
        return ALL.computeIfAbsent(stream, unused -> new HostInput());
    }

    void attach(Runnable listener) {
        listeners.add(listener);
    }

    /// Must be called by each machine when it no longer needs the stream.
    ///
    /// @param rest bytes it took and did not use, which the next machine gets first
    void detach(Runnable listener, byte[] rest) {
        Thread leaving = null;
        synchronized (this) {
            listeners.remove(listener);
            if (rest.length > 0) {
                byte[] all = Arrays.copyOf(rest, rest.length + bytes.length);
                System.arraycopy(bytes, 0, all, rest.length, bytes.length);
                bytes = all;
                quiet = false;
            }
            if (listeners.isEmpty() && reader != null) {
                notifyAll();
                leaving = reader;
                if (reading && reader.interruptible) {
                    cancelled = true;
                    reader.interrupt();
                }
            }
        }
        if (leaving != null) {
            join(leaving);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(LONGEST_END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether [#take] would return nothing; costs only the read of a field.
    boolean isQuiet() {
        return quiet;
    }

    /// Whether everything has been taken and no more will come.
    synchronized boolean hasEnded() {
        return ended && bytes.length == 0;
    }

    /// Returns all bytes that have been read and not taken. If there are none, starts another read, and waits for it if
    /// the stream reports available bytes.
    ///
    /// @param stream the stream of this object
    /// @throws Exception the exception of the stream
    synchronized byte[] take(InputStream stream) throws Exception {
        if (bytes.length == 0 && !ended && failure == null) {
            if (!reading) {
                ask(stream);
            }
            awaitReader();
        }
        if (failure != null) {
            Exception thrown = failure;
            failure = null;
            throw thrown;
        }
        byte[] taken = bytes;
        bytes = new byte[0];
        quiet = ended || reading;
        return taken;
    }

    private void ask(InputStream stream) {
        reading = true;
        waits = false;
        cancelled = false;
        if (reader == null) {
            reader = new Reader(stream);
            reader.start();
        } else {
            notifyAll();
        }
    }

    private void awaitReader() {
        long last = System.nanoTime() + LONGEST_MILLIS * 1_000_000;
        try {
            while (reading && !waits && System.nanoTime() < last) {
                wait(LONGEST_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until the reader is asked to read.
    ///
    /// @return false if it has to end
    private synchronized boolean awaitRequest() {
        Thread.interrupted(); // this interrupt was for a read that is over
        while (!reading && !listeners.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                // as above
            }
        }
        if (!reading) {
            reader = null;
        }
        return reading;
    }

    private synchronized void mayWait() {
        waits = true;
        notifyAll();
    }

    private void finished(byte[] chunk, int length, Exception thrown) {
        synchronized (this) {
            reading = false;
            if (length > 0) {
                int old = bytes.length;
                bytes = Arrays.copyOf(bytes, old + length);
                System.arraycopy(chunk, 0, bytes, old, length);
            } else if (!cancelled) {
                failure = thrown;
                ended = thrown == null && length < 0;
            }
            quiet = false;
            notifyAll();
        }
        listeners.forEach(Runnable::run);
    }

    /// Reads the stream whenever asked to.
    private final class Reader extends Thread {
        private final InputStream stream;
        private final boolean interruptible;

        Reader(InputStream stream) {
            super("penumbra-input");
            this.stream = stream;
            this.interruptible = stream.getClass() != OF_CHANNELS;
            setDaemon(true);
        }

        @Override
        public void run() {
            byte[] chunk = new byte[CHUNK];
            while (awaitRequest()) {
                int length = -1;
                Exception thrown = null;
                try {
                    if (stream.available() == 0) {
                        mayWait();
                    }
                    length = stream.read(chunk);
                } catch (Exception e) {
                    thrown = e;
                } finally {
                    finished(chunk, length, thrown);
                }
            }
        }
    }
}
