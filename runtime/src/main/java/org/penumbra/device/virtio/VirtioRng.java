// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.penumbra.snapshot.State;

/// A virtio entropy device (virtio 1.2, section 5.4). With a seeded generator the guest sees the same bytes in every
/// run.
public final class VirtioRng implements VirtioDevice {
    /// A request gets no more than this, in bytes, so that a guest cannot hold up the machine.
    private static final int MOST = 1 << 16;

    private final Supplier<RandomGenerator> source;
    private RandomGenerator generator;
    /// Numbers of 64 bits taken since [#restart]: a generator tells nothing of its state.
    private long drawn;

    /// @param source makes a generator, the same each time where the bytes are to be
    public VirtioRng(Supplier<RandomGenerator> source) {
        this.source = source;
        restart();
    }

    /// Begins with a generator as new; a reset by the driver goes on with the old one.
    public void restart() {
        generator = source.get();
        drawn = 0;
    }

    @Override
    public int id() {
        return 4;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queues() {
        return 1;
    }

    @Override
    public long configuration(int offset, int size) {
        return 0;
    }

    @Override
    public long process(int queue, VirtioRequest request) {
        byte[] bytes = new byte[(int) Math.min(request.writableLength(), MOST)];
        long number = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (i % Long.BYTES == 0) {
                number = generator.nextLong();
                drawn++;
            }
            bytes[i] = (byte) number;
            number >>>= Byte.SIZE;
        }
        request.write(0, bytes, 0, bytes.length);
        return bytes.length;
    }

    @Override
    public void transfer(State state) {
        long taken = state.number(drawn);
        if (state.restores()) {
            restart();
            for (; drawn < taken; drawn++) {
                generator.nextLong();
            }
        }
    }
}
