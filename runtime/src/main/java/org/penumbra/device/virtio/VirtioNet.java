// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import org.penumbra.snapshot.State;

/// A virtio network card (virtio 1.2, section 5.1) with one pair of queues and no offloads.
public final class VirtioNet implements VirtioDevice {
    static final long F_MAC = 1L << 5;
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;
    /// Of a frame in a buffer: all zero but for the number of buffers, which is one.
    static final int HEADER = 12;
    /// The same for drivers of before virtio 1.0, which do not have the number of buffers (section 5.1.6.1).
    static final int LEGACY_HEADER = 10;

    private static final int MAC_LENGTH = 6;
    private static final int BUFFERS_OFFSET = 10;

    private final Network network;
    private int headerLength = HEADER;

    public VirtioNet(Network network) {
        this.network = network;
    }

    @Override
    public int id() {
        return 1;
    }

    @Override
    public long features() {
        return F_MAC;
    }

    @Override
    public int queues() {
        return 2;
    }

    @Override
    public long configuration(int offset, int size) {
        long value = 0;
        for (int i = Math.min(size, MAC_LENGTH - offset) - 1; i >= 0; i--) {
            value = value << 8 | network.cardAddress() >> 8 * (MAC_LENGTH - 1 - offset - i) & 0xff;
        }
        return value;
    }

    @Override
    public boolean ready(int queue) {
        return queue == TRANSMIT || network.hasFrame();
    }

    @Override
    public void negotiated(boolean modern) {
        headerLength = modern ? HEADER : LEGACY_HEADER;
    }

    @Override
    public long process(int queue, VirtioRequest request) {
        if (queue == TRANSMIT) {
            long length = request.readableLength() - headerLength;
            if (length > 0 && length <= Network.LARGEST_FRAME) {
                byte[] frame = new byte[(int) length];
                request.read(headerLength, frame, 0, frame.length);
                network.send(frame);
            }
            return 0;
        }
        byte[] frame = network.take();
        if (frame == null || frame.length > request.writableLength() - headerLength) {
            return 0; // lost
        }
        byte[] header = new byte[HEADER];
        header[BUFFERS_OFFSET] = 1;
        request.write(0, header, 0, headerLength);
        request.write(headerLength, frame, 0, frame.length);
        return headerLength + frame.length;
    }

    @Override
    public void reset() {
        network.reset();
    }

    /// Connections cannot continue after a snapshot: the guest finds them reset.
    @Override
    public void transfer(State state) {
        if (state.restores()) {
            network.restore(state.array(new long[0]));
        } else {
            state.array(network.connections());
        }
    }
}
