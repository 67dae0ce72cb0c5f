// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.net;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/// One TCP connection: towards the guest the other end of it (RFC 9293), towards the host a socket.
///
/// What the socket gives waits in a buffer until the guest has acknowledged it, what the guest sends until the socket
/// takes it; neither side is asked for more than the buffers hold. The link loses nothing, so what arrives out of order
/// is left to be sent again, and times for sending again are short.
final class TcpConnection implements UserStack.Channel {
    /// Bytes kept for either side; the window needs no scaling then.
    static final int BUFFER = 65_535;

    private static final int LARGEST = Ipv4.LARGEST - Ipv4.HEADER - 20;
    private static final int LARGEST_UNSAID = 536;
    private static final int LEAST = 88;
    private static final long FIRST_TIMEOUT_MILLIS = 500;
    private static final long LAST_TIMEOUT_MILLIS = 8_000;
    private static final int MOST_TRIES = 10;
    /// Time without an answer after which a call is dropped silently. A guest that still wants the connection sends its
    /// SYN again, which starts a new call; one that has given up frees its slot.
    private static final long CALL_MILLIS = 30_000;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private enum State {
        /// The host connects for the guest.
        CALLING,
        /// The guest is asked to accept.
        ASKING,
        /// The guest has been told that the host is connected.
        ANSWERED,
        OPEN,
        CLOSED
    }

    private final TcpConnections all;
    private final TcpConnections.Ends ends;
    private final SocketChannel channel;
    private final SelectionKey key;
    private State state;
    private int largest = LARGEST_UNSAID;

    /// From the socket to the guest, ready to be read: the first byte has the sequence number [#unacknowledged].
    private final ByteBuffer toGuest = ByteBuffer.allocate(BUFFER).flip();
    private int unacknowledged;
    private int nextToSend;
    /// The end of what has ever been sent; sending again starts over from [#unacknowledged].
    private int highest;
    private int guestWindow;
    private boolean hostEnded;
    private boolean endSent;
    private boolean endAcknowledged;

    /// From the guest to the socket, ready to be read.
    private final ByteBuffer toHost = ByteBuffer.allocate(BUFFER).flip();
    private int expected;
    private boolean guestEnded;
    private boolean outputShut;

    private long timer = Long.MAX_VALUE;
    private int tries;

    TcpConnection(TcpConnections all, TcpConnections.Ends ends, SocketChannel channel, int sequence)
            throws IOException {
        this.all = all;
        this.ends = ends;
        this.channel = channel;
        this.unacknowledged = sequence;
        this.nextToSend = sequence;
        this.highest = sequence;
        this.key = channel.register(all.stack().selector(), 0, this);
    }

    TcpConnections.Ends ends() {
        return ends;
    }

    /// Whether the guest may take it for open.
    boolean isKnownToGuest() {
        return state == State.ANSWERED || state == State.OPEN;
    }

    /// The number of something the guest has had.
    int oldSequence() {
        return unacknowledged - 1;
    }

    /// The number of what is expected from the guest.
    int expected() {
        return expected;
    }

    /// Asks the guest to accept what came in at a forwarded port.
    void open() {
        state = State.ASKING;
        nextToSend = unacknowledged + 1;
        sendSyn();
    }

    /// The guest calls.
    ///
    /// @param connected whether the host is connected already
    void called(TcpSegment syn, boolean connected) {
        expected = syn.sequence() + 1;
        learn(syn);
        state = State.CALLING;
        if (connected) {
            answer();
        } else {
            key.interestOps(SelectionKey.OP_CONNECT);
            timer = all.stack().millis() + CALL_MILLIS;
        }
    }

    private void learn(TcpSegment syn) {
        guestWindow = syn.window();
        largest = Math.clamp(syn.largest() == 0 ? LARGEST_UNSAID : syn.largest(), LEAST, LARGEST);
    }

    private void answer() {
        state = State.ANSWERED;
        nextToSend = unacknowledged + 1;
        sendSyn();
    }

    private void sendSyn() {
        int flags = state == State.ASKING ? TcpSegment.SYN : TcpSegment.SYN | TcpSegment.ACK;
        all.send(ends, unacknowledged, state == State.ASKING ? 0 : expected, flags, BUFFER, LARGEST, NOTHING);
        startTimer();
    }

    /// Whether a SYN opens a new connection between the ends of this one, rather than being a repetition.
    boolean isOlderThan(TcpSegment syn) {
        return state != State.ASKING && syn.sequence() + 1 != expected;
    }

    /// Takes a segment from the guest.
    void receive(TcpSegment segment) {
        if (segment.has(TcpSegment.RST)) {
            boolean meant = state == State.ASKING ? segment.acknowledged() == nextToSend
                    : segment.sequence() - expected >= 0 && segment.sequence() - expected <= BUFFER;
            if (meant) {
                drop();
            }
            return;
        }
        switch (state) {
            case CALLING -> { } // the SYN again
            case ASKING -> accepted(segment);
            case ANSWERED -> {
                if (segment.has(TcpSegment.SYN)) {
                    sendSyn();
                } else if (segment.has(TcpSegment.ACK) && segment.acknowledged() == nextToSend) {
                    established(segment);
                    carry(segment);
                } else {
                    all.refuse(segment, ends);
                }
            }
            case OPEN -> carry(segment);
            case CLOSED -> { }
        }
    }

    private void accepted(TcpSegment segment) {
        if (!segment.has(TcpSegment.ACK) || segment.acknowledged() != nextToSend) {
            all.refuse(segment, ends);
        } else if (segment.has(TcpSegment.SYN)) {
            expected = segment.sequence() + 1;
            learn(segment);
            established(segment);
            acknowledge();
        }
    }

    private void established(TcpSegment segment) {
        state = State.OPEN;
        unacknowledged = nextToSend;
        highest = nextToSend;
        guestWindow = segment.window();
        stopTimer();
        interest();
    }

    private void carry(TcpSegment segment) {
        if (segment.has(TcpSegment.SYN) || !segment.has(TcpSegment.ACK)) {
            acknowledge(); // RFC 5961: a peer that means it will reset
            return;
        }
        acknowledged(segment);
        take(segment);
        goOn();
    }

    /// Sees to what has become possible.
    private void goOn() {
        if (guestEnded && endAcknowledged && !toHost.hasRemaining()) {
            drop(); // both sides have ended and know it
        } else {
            sendData();
            interest();
        }
    }

    private void acknowledged(TcpSegment segment) {
        int count = segment.acknowledged() - unacknowledged;
        if (count < 0 || count > highest - unacknowledged) {
            return;
        }
        if (guestWindow == 0 && count == 0) {
            nextToSend = unacknowledged; // what was sent into the closed window was thrown away
            endSent &= segment.window() == 0; // and the end, which waits for its time while the window is closed
        }
        guestWindow = segment.window();
        tries = 0; // the guest lives
        if (count > 0) {
            endAcknowledged |= count > toGuest.remaining(); // the end counts one
            toGuest.position(toGuest.position() + Math.min(count, toGuest.remaining()));
            unacknowledged = segment.acknowledged();
            if (nextToSend - unacknowledged < 0) {
                nextToSend = unacknowledged;
            }
            endSent &= nextToSend - unacknowledged > toGuest.remaining();
            stopTimer();
            if (unacknowledged != nextToSend) {
                startTimer();
            }
        }
    }

    /// Takes the data that comes next. An empty segment is acknowledged if it is old: it asks whether we are there or
    /// have room (RFC 9293, section 3.10.7.4). An answer to our acknowledgement never is, so that this ends.
    private void take(TcpSegment segment) {
        ByteBuffer data = segment.data().duplicate();
        int skip = expected - segment.sequence();
        boolean end = segment.has(TcpSegment.FIN);
        if (!data.hasRemaining() && !end && skip <= 0) {
            return;
        }
        if (skip >= 0 && skip <= data.remaining() && !guestEnded) {
            data.position(data.position() + skip);
            int count = Math.min(data.remaining(), room(toHost));
            boolean whole = count == data.remaining();
            append(toHost, data.limit(data.position() + count));
            expected += count;
            if (end && whole) {
                expected++;
                guestEnded = true;
            }
            if (!writeToHost()) {
                return;
            }
        }
        acknowledge();
    }

    private static int room(ByteBuffer buffer) {
        return buffer.capacity() - buffer.remaining();
    }

    private static void append(ByteBuffer buffer, ByteBuffer data) {
        buffer.compact().put(data).flip();
    }

    private void acknowledge() {
        all.send(ends, nextToSend, expected, TcpSegment.ACK, room(toHost), 0, NOTHING);
    }

    /// @return false if the socket is broken, and with it the connection
    private boolean writeToHost() {
        try {
            if (toHost.hasRemaining()) {
                channel.write(toHost);
            }
            if (guestEnded && !toHost.hasRemaining() && !outputShut) {
                outputShut = true;
                channel.shutdownOutput();
            }
            return true;
        } catch (IOException broken) {
            abort();
            return false;
        }
    }

    @Override
    public void ready() {
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(0);
                answer();
                return;
            }
            if (key.isWritable()) {
                int before = room(toHost);
                if (!writeToHost()) {
                    return;
                }
                if (before < BUFFER / 2 && room(toHost) >= BUFFER / 2) {
                    acknowledge(); // the window has opened
                }
            }
            if (key.isReadable()) {
                toGuest.compact();
                int count;
                try {
                    count = channel.read(toGuest);
                } finally {
                    toGuest.flip();
                }
                hostEnded |= count < 0;
            }
            goOn();
        } catch (IOException refused) {
            if (state == State.CALLING) {
                all.send(ends, 0, expected, TcpSegment.RST | TcpSegment.ACK, 0, 0, NOTHING);
                drop();
            } else {
                abort();
            }
        }
    }

    /// Sends what the guest's window takes, and the end after everything else.
    private void sendData() {
        if (state != State.OPEN) {
            return;
        }
        while (true) {
            int sent = nextToSend - unacknowledged;
            int count = Math.min(Math.min(toGuest.remaining() - sent, guestWindow - sent), largest);
            if (endSent || endAcknowledged || count <= 0) {
                break;
            }
            sendPart(sent, count);
        }
        if (hostEnded && !endSent && !endAcknowledged && nextToSend - unacknowledged == toGuest.remaining()) {
            all.send(ends, nextToSend, expected, TcpSegment.FIN | TcpSegment.ACK, room(toHost), 0, NOTHING);
            endSent = true;
            sent(1);
            startTimer();
        } else if (timer == Long.MAX_VALUE && toGuest.hasRemaining()) {
            startTimer(); // the guest's window is closed: ask now and then
        }
    }

    private void sendPart(int from, int count) {
        ByteBuffer part = toGuest.slice(toGuest.position() + from, count);
        all.send(ends, nextToSend, expected, TcpSegment.ACK | TcpSegment.PSH, room(toHost), 0, part);
        sent(count);
        if (timer == Long.MAX_VALUE) {
            startTimer();
        }
    }

    private void sent(int count) {
        nextToSend += count;
        if (nextToSend - highest > 0) {
            highest = nextToSend;
        }
    }

    private void interest() {
        if (!key.isValid() || state != State.OPEN) {
            return;
        }
        key.interestOps((hostEnded || room(toGuest) == 0 ? 0 : SelectionKey.OP_READ)
                | (toHost.hasRemaining() ? SelectionKey.OP_WRITE : 0));
    }

    private void startTimer() {
        timer = all.stack().millis() + Math.min(FIRST_TIMEOUT_MILLIS << Math.min(tries, 8), LAST_TIMEOUT_MILLIS);
    }

    private void stopTimer() {
        timer = Long.MAX_VALUE;
        tries = 0;
    }

    long millisToTimer() {
        return timer == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, timer - all.stack().millis());
    }

    /// Sends again, from what is not acknowledged, when the time for that has come.
    void expire() {
        if (millisToTimer() > 0) {
            return;
        }
        if (state == State.CALLING) {
            drop();
        } else if (++tries > MOST_TRIES) {
            abort();
        } else if (state == State.OPEN) {
            nextToSend = unacknowledged;
            endSent = false;
            startTimer();
            sendData();
            if (nextToSend == unacknowledged && toGuest.hasRemaining()) {
                sendPart(0, 1); // into the closed window, to hear of its state (section 3.8.6.1)
            }
        } else {
            sendSyn();
        }
    }

    /// Tells the guest that the connection is broken, and ends it.
    private void abort() {
        all.send(ends, nextToSend, expected, TcpSegment.RST | TcpSegment.ACK, 0, 0, NOTHING);
        drop();
    }

    /// Ends the connection without another word to the guest. The host's side hears of a reset, unless it has had all
    /// of what the guest sent, and its end: a mere end would make a part look like the whole.
    void drop() {
        state = State.CLOSED;
        timer = Long.MAX_VALUE;
        all.forget(this);
        if (!outputShut) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException _) {
                // It is closed, or was never connected.
            }
        }
        TcpConnections.closeQuietly(channel);
    }
}
