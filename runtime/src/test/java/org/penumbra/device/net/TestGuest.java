// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/// A guest that sends crafted frames into a [UserStack] and looks at what comes back.
final class TestGuest implements AutoCloseable {
    static final long MAC = 0x5254_0012_3456L;
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    final UserStack stack;
    final Deque<byte[]> frames = new ArrayDeque<>();
    /// What the stack's clock is ahead of the host's.
    long skippedNanos;

    TestGuest(InetSocketAddress nameServer) throws IOException {
        stack = new UserStack(MAC, nameServer, frames::add, () -> System.nanoTime() + skippedNanos);
    }

    @Override
    public void close() {
        stack.close();
    }

    static byte[] frame(int type, ByteBuffer contents) {
        ByteBuffer frame = ByteBuffer.allocate(14 + contents.remaining());
        frame.putShort((short) 0x5255).putInt(0x0a00_0202).putShort((short) (MAC >> 32)).putInt((int) MAC);
        return frame.putShort((short) type).put(contents).array();
    }

    void send(ByteBuffer packet) {
        stack.receive(frame(0x0800, packet));
    }

    void send(int destination, Datagram datagram) {
        send(datagram.packet(Addresses.GUEST, destination));
    }

    void send(int destination, TcpSegment segment) {
        send(segment.packet(Addresses.GUEST, destination));
    }

    /// The next frame, once there is one.
    byte[] next() throws IOException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (frames.isEmpty()) {
            assertTrue(System.nanoTime() < end, "no frame came");
            stack.pump(50);
        }
        return frames.remove();
    }

    /// The packet in the next frame, which must be intact and for us.
    Ipv4 packet() throws IOException {
        ByteBuffer frame = ByteBuffer.wrap(next());
        assertTrue(frame.getShort(12) == 0x0800, "an IPv4 frame");
        assertTrue((frame.getLong(0) >>> 16) == MAC, "to us");
        Ipv4 packet = Ipv4.parse(frame.slice(14, frame.limit() - 14));
        assertNotNull(packet);
        return packet;
    }

    TcpSegment segment() throws IOException {
        TcpSegment segment = TcpSegment.parse(packet());
        assertNotNull(segment);
        return segment;
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    static String text(ByteBuffer bytes) {
        return java.nio.charset.StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
    }
}
