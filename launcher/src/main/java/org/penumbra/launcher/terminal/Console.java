// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.penumbra.launcher.cli.ExitStatus;

/// The guest's standard output. A guest writes byte by byte: bytes are collected and written at the end of a line, or
/// [#DELAY_MILLIS] later, so that lines and prompts appear at once and a flood still costs few system calls.
///
/// When the reader has gone away (`penumbra run … | head`) the process ends like any other program in a pipe.
public final class Console extends OutputStream {

    private static final int CAPACITY = 1 << 14;
    private static final long DELAY_MILLIS = 5;
    private static final long FLOOD_NANOS = 1_000_000;
    private static final Duration LONGEST_END = Duration.ofSeconds(1);

    private final byte[] buffer = new byte[CAPACITY];
    private final OutputStream out;
    private int used;
    private long flushedAt = System.nanoTime() - FLOOD_NANOS;
    private boolean closed;

    Console(OutputStream out) {
        this.out = out;
    }

    /// The process's standard output, with the thread that keeps it flushed.
    public static Console standardOutput() {
        Console console = new Console(new FileOutputStream(FileDescriptor.out));
        Thread.ofPlatform().daemon().name("console").start(console::keepFlushed);
        return console;
    }

    @Override
    public synchronized void write(int value) {
        if (used == CAPACITY) {
            flush();
        }
        buffer[used++] = (byte) value;
        if (value == '\n' && System.nanoTime() - flushedAt >= FLOOD_NANOS) {
            flush();
        } else if (used == 1) {
            notify();
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        for (int i = 0; i < length; i++) {
            write(bytes[offset + i]);
        }
    }

    @Override
    public synchronized void flush() {
        if (used == 0) {
            return;
        }
        int length = used;
        used = 0;
        if (closed) {
            return;
        }
        try {
            out.write(buffer, 0, length);
            flushedAt = System.nanoTime();
        } catch (IOException e) {
            closed = true;
            boolean gone = e.getMessage() == null || e.getMessage().matches("Broken pipe|Bad file descriptor");
            if (!gone) {
                System.err.println("penumbra: output cannot be written (" + e.getMessage() + ")");
            }
            // Not from this thread: exit runs the shutdown hooks, which flush this stream.
            Thread.ofPlatform().daemon().start(() -> System.exit(gone ? ExitStatus.OUTPUT_CLOSED : ExitStatus.CANNOT_WRITE));
        }
    }

    /// Flushes when the process ends, unless nobody takes what is written: a reader that stopped must not keep it alive.
    public void flushAtEnd() {
        try {
            Thread.ofPlatform().daemon().start(this::flush).join(LONGEST_END);
        } catch (InterruptedException _) {
            // Nobody interrupts this thread.
        }
    }

    private void keepFlushed() {
        try {
            while (true) {
                synchronized (this) {
                    while (used == 0) {
                        wait();
                    }
                }
                Thread.sleep(DELAY_MILLIS);
                flush();
            }
        } catch (InterruptedException _) {
            flush();
        }
    }
}
