// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.nio.ByteBuffer;

/// A TCP segment (RFC 9293). Sequence numbers wrap around: compare their differences.
///
/// @param largest the option "maximum segment size", 0 where it is missing
/// @param data    from its position to its limit
record TcpSegment(int sourcePort, int destinationPort, int sequence, int acknowledged, int flags, int window,
        int largest,
        ByteBuffer data) {
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;

    private static final int HEADER = 20;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOTHING = 1;
    private static final int OPTION_LARGEST = 2;
    private static final int OPTION_LARGEST_LENGTH = 4;
    private static final int FLAGS = 0x3f;

    /// Reads the segment in a packet.
    ///
    /// @return null for a damaged one
    static TcpSegment parse(Ipv4 packet) {
        ByteBuffer bytes = packet.payload();
        if (bytes.remaining() < HEADER || !packet.payloadIsIntact()) {
            return null;
        }
        int header = (bytes.get(12) >> 4 & 15) * 4;
        if (header < HEADER || header > bytes.remaining()) {
            return null;
        }
        return new TcpSegment(bytes.getShort(0) & 0xffff, bytes.getShort(2) & 0xffff, bytes.getInt(4), bytes.getInt(8),
                bytes.get(13) & FLAGS, bytes.getShort(14) & 0xffff, largest(bytes.slice(HEADER, header - HEADER)),
                bytes.slice(header, bytes.remaining() - header));
    }

    private static int largest(ByteBuffer options) {
        int at = 0;
        while (at < options.limit() && options.get(at) != OPTION_END) {
            if (options.get(at) == OPTION_NOTHING) {
                at++;
                continue;
            }
            int length = at + 1 < options.limit() ? options.get(at + 1) & 0xff : 0;
            if (length < 2 || at + length > options.limit()) {
                break;
            }
            if (options.get(at) == OPTION_LARGEST && length == OPTION_LARGEST_LENGTH) {
                return options.getShort(at + 2) & 0xffff;
            }
            at += length;
        }
        return 0;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /// The segment in a packet from and to these addresses.
    ByteBuffer packet(int source, int destination) {
        int options = largest == 0 ? 0 : OPTION_LARGEST_LENGTH;
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + options + data.remaining());
        bytes.putShort((short) sourcePort).putShort((short) destinationPort).putInt(sequence).putInt(acknowledged);
        bytes.put((byte) ((HEADER + options) / 4 << 4)).put((byte) flags).putShort((short) window).putInt(0);
        if (options != 0) {
            bytes.put((byte) OPTION_LARGEST).put((byte) OPTION_LARGEST_LENGTH).putShort((short) largest);
        }
        bytes.put(data.duplicate()).flip();
        bytes.putShort(16, (short) Checksum.of(Checksum.sum(bytes)
                + Checksum.pseudoHeader(Ipv4.TCP, source, destination, bytes.limit())));
        return Ipv4.build(Ipv4.TCP, source, destination, bytes);
    }
}
