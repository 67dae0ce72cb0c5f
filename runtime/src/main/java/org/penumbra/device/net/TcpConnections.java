// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/// All TCP connections of the guest, and the ports of the host that lead to it.
final class TcpConnections {
    static final int MOST = 256;

    private static final int FIRST_PORT = 49_152;
    private static final int LAST_PORT = 65_535;
    /// Numbers of a saved connection.
    private static final int SAVED = 3;

    /// @param address of the side that is not the guest, as the guest sees it
    record Ends(int guestPort, int address, int port) {
    }

    private final UserStack stack;
    private final Map<Ends, TcpConnection> connections = new HashMap<>();
    private final List<ServerSocketChannel> forwards = new ArrayList<>();
    private final SplittableRandom sequences = new SplittableRandom();
    private int nextPort = FIRST_PORT;

    TcpConnections(UserStack stack) {
        this.stack = stack;
    }

    void forward(int hostPort, int guestPort) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        forwards.add(server);
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.configureBlocking(false);
            server.bind(new InetSocketAddress(stack.host(Addresses.GATEWAY, 0).getAddress(), hostPort));
        } catch (IOException taken) {
            throw new IOException("port " + hostPort + " of this computer cannot be had (" + taken.getMessage() + ")",
                    taken);
        }
        server.register(stack.selector(), SelectionKey.OP_ACCEPT, (UserStack.Channel) () -> accept(server, guestPort));
    }

    private void accept(ServerSocketChannel server, int guestPort) {
        try {
            SocketChannel channel = server.accept();
            if (channel == null) {
                return;
            }
            Ends ends = new Ends(guestPort, Addresses.GATEWAY, freePort(guestPort));
            if (connections.size() >= MOST || connections.containsKey(ends)) {
                channel.close();
                return;
            }
            channel.configureBlocking(false);
            TcpConnection connection = new TcpConnection(this, ends, channel, sequences.nextInt());
            connections.put(ends, connection);
            connection.open();
        } catch (IOException gone) {
            // Whoever called has hung up.
        }
    }

    /// A port that no connection to this one of the guest's comes from, if there is one.
    private int freePort(int guestPort) {
        for (int i = FIRST_PORT; i <= LAST_PORT; i++) {
            nextPort = nextPort == LAST_PORT ? FIRST_PORT : nextPort + 1;
            if (!connections.containsKey(new Ends(guestPort, Addresses.GATEWAY, nextPort))) {
                break;
            }
        }
        return nextPort;
    }

    /// Takes a segment from the guest.
    void receive(TcpSegment segment, int destination) {
        Ends ends = new Ends(segment.sourcePort(), destination, segment.destinationPort());
        TcpConnection connection = connections.get(ends);
        boolean opening = (segment.flags() & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST)) == TcpSegment.SYN;
        if (connection != null && opening && connection.isOlderThan(segment)) {
            connection.drop(); // the guest has forgotten it
            connection = null;
        }
        if (connection != null) {
            connection.receive(segment);
        } else if (!opening || !call(ends, segment)) {
            refuse(segment, ends);
        }
    }

    private boolean call(Ends ends, TcpSegment segment) {
        InetSocketAddress host = stack.host(ends.address(), ends.port());
        if (host == null || ends.port() == 0 || connections.size() >= MOST) {
            return false;
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            TcpConnection connection = new TcpConnection(this, ends, channel, sequences.nextInt());
            connections.put(ends, connection);
            connection.called(segment, channel.connect(host));
            return true;
        } catch (IOException | RuntimeException refused) { // such as no route, or a limit of the host's
            connections.remove(ends);
            closeQuietly(channel);
            return false;
        }
    }

    /// Answers a segment that belongs to no connection (RFC 9293, section 3.10.7.1).
    void refuse(TcpSegment segment, Ends ends) {
        if (segment.has(TcpSegment.RST) || !Addresses.isUnicast(ends.address())) {
            return;
        }
        int length = segment.data().remaining() + (segment.has(TcpSegment.SYN) ? 1 : 0)
                + (segment.has(TcpSegment.FIN) ? 1 : 0);
        if (segment.has(TcpSegment.ACK)) {
            send(ends, segment.acknowledged(), 0, TcpSegment.RST, 0, 0, ByteBuffer.allocate(0));
        } else {
            send(ends, 0, segment.sequence() + length, TcpSegment.RST | TcpSegment.ACK, 0, 0, ByteBuffer.allocate(0));
        }
    }

    void send(Ends ends, int sequence, int acknowledged, int flags, int window, int largest, ByteBuffer data) {
        stack.send(new TcpSegment(ends.port(), ends.guestPort(), sequence, acknowledged, flags, window, largest, data)
                .packet(ends.address(), Addresses.GUEST));
    }

    /// What is to be known of all connections to tell the guest later that they are gone: three numbers each.
    long[] saved() {
        return connections.values().stream().filter(TcpConnection::isKnownToGuest).flatMapToLong(connection -> {
            Ends ends = connection.ends();
            return LongStream.of((long) ends.address() << 32 | (long) ends.guestPort() << 16 | ends.port(),
                    connection.oldSequence(), connection.expected());
        }).toArray();
    }

    /// Asks the guest about connections that are gone, so that a guest that only waits learns of it: it answers a
    /// segment that it has had long ago by saying what it expects, which gets a reset (RFC 9293, section 3.10.7.4). A
    /// reset itself would need the exact number (RFC 5961), and frames may have been on their way.
    ///
    /// @param saved as from [#saved]
    void disown(long[] saved) {
        for (int i = 0; i + SAVED <= saved.length; i += SAVED) {
            Ends ends = new Ends((int) (saved[i] >>> 16) & LAST_PORT, (int) (saved[i] >> 32),
                    (int) saved[i] & LAST_PORT);
            send(ends, (int) saved[i + 1], (int) saved[i + 2], TcpSegment.ACK, TcpConnection.BUFFER, 0,
                    ByteBuffer.allocate(0));
        }
    }

    UserStack stack() {
        return stack;
    }

    void forget(TcpConnection connection) {
        connections.remove(connection.ends(), connection);
    }

    int count() {
        return connections.size();
    }

    long millisToNextTimer() {
        long next = Long.MAX_VALUE;
        for (TcpConnection connection : connections.values()) {
            next = Math.min(next, connection.millisToTimer());
        }
        return next;
    }

    /// Sends again what was not acknowledged in time.
    void expire() {
        for (TcpConnection connection : List.copyOf(connections.values())) {
            connection.expire();
        }
    }

    void reset() {
        List.copyOf(connections.values()).forEach(TcpConnection::drop);
    }

    void close() {
        reset();
        forwards.forEach(TcpConnections::closeQuietly);
    }

    static void closeQuietly(java.io.Closeable channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException _) {
            // It is out of use anyhow.
        }
    }
}
