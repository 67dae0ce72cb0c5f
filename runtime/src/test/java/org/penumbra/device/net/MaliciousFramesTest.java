// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whatever a guest sends, the network neither throws nor grows without bounds. Only loopback is ever addressed.
@Timeout(120)
final class MaliciousFramesTest {
    private static final int ROUNDS = 60_000;

    /// Good frames of all kinds, to be spoilt.
    private static List<byte[]> seeds(int port) {
        List<byte[]> seeds = new ArrayList<>();
        ByteBuffer dhcp = ByteBuffer.allocate(300).put((byte) 1).position(236).putInt(0x6382_5363)
                .put(new byte[] {53, 1, 1, 50, 4, 10, 0, 2, 15, (byte) 255}).rewind();
        ByteBuffer echo = ByteBuffer.allocate(64).put((byte) 8).rewind();
        echo.putShort(2, (short) Checksum.of(Checksum.sum(echo)));
        ByteBuffer arp = ByteBuffer.allocate(28).putInt(0x0001_0800).putInt(0x0604_0001).position(24).putInt(Addresses.GATEWAY);
        seeds.add(TestGuest.frame(0x0800, new Datagram(68, 67, dhcp).packet(0, Addresses.BROADCAST)));
        seeds.add(TestGuest.frame(0x0800, Ipv4.build(Ipv4.ICMP, Addresses.GUEST, Addresses.GATEWAY, echo)));
        seeds.add(TestGuest.frame(0x0806, arp.rewind()));
        seeds.add(TestGuest.frame(0x0800, new Datagram(9, port, TestGuest.bytes("data"))
                .packet(Addresses.GUEST, Addresses.GATEWAY)));
        for (int flags = 0; flags < 32; flags++) {
            seeds.add(TestGuest.frame(0x0800, new TcpSegment(77, port, 1, 1, flags, 500, flags % 3 == 0 ? 1460 : 0,
                    TestGuest.bytes("bytes")).packet(Addresses.GUEST, Addresses.GATEWAY)));
        }
        return seeds;
    }

    /// Makes the checksums right again, so that what was spoilt is looked at.
    private static void mend(byte[] bytes) {
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        int header = bytes.length > 34 ? (bytes[14] & 15) * 4 : 0;
        if (header < 20 || 14 + header + 20 > bytes.length) {
            return;
        }
        frame.putShort(24, (short) 0).putShort(24, (short) Checksum.of(Checksum.sum(frame.slice(14, header))));
        int length = Math.min((frame.getShort(16) & 0xffff) - header, bytes.length - 14 - header);
        int protocol = bytes[23];
        int at = 14 + header + (protocol == Ipv4.TCP ? 16 : protocol == Ipv4.UDP ? 6 : 2);
        if (length >= 20 && at + 2 <= bytes.length) {
            frame.putShort(at, (short) 0);
            long pseudo = protocol == Ipv4.ICMP ? 0
                    : Checksum.pseudoHeader(protocol & 0xff, frame.getInt(26), frame.getInt(30), length);
            frame.putShort(at, (short) Checksum.of(Checksum.sum(frame.slice(14 + header, length)) + pseudo));
        }
    }

    private static boolean staysOnThisComputer(byte[] frame) {
        if (frame.length < 34 || frame[12] != 8 || frame[13] != 0) {
            return true;
        }
        int destination = ByteBuffer.wrap(frame).getInt(30);
        return Addresses.isLocal(destination) || !Addresses.isUnicast(destination);
    }

    @Test
    void spoiltFramesAreSurvived() throws IOException {
        var random = new Random(8);
        try (var server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")); var guest = new TestGuest(null)) {
            int port = server.getLocalPort();
            List<byte[]> seeds = seeds(port);
            for (int round = 0; round < ROUNDS; round++) {
                byte[] frame = seeds.get(random.nextInt(seeds.size())).clone();
                for (int i = random.nextInt(4); i > 0; i--) {
                    // Not the destination's port: nothing else on this computer is to be called.
                    int at = 14 + random.nextInt(frame.length - 14);
                    if (at != 36 && at != 37) {
                        frame[at] = (byte) random.nextInt(256);
                    }
                }
                if (random.nextInt(8) == 0) {
                    frame = Arrays.copyOf(frame, random.nextInt(frame.length + 1));
                }
                if (random.nextInt(4) != 0) {
                    mend(frame);
                }
                boolean samePort = frame.length < 38 || (frame[14] & 15) == 5;
                if (staysOnThisComputer(frame) && samePort) {
                    guest.stack.receive(frame);
                }
                if (round % 50 == 0) {
                    guest.stack.pump(0);
                    guest.frames.clear();
                }
                assertTrue(guest.stack.selector().keys().size() <= TcpConnections.MOST + UdpFlows.MOST, "bounded");
            }
        }
    }
}
