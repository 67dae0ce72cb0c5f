// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ArrayBlockingQueue;
import org.penumbra.device.ConsoleInput;
import org.penumbra.snapshot.State;

/// The host's side of the serial port: a daemon thread reads the host's input into a bounded queue, and the machine's poll
/// moves it to the port and the port's output to the host. Nothing here ever blocks the machine.
public final class Console implements ConsoleInput, AutoCloseable {
    private static final int QUEUE_LENGTH = 4096;

    private final Uart16550 uart;
    private final ArrayBlockingQueue<Byte> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
    private final Reader reader;

    /// @param input of the host, or null for none
    public Console(InputStream input, Uart16550 uart) {
        this(input, uart, () -> { });
    }

    /// @param inputArrived called by the reading thread when there is something to poll, to wake a machine that waits
    public Console(InputStream input, Uart16550 uart, Runnable inputArrived) {
        this.uart = uart;
        this.reader = new Reader(input, queue, inputArrived);
    }

    /// Ends the reading thread, as soon as the host's input lets go of it; until then it keeps nothing of the machine.
    @Override
    public void close() {
        reader.close();
    }

    /// Gives the port what input it takes and hands on its output. Called by the machine's thread.
    ///
    /// @return whether the port took any input
    public boolean poll() {
        return poll(true);
    }

    /// The same, but for input only where the port is who is to have it.
    public boolean poll(boolean forPort) {
        boolean delivered = false;
        for (Byte next = queue.peek(); forPort && next != null && uart.receive(next); next = queue.peek()) {
            queue.remove();
            delivered = true;
        }
        uart.flush();
        return delivered;
    }

    /// Types something from the machine's own thread.
    ///
    /// @return false, and nothing is typed, where there is no room for all of it
    public boolean type(byte[] bytes) {
        if (queue.remainingCapacity() < bytes.length) {
            return false;
        }
        for (byte b : bytes) {
            queue.add(b);
        }
        return true;
    }

    /// Takes a byte of input past the port, for firmware or another console.
    ///
    /// @return 0 to 255, or -1 while there is none
    @Override
    public int take() {
        Byte next = queue.poll();
        return next == null ? -1 : next & 0xff;
    }

    /// Whether input waits for the port.
    @Override
    public boolean hasInput() {
        return !queue.isEmpty();
    }

    /// Whether no more input can come: a guest that waits for it alone waits for ever.
    public boolean exhausted() {
        return reader.ended && queue.isEmpty();
    }

    /// What the thread knows: only what it needs, since a read of the host's input may outlive the machine.
    private static final class Reader {
        private final ArrayBlockingQueue<Byte> queue;
        private final Thread thread;
        private volatile Runnable inputArrived;
        private volatile boolean ended;

        Reader(InputStream input, ArrayBlockingQueue<Byte> queue, Runnable inputArrived) {
            this.queue = queue;
            this.inputArrived = inputArrived;
            this.thread = Thread.ofPlatform().daemon().name("penumbra-console").unstarted(() -> readAll(input));
            if (input == null) {
                ended = true;
            } else {
                thread.start();
            }
        }

        void close() {
            ended = true;
            inputArrived = () -> { };
            thread.interrupt();
        }

        private void readAll(InputStream input) {
            byte[] chunk = new byte[256];
            try {
                for (int length = input.read(chunk); length >= 0 && !ended; length = input.read(chunk)) {
                    for (int i = 0; i < length; i++) {
                        queue.put(chunk[i]);
                        if (i == 0) {
                            inputArrived.run();
                        }
                    }
                }
            } catch (IOException | InterruptedException closed) {
                // the same as the end of input
            }
            ended = true;
            inputArrived.run();
        }
    }

    /// Hands over what has been typed and not been read, or takes it.
    public void transfer(State state) {
        byte[] typed = new byte[queue.size()];
        int length = 0;
        for (Byte b : queue) {
            if (length < typed.length) {
                typed[length++] = b;
            }
        }
        byte[] found = state.block(typed);
        if (found != typed) {
            queue.clear();
            type(found);
        }
    }
}
