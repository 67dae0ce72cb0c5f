// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// The guest's standard output. A guest writes byte by byte: bytes are collected and written at the end of a line, or
/// [#DELAY_MILLIS] later, so that lines and prompts appear at once and a flood still costs few system calls.
///
/// When the reader has closed the pipe (`penumbra run … | head`), the process ends like any other program.
public final class Console extends OutputStream {

    private static final int CAPACITY = 1 << 14;
    private static final long DELAY_MILLIS = 5;
    private static final long FLOOD_NANOS = 1_000_000;
    private static final Duration LONGEST_END = Duration.ofSeconds(1);

    private final byte[] buffer = new byte[CAPACITY];
    private final OutputStream out;
    private int used;
    private long flushedAt = System.nanoTime() - FLOOD_NANOS;
    /// The reason why nothing more can be written, or null.
    private IOException failure;

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
    public synchronized void write(int value) throws IOException {
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
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        for (int i = 0; i < length; i++) {
            write(bytes[offset + i]);
        }
    }

    /// @throws IOException for the first write that fails; what comes after it is dropped
    @Override
    public synchronized void flush() throws IOException {
        if (used == 0) {
            return;
        }
        int length = used;
        used = 0;
        if (failure != null) {
            return;
        }
        try {
            out.write(buffer, 0, length);
            flushedAt = System.nanoTime();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /// Ends the output.
    ///
    /// @throws Failure if not everything could be written: [ExitStatus#OUTPUT_CLOSED] without a message, since the
    ///                 reader closed the pipe itself, or [ExitStatus#CANNOT_WRITE]
    public void finish() {
        try {
            flush();
        } catch (IOException _) {
            // told below, as one of before
        }
        check();
    }

    /// @throws Failure as [#finish]
    private synchronized void check() {
        if (failure == null) {
            return;
        }
        if (failure.getMessage() == null || failure.getMessage().matches("Broken pipe|Bad file descriptor")) {
            throw new Failure(ExitStatus.OUTPUT_CLOSED, "");
        }
        throw new Failure(ExitStatus.CANNOT_WRITE, "output cannot be written (" + failure.getMessage() + ")");
    }

    /// Flushes when the process ends, unless the output is blocked: a reader that has stopped must not keep the process
    /// alive.
    public void flushAtEnd() {
        try {
            Thread.ofPlatform().daemon().start(this::flushQuietly).join(LONGEST_END);
        } catch (InterruptedException _) {
            // Nobody interrupts this thread.
        }
    }

    private void flushQuietly() {
        try {
            flush();
        } catch (IOException _) {
            // The process ends already.
        }
    }

    /// Ends the process, because the guest may never write again and so never notice. Not on this thread: the shutdown
    /// hooks flush this stream.
    private static void endProcess(Failure problem) {
        if (!problem.getMessage().isEmpty()) {
            System.err.println("penumbra: " + problem.getMessage());
        }
        Thread.ofPlatform().daemon().start(() -> System.exit(problem.status()));
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
        } catch (IOException _) {
            try {
                check();
            } catch (Failure problem) {
                endProcess(problem);
            }
        } catch (InterruptedException _) {
            flushQuietly();
        }
    }
}
