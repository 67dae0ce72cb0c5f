// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A DHCP server (RFC 2131) with one address to give.
final class Dhcp {
    static final int SERVER_PORT = 67;
    static final int CLIENT_PORT = 68;
    static final int DISCOVER = 1;
    static final int OFFER = 2;
    static final int REQUEST = 3;
    static final int ACK = 5;
    static final int NAK = 6;
    static final int INFORM = 8;

    static final int OPTIONS = 240;
    static final int OPTION_MESSAGE_TYPE = 53;
    static final int OPTION_REQUESTED_ADDRESS = 50;

    private static final int COOKIE = 0x6382_5363;
    private static final int CLIENT_ADDRESS = 12;
    private static final int OPTION_PAD = 0;
    private static final int OPTION_END = 255;
    private static final int LEASE_SECONDS = 86_400;
    private static final int REPLY_LENGTH = 300;

    private Dhcp() {
    }

    /// The answer to a client's message.
    ///
    /// @return null where there is none
    static ByteBuffer answer(ByteBuffer message) {
        if (message.remaining() < OPTIONS || message.get(0) != 1 || message.getInt(236) != COOKIE) {
            return null;
        }
        int answer = switch (option(message, OPTION_MESSAGE_TYPE, 1)) {
            case DISCOVER -> OFFER;
            case REQUEST -> isOurs(message) ? ACK : NAK;
            case INFORM -> ACK;
            default -> 0;
        };
        return answer == 0 ? null : reply(message, answer);
    }

    /// Whether what the client wants, or has, is the one address there is.
    private static boolean isOurs(ByteBuffer message) {
        int requested = option(message, OPTION_REQUESTED_ADDRESS, 4);
        int address = requested != 0 ? requested : message.getInt(CLIENT_ADDRESS);
        return address == Addresses.GUEST || address == 0;
    }

    private static ByteBuffer reply(ByteBuffer message, int type) {
        ByteBuffer reply = ByteBuffer.allocate(REPLY_LENGTH);
        reply.put((byte) 2).put((byte) 1).put((byte) Addresses.MAC_LENGTH).put((byte) 0);
        reply.putInt(message.getInt(4)); // transaction
        reply.position(CLIENT_ADDRESS).putInt(0);
        reply.putInt(type == NAK ? 0 : Addresses.GUEST).putInt(Addresses.GATEWAY);
        reply.put(28, message, 28, 16); // hardware address
        reply.position(236).putInt(COOKIE);
        reply.put((byte) OPTION_MESSAGE_TYPE).put((byte) 1).put((byte) type);
        address(reply, 54, Addresses.GATEWAY); // server
        if (type != NAK) {
            address(reply, 1, Addresses.MASK);
            address(reply, 3, Addresses.GATEWAY); // router
            address(reply, 6, Addresses.NAME_SERVER);
            address(reply, 51, LEASE_SECONDS);
            byte[] name = "penumbra".getBytes(StandardCharsets.US_ASCII);
            reply.put((byte) 12).put((byte) name.length).put(name);
        }
        reply.put((byte) OPTION_END);
        return reply.rewind();
    }

    private static void address(ByteBuffer reply, int option, int value) {
        reply.put((byte) option).put((byte) 4).putInt(value);
    }

    /// The value of an option of the given length, 0 if it is missing.
    static int option(ByteBuffer message, int wanted, int length) {
        int at = OPTIONS;
        while (at < message.limit()) {
            int option = message.get(at) & 0xff;
            if (option == OPTION_PAD) {
                at++;
                continue;
            }
            if (option == OPTION_END || at + 1 >= message.limit()) {
                break;
            }
            int size = message.get(at + 1) & 0xff;
            if (at + 2 + size > message.limit()) {
                break;
            }
            if (option == wanted && size == length) {
                return length == 1 ? message.get(at + 2) & 0xff : message.getInt(at + 2);
            }
            at += 2 + size;
        }
        return 0;
    }
}
