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

/// One input stream of the host, for all machines that read from it, one after another or at the same time.
///
/// It is read only when a machine asks, on a thread that lives as long as there are machines on the stream. What was
/// read and not taken stays here for the next machine. When the last machine has gone a read that still waits is
/// interrupted; one that cannot be (Java's standard input cannot) ends with the next input, which is the next machine's
/// then.
final class HostInput {
    private static final int CHUNK = 4096;
    /// How long to wait for a stream that says it has bytes, and for an interrupted read to end.
    private static final long LONGEST_MILLIS = 1000;
    private static final long LONGEST_END_MILLIS = 20;

    /// By the stream, which nothing in here refers to but a read that goes on.
    private static final Map<InputStream, HostInput> ALL = Collections.synchronizedMap(new WeakHashMap<>());
    /// The streams of channels, which an interrupt would close.
    private static final Class<?> OF_CHANNELS =
            Channels.newInputStream(Channels.newChannel(InputStream.nullInputStream())).getClass();

    /// Called when something has come, on the thread that read it.
    private final Set<Runnable> listeners = new CopyOnWriteArraySet<>();
    private byte[] bytes = {};
    private boolean ended;
    private Exception failure;
    private Reader reader;
    /// Whether the reader is to read, or does.
    private boolean reading;
    /// Whether the read that goes on may wait for input.
    private boolean waits;
    /// Whether the read that goes on was interrupted, so that its end is none of the stream.
    private boolean cancelled;
    /// Whether asking is in vain until a listener is called.
    private volatile boolean quiet;

    private HostInput() {
    }

    static HostInput of(InputStream stream) {
        return ALL.computeIfAbsent(stream, unused -> new HostInput());
    }

    void attach(Runnable listener) {
        listeners.add(listener);
    }

    /// To be called by each machine when it is done.
    ///
    /// @param rest what it took and did not use, to come first for the next
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

    /// Whether [#take] would give nothing, told without looking far: it costs no more than reading a field.
    boolean isQuiet() {
        return quiet;
    }

    /// Whether all there was has been taken, and no more will come.
    synchronized boolean hasEnded() {
        return ended && bytes.length == 0;
    }

    /// All that has been read and not been taken; has more read where that is nothing, and waits for it if the stream
    /// says that it has more.
    ///
    /// @param stream the one that this is of
    /// @throws Exception what the stream threw
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

    /// Waits until the reader is to read.
    ///
    /// @return false where it is to end
    private synchronized boolean awaitRequest() {
        Thread.interrupted(); // was meant for a read that is over
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

    /// Reads the stream whenever it is asked to.
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
