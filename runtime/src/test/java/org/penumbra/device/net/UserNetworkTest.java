// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.penumbra.device.net.TcpSegment.ACK;
import static org.penumbra.device.net.TcpSegment.FIN;
import static org.penumbra.device.net.TcpSegment.PSH;
import static org.penumbra.device.net.TcpSegment.RST;
import static org.penumbra.device.net.TcpSegment.SYN;
import static org.penumbra.device.net.TestGuest.bytes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The network with its thread.
@Timeout(60)
final class UserNetworkTest {
    private static void send(UserNetwork network, ServerSocket server, int sequence, int expected, int flags, ByteBuffer data) {
        network.send(TestGuest.frame(0x0800, new TcpSegment(4000, server.getLocalPort(), sequence, expected, flags, 20_000, 0, data)
                .packet(Addresses.GUEST, Addresses.GATEWAY)));
    }

    /// What the guest has sent when it is switched off still counts: what it ended is whole, the rest is not.
    @Test
    void closingTellsTheHostWhetherTheGuestHadEnded() throws IOException, InterruptedException {
        for (boolean ended : new boolean[] {true, false}) {
            try (var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
                UserNetwork network = UserNetwork.open(Map.of());
                var arrived = new Semaphore(0);
                network.whenFrameArrives(arrived::release);
                send(network, server, 7, 0, SYN, bytes(""));
                arrived.acquire();
                ByteBuffer frame = ByteBuffer.wrap(network.take());
                int expected = TcpSegment.parse(Ipv4.parse(frame.slice(14, frame.limit() - 14))).sequence() + 1;
                send(network, server, 8, expected, ACK | PSH | (ended ? FIN : 0), bytes("data"));
                network.close();
                try (Socket host = server.accept()) {
                    host.setSoTimeout(20_000);
                    if (ended) {
                        assertEquals("data", new String(host.getInputStream().readAllBytes()));
                    } else {
                        assertThrows(SocketException.class, () -> host.getInputStream().readAllBytes());
                    }
                }
            }
        }
    }

    /// Frames that the guest sends after it are not lost.
    @Test
    void aRestoredCardIsToldOfItsConnections() throws IOException, InterruptedException {
        try (var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
                UserNetwork network = UserNetwork.open(Map.of())) {
            var arrived = new Semaphore(0);
            network.whenFrameArrives(arrived::release);
            assertEquals(0, network.connections().length);
            send(network, server, 7, 0, SYN, bytes(""));
            int expected = next(network, arrived).sequence() + 1;
            send(network, server, 8, expected, ACK, bytes(""));
            long[] saved = network.connections();
            for (int round = 0; round < 20; round++) {
                network.restore(saved);
                send(network, server, 8, expected, ACK, bytes(""));
                TcpSegment question = next(network, arrived);
                assertEquals(ACK, question.flags());
                assertEquals(expected - 1, question.sequence());
                assertEquals(8, question.acknowledged());
                TcpSegment reset = next(network, arrived);
                assertEquals(RST, reset.flags());
                assertEquals(expected, reset.sequence());
            }
        }
    }

    private static TcpSegment next(UserNetwork network, Semaphore arrived) throws InterruptedException {
        while (!network.hasFrame()) {
            arrived.acquire();
        }
        ByteBuffer frame = ByteBuffer.wrap(network.take());
        return TcpSegment.parse(Ipv4.parse(frame.slice(14, frame.limit() - 14)));
    }
}
