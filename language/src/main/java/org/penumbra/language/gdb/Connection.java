// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.gdb;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// A connected debugger: packets come in on a thread of their own, since one that interrupts the guest comes while the
/// machine's thread runs it.
final class Connection implements Closeable {
    /// Instead of a packet: the debugger has gone.
    static final String GONE = "gone";
    private static final int INTERRUPT = 3;
    private static final int ESCAPE = '}';
    private static final int ESCAPED = 0x20;
    /// More than the largest packet that we say we take.
    private static final int MOST = 1 << 16;

    private final Socket socket;
    private final OutputStream out;
    private final Runnable interrupt;
    private final BlockingQueue<String> packets = new LinkedBlockingQueue<>();
    private volatile boolean acknowledges = true;
    private volatile boolean interrupted;
    private volatile boolean gone;

    /// @param interrupt called, on another thread, when the debugger wants the guest to stop, or has gone
    Connection(Socket socket, Runnable interrupt) throws IOException {
        this.socket = socket;
        this.interrupt = interrupt;
        socket.setTcpNoDelay(true);
        this.out = socket.getOutputStream();
        Thread.ofPlatform().daemon().name("gdb").start(this::read);
    }

    /// The next packet, one byte a character, or [#GONE].
    String take() throws InterruptedException {
        return packets.take();
    }

    /// Whether an interrupt has come since the last call.
    boolean takeInterrupt() {
        boolean taken = interrupted;
        interrupted = false;
        return taken;
    }

    boolean isGone() {
        return gone;
    }

    /// No acknowledgements from the next packet on.
    void trust() {
        acknowledges = false;
    }

    void send(String packet) {
        var text = new StringBuilder("$").append(packet).append('#');
        int sum = 0;
        for (int i = 0; i < packet.length(); i++) {
            sum += packet.charAt(i);
        }
        text.append(String.format("%02x", sum & 0xff));
        write(text.toString());
    }

    private synchronized void write(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        } catch (IOException e) {
            close(); // the reader notices
        }
    }

    private void read() {
        try (InputStream in = new BufferedInputStream(socket.getInputStream())) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next == INTERRUPT) {
                    interrupted = true;
                    interrupt.run();
                } else if (next == '$') {
                    packet(in);
                }
                // An acknowledgement needs nothing: a packet that got lost on TCP would be news.
            }
        } catch (IOException e) {
            // It has gone.
        }
        gone = true;
        packets.add(GONE);
        interrupt.run();
    }

    private void packet(InputStream in) throws IOException {
        var raw = new ByteArrayOutputStream();
        int sum = 0;
        int next = in.read();
        while (next != '#') {
            if (next < 0 || raw.size() > MOST) {
                throw new IOException("a packet without an end");
            }
            sum += next;
            if (next == ESCAPE) {
                next = in.read();
                sum += next;
                next ^= ESCAPED;
            }
            raw.write(next);
            next = in.read();
        }
        int high = Character.digit(in.read(), 16);
        int low = Character.digit(in.read(), 16);
        boolean right = (high << 4 | low) == (sum & 0xff);
        if (acknowledges) {
            write(right ? "+" : "-");
        }
        if (right) {
            packets.add(raw.toString(StandardCharsets.ISO_8859_1));
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is being closed: nothing is lost.
        }
    }
}
