// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.gdb;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// Listens at a port of this computer's loopback for one debugger at a time; the machine's thread serves it.
public final class GdbServer implements Closeable {
    private final ServerSocket socket;
    private final Runnable interrupt;
    private final BlockingQueue<Connection> arrived = new LinkedBlockingQueue<>();
    private volatile Connection current;

    /// @param port      0 for any
    /// @param interrupt makes the machine's thread stop running the guest; called on other threads
    /// @throws IOException if the port cannot be had
    public GdbServer(int port, Runnable interrupt) throws IOException {
        this.interrupt = interrupt;
        this.socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("gdb port").start(this::listen);
    }

    public int port() {
        return socket.getLocalPort();
    }

    private void listen() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                if (current != null && !current.isGone()) {
                    client.close(); // it is in use
                    continue;
                }
                current = new Connection(client, interrupt);
                arrived.add(current);
                interrupt.run();
            } catch (IOException e) {
                // The client has gone again, or the port was closed.
            }
        }
    }

    /// Whether a debugger waits to be served.
    public boolean isWanted() {
        return !arrived.isEmpty();
    }

    /// Waits for a debugger and begins a session.
    public Session await(Target target) throws InterruptedException {
        return new Session(arrived.take(), target);
    }

    @Override
    public void close() {
        try {
            socket.close();
            if (current != null) {
                current.close();
            }
        } catch (IOException e) {
            // It is being closed: nothing is lost.
        }
    }
}
