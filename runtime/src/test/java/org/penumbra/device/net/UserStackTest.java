// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.device.net.Addresses.GATEWAY;
import static org.penumbra.device.net.Addresses.GUEST;
import static org.penumbra.device.net.Addresses.NAME_SERVER;
import static org.penumbra.device.net.TestGuest.bytes;
import static org.penumbra.device.net.TestGuest.text;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// ARP, DHCP, pings and UDP of the user-mode network.
@Timeout(60)
final class UserStackTest {
    private static final int OUTSIDE = Addresses.address(192, 0, 2, 1);

    private DatagramSocket host;
    private TestGuest guest;

    @BeforeEach
    void open() throws IOException {
        host = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        guest = new TestGuest(new InetSocketAddress("127.0.0.1", host.getLocalPort()));
    }

    @AfterEach
    void close() {
        guest.close();
        host.close();
    }

    private static ByteBuffer arp(int wanted) {
        ByteBuffer request = ByteBuffer.allocate(28);
        request.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4).putShort((short) 1);
        return request.putShort((short) 0x5254).putInt(0x0012_3456).putInt(GUEST).position(24).putInt(wanted).rewind();
    }

    @Test
    void gatewayAndNameServerAnswerWhereTheyAre() throws IOException {
        for (int address : new int[] {GATEWAY, NAME_SERVER}) {
            guest.stack.receive(TestGuest.frame(0x0806, arp(address)));
            ByteBuffer reply = ByteBuffer.wrap(guest.next());
            assertEquals(2, reply.getShort(14 + 6), "a reply");
            assertEquals(Addresses.HOST_MAC, reply.getLong(14 + 8) >>> 16);
            assertEquals(address, reply.getInt(14 + 14));
            assertEquals(GUEST, reply.getInt(14 + 24));
        }
        guest.stack.receive(TestGuest.frame(0x0806, arp(GUEST)));
        guest.stack.receive(TestGuest.frame(0x0806, arp(OUTSIDE)));
        assertTrue(guest.frames.isEmpty(), "nobody else does");
    }

    private ByteBuffer dhcp(int type, int requested) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(300).put((byte) 1).put((byte) 1).put((byte) 6).put((byte) 0).putInt(0x1234_5678);
        message.position(236).putInt(0x6382_5363).put((byte) 0).put((byte) 53).put((byte) 1).put((byte) type);
        if (requested != 0) {
            message.put((byte) 50).put((byte) 4).putInt(requested);
        }
        message.put((byte) 255).rewind();
        guest.send(new Datagram(68, 67, message).packet(0, Addresses.BROADCAST));
        Ipv4 packet = guest.packet();
        Datagram reply = Datagram.parse(packet);
        assertEquals(68, reply.destinationPort());
        assertEquals(0x1234_5678, reply.data().getInt(4));
        return reply.data();
    }

    @Test
    void addressIsGivenByDhcp() throws IOException {
        ByteBuffer offer = dhcp(Dhcp.DISCOVER, 0);
        assertEquals(Dhcp.OFFER, Dhcp.option(offer, 53, 1));
        assertEquals(GUEST, offer.getInt(16));
        ByteBuffer given = dhcp(Dhcp.REQUEST, GUEST);
        assertEquals(Dhcp.ACK, Dhcp.option(given, 53, 1));
        assertEquals(Addresses.MASK, Dhcp.option(given, 1, 4));
        assertEquals(GATEWAY, Dhcp.option(given, 3, 4));
        assertEquals(NAME_SERVER, Dhcp.option(given, 6, 4));
        assertEquals(Dhcp.NAK, Dhcp.option(dhcp(Dhcp.REQUEST, OUTSIDE), 53, 1));
    }

    private static ByteBuffer echo(int length) {
        ByteBuffer message = ByteBuffer.allocate(8 + length).put((byte) 8).put((byte) 0).putShort((short) 0).putInt(0x77);
        while (message.hasRemaining()) {
            message.put((byte) message.position());
        }
        message.rewind();
        return message.putShort(2, (short) Checksum.of(Checksum.sum(message)));
    }

    @Test
    void gatewayAnswersPings() throws IOException {
        for (int length : new int[] {0, 1, 56, 1471}) {
            guest.send(Ipv4.build(Ipv4.ICMP, GUEST, GATEWAY, echo(length)));
            Ipv4 packet = guest.packet();
            assertEquals(GATEWAY, packet.source());
            assertEquals(0, packet.payload().get(0));
            assertEquals(0, Checksum.of(Checksum.sum(packet.payload())));
            assertEquals(echo(length).slice(4, 4 + length), packet.payload().slice(4, 4 + length));
        }
    }

    @Test
    void pingsToTheOutsideAreUnreachable() throws IOException {
        guest.send(Ipv4.build(Ipv4.ICMP, GUEST, OUTSIDE, echo(8)));
        assertEquals(3, guest.packet().payload().get(0));
    }

    private void hostAnswers(String question, String answer) throws IOException {
        var packet = new DatagramPacket(new byte[2000], 2000);
        host.setSoTimeout(20_000);
        host.receive(packet);
        assertEquals(question, new String(packet.getData(), 0, packet.getLength()));
        host.send(new DatagramPacket(answer.getBytes(), answer.length(), packet.getSocketAddress()));
    }

    @Test
    void datagramsReachTheHostAndComeBack() throws IOException {
        guest.send(GATEWAY, new Datagram(1000, host.getLocalPort(), bytes("hello")));
        hostAnswers("hello", "and back");
        Ipv4 packet = guest.packet();
        Datagram answer = Datagram.parse(packet);
        assertEquals(GATEWAY, packet.source());
        assertEquals(host.getLocalPort(), answer.sourcePort());
        assertEquals(1000, answer.destinationPort());
        assertEquals("and back", text(answer.data()));
    }

    /// Time after time, whether the host has said so before the next is sent or not.
    @Test
    void datagramsToAPortThatIsNotOpenAreRefused() throws IOException {
        int port = host.getLocalPort();
        host.close();
        for (int i = 0; i < 3; i++) {
            ByteBuffer sent = new Datagram(1000, port, bytes("hello " + i)).packet(GUEST, GATEWAY);
            guest.send(sent);
            Ipv4 packet = guest.packet();
            assertEquals(Ipv4.ICMP, packet.protocol());
            assertEquals(GATEWAY, packet.source());
            assertEquals(0x0303, packet.payload().getShort(0), "port unreachable");
            assertEquals(sent.slice(0, 28), packet.payload().slice(8, 28));
        }
    }

    @Test
    void namesAreAskedOfTheHostsNameServer() throws IOException {
        guest.send(NAME_SERVER, new Datagram(1001, 53, bytes("question")));
        hostAnswers("question", "answer");
        Ipv4 packet = guest.packet();
        assertEquals(NAME_SERVER, packet.source());
        assertEquals(53, Datagram.parse(packet).sourcePort());
        assertEquals("answer", text(Datagram.parse(packet).data()));
        guest.send(NAME_SERVER, new Datagram(1001, 54, bytes("nobody")));
        assertEquals(Ipv4.ICMP, guest.packet().protocol());
    }

    @Test
    void manyFlowsReplaceTheOldest() throws IOException {
        for (int port = 2000; port < 2000 + 3 * UdpFlows.MOST; port++) {
            guest.send(GATEWAY, new Datagram(port, host.getLocalPort(), bytes("x" + port)));
        }
        guest.stack.pump(0);
        // One for each flow, and one for the socket that is listened with.
        assertTrue(guest.stack.selector().keys().size() <= UdpFlows.MOST, "as many sockets as flows");
    }

    @Test
    void damagedAndForeignPacketsAreDropped() {
        ByteBuffer good = Ipv4.build(Ipv4.ICMP, GUEST, GATEWAY, echo(8));
        ByteBuffer badHeader = ByteBuffer.wrap(good.array().clone()).put(8, (byte) 1);
        ByteBuffer badMessage = ByteBuffer.wrap(good.array().clone()).put(30, (byte) 1);
        ByteBuffer fragment = ByteBuffer.wrap(good.array().clone()).putShort(6, (short) 0x2000).putShort(10, (short) 0);
        fragment.putShort(10, (short) Checksum.of(Checksum.sum(fragment.slice(0, 20))));
        for (ByteBuffer packet : new ByteBuffer[] {badHeader, badMessage, fragment,
                Ipv4.build(Ipv4.ICMP, OUTSIDE, GATEWAY, echo(8))}) {
            guest.send(packet);
            assertTrue(guest.frames.isEmpty());
        }
        for (int length = 0; length < good.limit(); length++) {
            guest.send(good.slice(0, length));
        }
        assertTrue(guest.frames.isEmpty());
    }

    @Test
    void forwardedPortsAreReadOrRefused() {
        assertEquals(Map.of(8080, 80, 2222, 22), UserNetwork.forwards("8080:80,2222:22"));
        assertEquals(Map.of(), UserNetwork.forwards(""));
        for (String bad : new String[] {"80", "a:b", "0:80", "80:70000", "1:2,1:3", "1:2,"+ ",3:4"}) {
            assertThrows(IllegalArgumentException.class, () -> UserNetwork.forwards(bad), bad);
        }
    }

    @Test
    void nameServerIsTheFirstAddressOfTheConfiguration(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("resolv.conf"), "# x\nsearch a b\nnameserver host.example\nnameserver 192.0.2.7\n");
        assertEquals(new InetSocketAddress("192.0.2.7", 53), UserNetwork.nameServer(file));
        assertNull(UserNetwork.nameServer(folder.resolve("missing")));
    }
}
