// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The file of a trace. It is written on separate threads: contexts are stopped by interrupts, a channel closes when
/// the thread writing it is interrupted, and the last lines matter most.
final class TraceFile extends Writer {
    private final OutputStream out;

    /// @param out unbuffered; it receives large writes
    TraceFile(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(char[] text, int offset, int length) throws IOException {
        byte[] bytes = new String(text, offset, length).getBytes(StandardCharsets.US_ASCII);
        apart(() -> {
            out.write(bytes);
            return null;
        });
    }

    @Override
    public void flush() {
        // Nothing is buffered.
    }

    @Override
    public void close() throws IOException {
        apart(() -> {
            out.close();
            return null;
        });
    }

    private static void apart(Callable<Void> action) throws IOException {
        var task = new FutureTask<>(action);
        Thread.ofPlatform().daemon().name("penumbra-trace").start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new IOException(e.getCause().getMessage(), e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
