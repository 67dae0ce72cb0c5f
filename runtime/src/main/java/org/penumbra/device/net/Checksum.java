// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.nio.ByteBuffer;

/// The checksum of the Internet protocols (RFC 1071): the complement of the sum of 16-bit words in ones' complement.
final class Checksum {
    private Checksum() {
    }

    /// Sums what lies between position and limit, which stay.
    static long sum(ByteBuffer bytes) {
        long sum = 0;
        int at = bytes.position();
        for (; at + 1 < bytes.limit(); at += 2) {
            sum += bytes.getShort(at) & 0xffff;
        }
        return at < bytes.limit() ? sum + ((bytes.get(at) & 0xff) << 8) : sum;
    }

    /// Sums the pseudo header that TCP and UDP checksums cover.
    static long pseudoHeader(int protocol, int source, int destination, int length) {
        return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
    }

    /// The checksum of a sum. It is 0 for bytes that contain their own checksum, if that is right.
    static int of(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) ~folded & 0xffff;
    }
}
