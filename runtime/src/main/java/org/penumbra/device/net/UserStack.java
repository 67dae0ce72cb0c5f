// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The network that a guest sees: it answers ARP, DHCP and pings itself, and carries TCP and UDP over sockets of the
/// host, which needs no privileges. All of it belongs to one thread.
///
/// Whatever the guest sends, nothing here throws, blocks, or keeps more than a bounded amount of it.
final class UserStack implements Closeable {
    private static final int ETHERNET = 14;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_ARP = 0x0806;
    private static final int ARP_LENGTH = 28;
    private static final int ARP_REQUEST = 1;
    private static final int ICMP_ECHO_REPLY = 0;
    private static final int ICMP_UNREACHABLE = 3;
    private static final int ICMP_ECHO = 8;
    private static final int ICMP_NO_PORT = 3;
    private static final int ICMP_PROHIBITED = 13;
    private static final int ICMP_HEADER = 8;

    private final Selector selector = Selector.open();
    private final long guestMac;
    private final InetSocketAddress nameServer;
    private final Consumer<byte[]> toGuest;
    private final LongSupplier nanoTime;
    private final UdpFlows udp;
    private final TcpConnections tcp;

    /// Called when a channel is ready.
    interface Channel {
        void ready();
    }

    /// @param guestMac   where frames go
    /// @param nameServer of the host, or null
    /// @param toGuest    takes frames
    UserStack(long guestMac, InetSocketAddress nameServer, Consumer<byte[]> toGuest) throws IOException {
        this(guestMac, nameServer, toGuest, System::nanoTime);
    }

    /// @param nanoTime the host's clock
    UserStack(long guestMac, InetSocketAddress nameServer, Consumer<byte[]> toGuest, LongSupplier nanoTime)
            throws IOException {
        this.guestMac = guestMac;
        this.nameServer = nameServer;
        this.toGuest = toGuest;
        this.nanoTime = nanoTime;
        this.udp = new UdpFlows(this);
        this.tcp = new TcpConnections(this);
    }

    Selector selector() {
        return selector;
    }

    /// The time of timers.
    long millis() {
        return nanoTime.getAsLong() / 1_000_000;
    }

    /// Takes connections at a port of the host's loopback to a port of the guest.
    ///
    /// @throws IOException with one line if the port cannot be had
    void forward(int hostPort, int guestPort) throws IOException {
        tcp.forward(hostPort, guestPort);
    }

    /// Waits up to `millis` for the host's sockets, then handles their events and the timers that are due.
    void pump(long millis) throws IOException {
        long wait = Math.min(millis, Math.max(1, Math.min(tcp.millisToNextTimer(), udp.millisToNextTimer())));
        if (wait > 0) {
            selector.select(wait);
        } else {
            selector.selectNow();
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isValid()) { // another one's turn may have ended it
                ((Channel) key.attachment()).ready();
            }
        }
        selector.selectedKeys().clear();
        tcp.expire();
        udp.expire();
    }

    /// Takes a frame from the guest.
    void receive(byte[] bytes) {
        if (bytes.length < ETHERNET) {
            return;
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        ByteBuffer contents = frame.slice(ETHERNET, bytes.length - ETHERNET);
        switch (frame.getShort(12)) {
            case TYPE_ARP -> arp(contents);
            case TYPE_IPV4 -> {
                Ipv4 packet = Ipv4.parse(contents);
                if (packet != null) {
                    receive(packet, contents);
                }
            }
            default -> { }
        }
    }

    private void receive(Ipv4 packet, ByteBuffer whole) {
        if (packet.protocol() == Ipv4.UDP) {
            Datagram datagram = Datagram.parse(packet);
            if (datagram != null && datagram.destinationPort() == Dhcp.SERVER_PORT
                    && isDhcpServer(packet.destination())) {
                dhcp(datagram);
            } else if (datagram != null && packet.source() == Addresses.GUEST) {
                udp.send(datagram, packet.destination(), whole);
            }
        } else if (packet.protocol() == Ipv4.TCP) {
            TcpSegment segment = TcpSegment.parse(packet);
            if (segment != null && packet.source() == Addresses.GUEST) {
                tcp.receive(segment, packet.destination());
            }
        } else if (packet.protocol() == Ipv4.ICMP && packet.source() == Addresses.GUEST) {
            ping(packet, whole);
        }
    }

    private static boolean isDhcpServer(int address) {
        return address == Addresses.BROADCAST || address == Addresses.GATEWAY;
    }

    /// What the guest's address and port mean to the host, or null where there is nothing.
    InetSocketAddress host(int address, int port) {
        if (address == Addresses.GATEWAY) {
            return new InetSocketAddress(inet(Addresses.address(127, 0, 0, 1)), port);
        }
        if (address == Addresses.NAME_SERVER) {
            return port == 53 ? nameServer : null;
        }
        return Addresses.isUnicast(address) && !Addresses.isLocal(address) ? new InetSocketAddress(inet(address), port)
                : null;
    }

    private static InetAddress inet(int address) {
        try {
            return InetAddress.getByAddress(Addresses.bytes(address));
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private void dhcp(Datagram datagram) {
        ByteBuffer answer = Dhcp.answer(datagram.data());
        if (answer != null) {
            send(new Datagram(Dhcp.SERVER_PORT, Dhcp.CLIENT_PORT, answer)
                    .packet(Addresses.GATEWAY, Addresses.BROADCAST));
        }
    }

    /// Answers who has an address: all of the network but the guest's own are ours.
    private void arp(ByteBuffer request) {
        if (request.remaining() < ARP_LENGTH || request.getShort(0) != 1 || request.getShort(2) != TYPE_IPV4
                || request.getShort(6) != ARP_REQUEST) {
            return;
        }
        int wanted = request.getInt(24);
        if (wanted != Addresses.GATEWAY && wanted != Addresses.NAME_SERVER) {
            return;
        }
        ByteBuffer reply = ByteBuffer.allocate(ARP_LENGTH);
        reply.putShort((short) 1).putShort((short) TYPE_IPV4).put((byte) 6).put((byte) 4).putShort((short) 2);
        putMac(reply, Addresses.HOST_MAC).putInt(wanted);
        reply.put(18, request, 8, 10); // the asker's addresses
        frame(TYPE_ARP, reply.rewind());
    }

    private void ping(Ipv4 packet, ByteBuffer whole) {
        ByteBuffer message = packet.payload();
        if (message.remaining() < ICMP_HEADER || message.get(0) != ICMP_ECHO
                || Checksum.of(Checksum.sum(message)) != 0) {
            return;
        }
        if (packet.destination() == Addresses.GATEWAY || packet.destination() == Addresses.NAME_SERVER) {
            ByteBuffer reply = ByteBuffer.allocate(message.remaining()).put(message.duplicate()).flip();
            icmp(ICMP_ECHO_REPLY, 0, reply, packet.destination());
        } else {
            unreachable(packet.destination(), whole); // raw sockets are for the privileged
        }
    }

    /// Tells the guest that nobody will get a packet of its.
    ///
    /// @param whole the packet, whose beginning goes back
    void unreachable(int destination, ByteBuffer whole) {
        if (Addresses.isUnicast(destination)) {
            unreachable(ICMP_PROHIBITED, Addresses.GATEWAY, beginning(whole));
        }
    }

    /// Tells the guest that the port it sent a datagram to is not open.
    ///
    /// @param beginning of the packet, which goes back
    void noPort(int destination, ByteBuffer beginning) {
        unreachable(ICMP_NO_PORT, destination, beginning);
    }

    private void unreachable(int code, int source, ByteBuffer beginning) {
        ByteBuffer message = ByteBuffer.allocate(ICMP_HEADER + beginning.limit());
        icmp(ICMP_UNREACHABLE, code, message.put(ICMP_HEADER, beginning, 0, beginning.limit()), source);
    }

    /// A copy of what goes back of a packet that did not arrive.
    static ByteBuffer beginning(ByteBuffer packet) {
        int length = Math.min(packet.limit(), Ipv4.HEADER + 8);
        return ByteBuffer.allocate(length).put(0, packet, 0, length);
    }

    private void icmp(int type, int code, ByteBuffer message, int source) {
        message.put(0, (byte) type).put(1, (byte) code).putShort(2, (short) 0);
        message.putShort(2, (short) Checksum.of(Checksum.sum(message)));
        send(Ipv4.build(Ipv4.ICMP, source, Addresses.GUEST, message));
    }

    /// Sends a packet to the guest.
    void send(ByteBuffer packet) {
        frame(TYPE_IPV4, packet);
    }

    private void frame(int type, ByteBuffer contents) {
        ByteBuffer frame = ByteBuffer.allocate(ETHERNET + contents.remaining());
        putMac(putMac(frame, guestMac), Addresses.HOST_MAC).putShort((short) type).put(contents);
        toGuest.accept(frame.array());
    }

    private static ByteBuffer putMac(ByteBuffer to, long mac) {
        return to.putShort((short) (mac >> 32)).putInt((int) mac);
    }

    /// Drops all connections, as when the guest's card was reset.
    void reset() {
        tcp.reset();
        udp.close();
    }

    /// The guest's TCP connections, for [#disown] after a snapshot.
    long[] connections() {
        return tcp.saved();
    }

    /// Has the guest find out that connections of a snapshot are gone.
    void disown(long[] connections) {
        tcp.disown(connections);
    }

    @Override
    public void close() {
        tcp.close();
        udp.close();
        try {
            selector.close();
        } catch (IOException _) {
            // Nothing more can be done with it.
        }
    }
}
