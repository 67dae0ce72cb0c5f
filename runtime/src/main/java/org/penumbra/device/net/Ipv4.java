// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.nio.ByteBuffer;

/// An IPv4 packet (RFC 791).
///
/// @param payload from its position to its limit
record Ipv4(int protocol, int source, int destination, ByteBuffer payload) {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    /// Of a header without options.
    static final int HEADER = 20;
    /// Bytes of a packet that a frame carries.
    static final int LARGEST = 1500;

    private static final int DO_NOT_FRAGMENT = 0x4000;
    private static final int TIME_TO_LIVE = 64;

    /// Reads the packet between position and limit.
    ///
    /// @return null for what is damaged, not IPv4, or a fragment: a guest has no reason to send any
    static Ipv4 parse(ByteBuffer bytes) {
        if (bytes.remaining() < HEADER) {
            return null;
        }
        int start = bytes.position();
        int version = bytes.get(start) & 0xff;
        int header = (version & 15) * 4;
        int length = bytes.getShort(start + 2) & 0xffff;
        int fragment = bytes.getShort(start + 6) & 0x3fff;
        if (version >> 4 != 4 || header < HEADER || length < header || length > bytes.remaining() || fragment != 0
                || Checksum.of(Checksum.sum(bytes.slice(start, header))) != 0) {
            return null;
        }
        return new Ipv4(bytes.get(start + 9) & 0xff, bytes.getInt(start + 12), bytes.getInt(start + 16),
                bytes.slice(start + header, length - header));
    }

    /// Builds a packet around a payload.
    static ByteBuffer build(int protocol, int source, int destination, ByteBuffer payload) {
        ByteBuffer packet = ByteBuffer.allocate(HEADER + payload.remaining());
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity());
        packet.putShort((short) 0).putShort((short) DO_NOT_FRAGMENT);
        packet.put((byte) TIME_TO_LIVE).put((byte) protocol).putShort((short) 0).putInt(source).putInt(destination);
        packet.putShort(10, (short) Checksum.of(Checksum.sum(packet.slice(0, HEADER))));
        return packet.put(payload).flip();
    }

    /// Whether the checksum of the TCP or UDP message in the payload is right.
    boolean payloadIsIntact() {
        return Checksum.of(Checksum.sum(payload) + Checksum.pseudoHeader(protocol, source, destination,
                payload.remaining())) == 0;
    }
}
