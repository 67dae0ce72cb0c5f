// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.penumbra.device.net.Addresses.GATEWAY;
import static org.penumbra.device.net.TcpSegment.ACK;
import static org.penumbra.device.net.TcpSegment.FIN;
import static org.penumbra.device.net.TcpSegment.PSH;
import static org.penumbra.device.net.TcpSegment.RST;
import static org.penumbra.device.net.TcpSegment.SYN;
import static org.penumbra.device.net.TestGuest.bytes;
import static org.penumbra.device.net.TestGuest.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TCP between a guest that is nothing but segments, and real sockets.
@Timeout(120)
final class TcpConnectionTest {
    private static final int PORT = 4000;
    private static final int WINDOW = 20_000;

    private ServerSocket server;
    private TestGuest guest;
    /// The guest's end.
    private int sequence = 1_000_000;
    private int expected;
    private int window = WINDOW;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
        server.setSoTimeout(20_000);
        guest = new TestGuest(null);
    }

    @AfterEach
    void close() throws IOException {
        guest.close();
        server.close();
    }

    private void send(int flags, ByteBuffer data) {
        guest.send(GATEWAY, new TcpSegment(PORT, server.getLocalPort(), sequence, expected, flags, window,
                (flags & SYN) != 0 ? 1000 : 0, data));
        sequence += data.remaining() + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
    }

    private void send(int flags) {
        send(flags, ByteBuffer.allocate(0));
    }

    private Socket connect() throws IOException {
        send(SYN);
        TcpSegment answer = guest.segment();
        assertEquals(SYN | ACK, answer.flags());
        assertEquals(sequence, answer.acknowledged());
        expected = answer.sequence() + 1;
        send(ACK);
        return server.accept();
    }

    /// The next segment with data or a flag other than ACK.
    private TcpSegment content() throws IOException {
        while (true) {
            TcpSegment segment = guest.segment();
            if (segment.data().hasRemaining() || (segment.flags() & ~(ACK | PSH)) != 0) {
                return segment;
            }
        }
    }

    private byte[] receivedByHost(Socket host, int length) throws IOException {
        byte[] all = new byte[length];
        host.setSoTimeout(10);
        for (int done = 0; done < length; ) {
            try {
                int count = host.getInputStream().read(all, done, length - done);
                assertTrue(count > 0, "the end came early");
                done += count;
            } catch (java.net.SocketTimeoutException wait) {
                guest.stack.pump(10);
            }
        }
        return all;
    }

    @Test
    void dataGoesBothWaysAndBothSidesEnd() throws IOException {
        try (Socket host = connect()) {
            send(ACK | PSH, bytes("GET /"));
            assertEquals(sequence, guest.segment().acknowledged());
            assertArrayEquals("GET /".getBytes(), receivedByHost(host, 5));
            host.getOutputStream().write("200 OK".getBytes());
            TcpSegment data = content();
            assertEquals("200 OK", text(data.data()));
            assertEquals(expected, data.sequence());
            expected += 6;
            send(ACK);
            host.shutdownOutput();
            assertTrue(content().has(FIN));
            expected++;
            send(ACK);
            send(ACK | PSH, bytes("more")); // half closed
            assertArrayEquals("more".getBytes(), receivedByHost(host, 4));
            send(ACK | FIN);
            host.setSoTimeout(20_000);
            guest.stack.pump(10);
            assertEquals(-1, host.getInputStream().read());
        }
        assertEquals(sequence, last().acknowledged());
        assertEquals(0, guest.stack.selector().keys().stream().filter(java.nio.channels.SelectionKey::isValid).count());
    }

    private TcpSegment last() throws IOException {
        TcpSegment last = guest.segment();
        while (!guest.frames.isEmpty()) {
            last = guest.segment();
        }
        return last;
    }

    @Test
    void guestMayEndFirst() throws IOException {
        try (Socket host = connect()) {
            send(ACK | FIN);
            guest.stack.pump(10);
            assertEquals(-1, host.getInputStream().read());
            host.getOutputStream().write("late".getBytes());
            host.shutdownOutput();
            TcpSegment data = content();
            assertEquals("late", text(data.data()));
            expected += 4;
            if (!data.has(FIN)) {
                assertTrue(content().has(FIN));
            }
            expected++;
            send(ACK);
        }
        guest.stack.pump(0);
        assertEquals(0, guest.stack.selector().keys().size());
    }

    @Test
    void refusedCallsAreReset() throws IOException {
        server.close();
        send(SYN);
        TcpSegment answer = guest.segment();
        assertEquals(RST | ACK, answer.flags());
        assertEquals(sequence, answer.acknowledged());
    }

    @Test
    void segmentsOfNoConnectionAreReset() throws IOException {
        send(ACK | PSH, bytes("stray"));
        assertEquals(RST, guest.segment().flags());
        guest.send(Addresses.address(10, 0, 2, 99), new TcpSegment(PORT, 80, 5, 0, SYN, 1000, 0, ByteBuffer.allocate(0)));
        assertEquals(RST | ACK, guest.segment().flags());
        send(RST);
        assertTrue(guest.frames.isEmpty());
    }

    @Test
    void resetOfTheHostReachesTheGuest() throws IOException {
        Socket host = connect();
        host.setSoLinger(true, 0);
        host.close();
        assertTrue(content().has(RST));
    }

    @Test
    void resetOfTheGuestReachesTheHost() throws IOException {
        try (Socket host = connect()) {
            send(ACK | PSH, bytes("the first part"));
            send(RST | ACK);
            assertReset(host);
        }
    }

    /// The other side sees no end, which could be taken for that of the data.
    private void assertReset(Socket host) throws IOException {
        guest.stack.pump(10);
        host.setSoTimeout(20_000);
        assertThrows(SocketException.class, () -> host.getInputStream().readAllBytes());
    }

    @Test
    void connectionsOfAGuestThatIsResetAreReset() throws IOException {
        try (Socket host = connect()) {
            guest.stack.reset();
            assertReset(host);
        }
    }

    /// A guest that only waits is asked, and what it answers gets a reset with the number that it expects, as it must have
    /// (RFC 5961), whatever was on its way when the snapshot was taken.
    @Test
    void connectionsOfASnapshotAreFoundBroken() throws IOException {
        try (Socket host = connect()) {
            host.getOutputStream().write("greeting".getBytes());
            assertEquals("greeting", text(content().data()));
            long[] saved = guest.stack.connections();
            guest.stack.reset();
            assertReset(host);
            guest.frames.clear();
            guest.stack.disown(saved);
            TcpSegment question = guest.segment();
            assertEquals(ACK, question.flags());
            assertTrue(question.sequence() - expected < 0, "the guest has had it");
            assertTrue(guest.frames.isEmpty());
            for (int had : new int[] {0, "greeting".length()}) {
                guest.send(GATEWAY, new TcpSegment(question.destinationPort(), question.sourcePort(), sequence,
                        expected + had, ACK, window, 0, ByteBuffer.allocate(0)));
                TcpSegment answer = guest.segment();
                assertEquals(RST, answer.flags());
                assertEquals(expected + had, answer.sequence());
            }
        }
        assertEquals(0, guest.stack.connections().length);
    }

    @Test
    void whatTheGuestHasEndedStaysWholeWhenItIsReset() throws IOException {
        try (Socket host = connect()) {
            send(ACK | PSH | FIN, bytes("all of it"));
            guest.stack.reset();
            guest.stack.pump(10);
            assertEquals("all of it", new String(host.getInputStream().readAllBytes()));
        }
    }

    @Test
    void keepalivesAndProbesAreAnsweredOnce() throws IOException {
        try (Socket _ = connect()) {
            for (boolean ended : new boolean[] {false, true}) {
                if (ended) {
                    send(ACK | FIN);
                    assertEquals(sequence, guest.segment().acknowledged());
                }
                sequence--;
                send(ACK);
                TcpSegment answer = guest.segment();
                assertEquals(ACK, answer.flags());
                assertEquals(++sequence, answer.acknowledged());
                send(ACK);
                assertTrue(guest.frames.isEmpty(), "nothing was asked");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void theEndIsSentAgainWhenAClosedWindowOpens(int taken) throws IOException {
        try (Socket host = connect()) {
            host.getOutputStream().write("lost".getBytes());
            assertEquals("lost", text(content().data()));
            host.shutdownOutput();
            assertTrue(content().has(FIN));
            window = 0;
            send(ACK);
            assertTrue(guest.frames.isEmpty());
            send(ACK);
            assertTrue(guest.frames.isEmpty(), "answers to the end must not bring it again");
            window = WINDOW;
            expected += taken;
            send(ACK);
            assertEquals(taken == 4 ? 1 : 2, guest.frames.size(), "at once");
            if (taken == 0) {
                assertEquals("lost", text(guest.segment().data()));
            }
            assertTrue(guest.segment().has(FIN));
        }
    }

    @Test
    void aCallWithoutAnswerIsForgottenAfterAWhile() throws IOException {
        server.close();
        server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        List<SocketChannel> others = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) { // a full queue leaves further calls without an answer
                SocketChannel other = SocketChannel.open();
                others.add(other);
                other.configureBlocking(false);
                other.connect(server.getLocalSocketAddress());
            }
            for (int i = 0; i < 2; i++) {
                send(SYN);
                sequence--;
                guest.stack.pump(10);
                assumeTrue(guest.frames.isEmpty(), "needs a host that does not answer");
                assertEquals(1, guest.stack.selector().keys().size());
                guest.skippedNanos += 29_000_000_000L;
                guest.stack.pump(0);
                assertEquals(1, guest.stack.selector().keys().size());
                guest.skippedNanos += 2_000_000_000L;
                guest.stack.pump(0);
                guest.stack.pump(0);
                assertEquals(0, guest.stack.selector().keys().size(), "the place is free");
                assertTrue(guest.frames.isEmpty(), "the guest may call again");
            }
        } finally {
            for (SocketChannel other : others) {
                other.close();
            }
        }
    }

    /// The guest's receiver with a small window, that loses some of what it gets.
    @Test
    void everythingArrivesInOrderThoughTheGuestLosesSegments() throws Exception {
        byte[] sent = new byte[300_000];
        new Random(4).nextBytes(sent);
        var random = new Random(5);
        var got = new ByteArrayOutputStream();
        window = 4000;
        try (Socket host = connect()) {
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    host.getOutputStream().write(sent);
                    host.shutdownOutput();
                } catch (IOException broken) {
                    // The comparison below fails.
                }
            });
            while (true) {
                TcpSegment segment = guest.segment();
                int length = segment.data().remaining();
                assertTrue(length <= 1000, "our largest segment");
                assertTrue(segment.sequence() - expected <= window, "our window");
                if (random.nextInt(200) == 0) {
                    continue; // lost
                }
                if (segment.sequence() == expected) {
                    got.write(segment.data().array(), segment.data().arrayOffset() + segment.data().position(), length);
                    expected += length;
                    if (segment.has(FIN)) {
                        break;
                    }
                }
                send(ACK);
            }
            writer.join();
        }
        assertArrayEquals(sent, got.toByteArray());
    }

    @Test
    void aClosedWindowIsAskedAfter() throws IOException {
        window = 0;
        try (Socket host = connect()) {
            host.getOutputStream().write("waiting".getBytes());
            TcpSegment probe = content();
            assertEquals(1, probe.data().remaining());
            window = WINDOW;
            send(ACK); // the byte did not fit, but now there is room
            assertEquals("waiting", text(content().data()));
        }
    }

    /// The guest sends more than the host reads: it is told to wait, and nothing is lost.
    @Test
    void aSlowHostHoldsTheGuestBack() throws IOException {
        byte[] sent = new byte[8 << 20];
        new Random(6).nextBytes(sent);
        try (Socket host = connect()) {
            int done = 0;
            int room = TcpConnection.BUFFER;
            for (int idle = 0; done < sent.length && idle < 20; ) {
                int count = Math.min(Math.min(1000, room), sent.length - done);
                if (count > 0) {
                    send(ACK | PSH, ByteBuffer.wrap(sent, done, count));
                    done += count;
                }
                guest.stack.pump(count > 0 ? 0 : 5);
                while (!guest.frames.isEmpty()) {
                    TcpSegment answer = guest.segment();
                    room = answer.acknowledged() + answer.window() - sequence;
                }
                room = count == 0 ? room : Math.max(0, room);
                idle = count > 0 ? 0 : idle + 1;
            }
            assertTrue(done < sent.length, "the guest was never held back");
            assertArrayEquals(Arrays.copyOf(sent, done), receivedByHost(host, done));
        }
    }

    @Test
    void outOfOrderAndRepeatedSegmentsDoNoHarm() throws IOException {
        try (Socket host = connect()) {
            int start = sequence;
            sequence = start + 3;
            send(ACK | PSH, bytes("def"));
            assertEquals(start, guest.segment().acknowledged(), "the gap is named");
            sequence = start;
            send(ACK | PSH, bytes("abc"));
            sequence = start;
            send(ACK | PSH, bytes("abcdef"));
            sequence = start;
            send(ACK | PSH, bytes("abcdef"));
            assertArrayEquals("abcdef".getBytes(), receivedByHost(host, 6));
            assertEquals(start + 6, last().acknowledged());
        }
    }

    @Test
    void forwardedPortLeadsToTheGuest() throws IOException {
        int hostPort;
        try (ServerSocket free = new ServerSocket(0)) {
            hostPort = free.getLocalPort();
        }
        guest.stack.forward(hostPort, 22);
        try (Socket host = new Socket()) {
            host.connect(new InetSocketAddress("127.0.0.1", hostPort), 20_000);
            TcpSegment call = guest.segment();
            assertEquals(SYN, call.flags());
            assertEquals(22, call.destinationPort());
            guest.send(GATEWAY, new TcpSegment(22, call.sourcePort(), 500, call.sequence() + 1, SYN | ACK, WINDOW, 1460, bytes("")));
            assertEquals(501, guest.segment().acknowledged());
            guest.send(GATEWAY, new TcpSegment(22, call.sourcePort(), 501, call.sequence() + 1, ACK | PSH, WINDOW, 0, bytes("SSH")));
            assertArrayEquals("SSH".getBytes(), receivedByHost(host, 3));
            host.getOutputStream().write("hi".getBytes());
            assertEquals("hi", text(content().data()));
        }
        var taken = assertThrows(IOException.class, () -> guest.stack.forward(server.getLocalPort(), 22));
        assertTrue(taken.getMessage().contains("port " + server.getLocalPort()), taken.getMessage());
    }

    @Test
    void aGuestThatStartsAnewReplacesItsOldConnection() throws IOException {
        try (Socket old = connect()) {
            sequence += 70_000;
            expected = 0;
            try (Socket fresh = connect()) {
                assertReset(old);
                send(ACK | PSH, bytes("new"));
                assertArrayEquals("new".getBytes(), receivedByHost(fresh, 3));
            }
        }
    }

    @Test
    void noMoreConnectionsThanTheLimit() throws IOException {
        for (int port = 5000; port < 5000 + 2 * TcpConnections.MOST; port++) {
            guest.send(GATEWAY, new TcpSegment(port, server.getLocalPort(), 5, 0, SYN, 1000, 0, bytes("")));
        }
        assertTrue(guest.stack.selector().keys().size() <= TcpConnections.MOST);
    }
}
