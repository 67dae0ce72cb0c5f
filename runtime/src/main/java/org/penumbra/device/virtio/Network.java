// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.io.Closeable;

/// What a network card is plugged into. The machine's thread calls it; nothing here blocks
/// but [#connections], briefly.
public interface Network extends Closeable {
    /// The largest frame, in bytes, without a checksum.
    int LARGEST_FRAME = 1514;

    /// The card's hardware address, in the low 48 bits.
    long cardAddress();

    /// Takes a frame from the card, or loses it.
    void send(byte[] frame);

    /// Whether there is a frame for the card.
    boolean hasFrame();

    /// The next frame for the card; it need not fit the largest.
    byte[] take();

    /// The card was reset: what was under way is lost.
    void reset();

    /// What a snapshot keeps of the guest's connections, for [#restore]. Waits, briefly, for frames of the card to be
    /// seen to.
    long[] connections();

    /// The card continues as it was at a snapshot. Connections are gone, which the guest is told.
    ///
    /// @param connections as from [#connections]
    void restore(long[] connections);

    /// Says whom to call, on any thread, when a frame has come for the card.
    void whenFrameArrives(Runnable call);

    @Override
    void close();
}
