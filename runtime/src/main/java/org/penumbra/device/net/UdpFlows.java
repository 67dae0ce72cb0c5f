// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The guest's UDP: a socket of the host for each pair of a port of the guest and a place it sends to, until nothing
/// has gone either way for a while.
final class UdpFlows {
    static final int MOST = 128;

    private static final long IDLE_NANOS = 60_000_000_000L;
    private static final int MOST_AT_ONCE = 32;

    private record Place(int guestPort, int address, int port) {
    }

    private final UserStack stack;
    /// The one not used for longest comes first.
    private final SequencedMap<Place, Flow> flows = new LinkedHashMap<>(16, 0.75f, true);
    private final ByteBuffer buffer = ByteBuffer.allocate(Datagram.LARGEST + 1);

    UdpFlows(UserStack stack) {
        this.stack = stack;
    }

    /// Carries a datagram out.
    ///
    /// @param whole the packet it came in
    void send(Datagram datagram, int address, ByteBuffer whole) {
        Place place = new Place(datagram.sourcePort(), address, datagram.destinationPort());
        InetSocketAddress host = stack.host(address, datagram.destinationPort());
        Flow flow = flows.get(place);
        try {
            if (flow == null && host != null && datagram.destinationPort() != 0) {
                if (flows.size() == MOST) {
                    flows.firstEntry().getValue().close();
                    flows.pollFirstEntry();
                }
                flow = new Flow(place, host);
                flows.put(place, flow);
            }
            if (flow == null) {
                stack.unreachable(address, whole);
            } else {
                flow.send(datagram.data(), whole);
            }
        } catch (IOException refused) {
            stack.unreachable(address, whole);
        }
    }

    long millisToNextTimer() {
        return flows.isEmpty() ? Long.MAX_VALUE : IDLE_NANOS / 1_000_000 / 8;
    }

    /// Ends what has been idle for long.
    void expire() {
        long now = System.nanoTime();
        while (!flows.isEmpty() && now - flows.firstEntry().getValue().used > IDLE_NANOS) {
            flows.pollFirstEntry().getValue().close();
        }
    }

    void close() {
        List<Flow> all = new ArrayList<>(flows.values());
        flows.clear();
        all.forEach(Flow::close);
    }

    private final class Flow implements UserStack.Channel {
        private final Place place;
        private final DatagramChannel channel = DatagramChannel.open();
        private long used = System.nanoTime();
        /// Of the packet sent last.
        private ByteBuffer beginning;

        Flow(Place place, InetSocketAddress host) throws IOException {
            this.place = place;
            try {
                channel.configureBlocking(false);
                channel.connect(host); // so that nobody else's datagrams come in
                channel.register(stack.selector(), SelectionKey.OP_READ, this);
            } catch (IOException | RuntimeException failed) {
                channel.close();
                throw failed instanceof IOException known ? known : new IOException(failed);
            }
        }

        void send(ByteBuffer data, ByteBuffer whole) throws IOException {
            used = System.nanoTime();
            try {
                channel.write(data); // or not, where the host's buffer is full: datagrams may be lost
            } catch (PortUnreachableException ofTheLast) {
                stack.noPort(place.address(), beginning);
                channel.write(data);
            }
            beginning = UserStack.beginning(whole);
        }

        @Override
        public void ready() {
            try {
                for (int i = 0; i < MOST_AT_ONCE && channel.read(buffer.clear()) >= 0 && buffer.position() > 0; i++) {
                    if (buffer.position() <= Datagram.LARGEST) { // longer ones would need fragments
                        stack.send(new Datagram(place.port(), place.guestPort(), buffer.flip())
                                .packet(place.address(), Addresses.GUEST));
                    }
                }
                flows.get(place); // to the end of the line
                used = System.nanoTime();
            } catch (PortUnreachableException refused) {
                stack.noPort(place.address(), beginning);
            } catch (IOException unreachable) {
                // The guest's time-out says so.
            }
        }

        void close() {
            try {
                channel.close();
            } catch (IOException _) {
                // It is out of use anyhow.
            }
        }
    }
}
