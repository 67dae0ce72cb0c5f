// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.nio.ByteBuffer;

/// A UDP datagram (RFC 768).
///
/// @param data from its position to its limit
record Datagram(int sourcePort, int destinationPort, ByteBuffer data) {
    /// Most bytes of data that fit a packet.
    static final int LARGEST = Ipv4.LARGEST - Ipv4.HEADER - 8;

    private static final int HEADER = 8;

    /// Reads the datagram in a packet.
    ///
    /// @return null for a damaged one
    static Datagram parse(Ipv4 packet) {
        ByteBuffer bytes = packet.payload();
        if (bytes.remaining() < HEADER) {
            return null;
        }
        int length = bytes.getShort(4) & 0xffff;
        if (length < HEADER || length > bytes.remaining() || bytes.getShort(6) != 0 && !packet.payloadIsIntact()) {
            return null;
        }
        return new Datagram(bytes.getShort(0) & 0xffff, bytes.getShort(2) & 0xffff,
                bytes.slice(HEADER, length - HEADER));
    }

    /// The datagram in a packet from and to these addresses.
    ByteBuffer packet(int source, int destination) {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + data.remaining());
        bytes.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) bytes.capacity())
                .putShort((short) 0);
        bytes.put(data.duplicate()).flip();
        int checksum = Checksum.of(Checksum.sum(bytes)
                + Checksum.pseudoHeader(Ipv4.UDP, source, destination, bytes.limit()));
        bytes.putShort(6, (short) (checksum == 0 ? 0xffff : checksum)); // 0 means none
        return Ipv4.build(Ipv4.UDP, source, destination, bytes);
    }
}
