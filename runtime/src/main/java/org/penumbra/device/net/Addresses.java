// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

/// The guest's little network, with the addresses of QEMU's user-mode network: 10.0.2.0/24, where the gateway is the
/// host's loopback and 10.0.2.3 the host's name server. IPv4 addresses are numbers in network order.
final class Addresses {
    static final int NETWORK = address(10, 0, 2, 0);
    static final int MASK = address(255, 255, 255, 0);
    static final int GATEWAY = address(10, 0, 2, 2);
    static final int NAME_SERVER = address(10, 0, 2, 3);
    static final int GUEST = address(10, 0, 2, 15);
    static final int BROADCAST = address(255, 255, 255, 255);

    /// The MAC address that the gateway, the name server and all hosts beyond share.
    static final long HOST_MAC = 0x5255_0a00_0202L;
    static final int MAC_LENGTH = 6;

    private Addresses() {
    }

    static int address(int a, int b, int c, int d) {
        return a << 24 | b << 16 | c << 8 | d;
    }

    static boolean isLocal(int address) {
        return (address & MASK) == NETWORK;
    }

    /// Whether an address is one that a host on a network may have: not 0/8, loopback, multicast or above.
    static boolean isUnicast(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    static byte[] bytes(int address) {
        return new byte[] {(byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address};
    }
}
