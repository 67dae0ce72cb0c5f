// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.device.virtio.QueueDriver.*;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.snapshot.StateReader;
import org.penumbra.snapshot.StateWriter;

final class VirtioNetTest {
    private final Deque<byte[]> incoming = new ArrayDeque<>();
    private final List<byte[]> sent = new ArrayList<>();
    private int resets;
    private long[] connections = new long[0];
    private long[] restored;

    private QueueDriver driver(int queue) {
        return new QueueDriver(new VirtioNet(new Network() {
            @Override
            public long cardAddress() {
                return 0x5254_0012_3456L;
            }

            @Override
            public void send(byte[] frame) {
                sent.add(frame);
            }

            @Override
            public boolean hasFrame() {
                return !incoming.isEmpty();
            }

            @Override
            public byte[] take() {
                return incoming.poll();
            }

            @Override
            public void reset() {
                resets++;
            }

            @Override
            public long[] connections() {
                return connections;
            }

            @Override
            public void restore(long[] saved) {
                restored = saved;
            }

            @Override
            public void whenFrameArrives(Runnable call) {
            }

            @Override
            public void close() {
            }
        })).start(queue);
    }

    @Test
    void addressIsInTheConfiguration() {
        QueueDriver driver = driver(VirtioNet.RECEIVE);
        int[] address = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0, 0};
        for (int i = 0; i < address.length; i++) {
            assertEquals(address[i], driver.mmio.read(VirtioMmio.CONFIG + i, 1));
        }
        assertEquals(0x1200_5452L, driver.mmio.read(VirtioMmio.CONFIG, 4));
        assertEquals(0x5634, driver.mmio.read(VirtioMmio.CONFIG + 4, 2));
        assertTrue(resets > 0, "the driver resets the card first");
    }

    @Test
    void framesComeWithAHeader() {
        QueueDriver driver = driver(VirtioNet.RECEIVE);
        driver.descriptor(0, buffer(0), 1600, WRITE, 0);
        driver.submit(0);
        assertEquals(0, driver.used());
        incoming.add(new byte[] {1, 2, 3});
        driver.mmio.poll();
        assertEquals(1, driver.used());
        assertEquals(VirtioNet.HEADER + 3, driver.usedLength(0));
        assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 3},
                Arrays.copyOfRange(driver.ram.bytes, at(buffer(0)), at(buffer(0)) + 15));
        assertTrue(driver.wire.up);
    }

    /// Virtio 1.2, section 5.1.6.1: without VIRTIO_F_VERSION_1 the header has no number of buffers.
    @Test
    void driversOfBeforeVirtio1HaveAShorterHeader() {
        QueueDriver driver = driver(VirtioNet.RECEIVE);
        driver.set(VirtioMmio.STATUS, 0);
        driver.set(VirtioMmio.STATUS, 3);
        driver.set(VirtioMmio.DRIVER_FEATURES, VirtioNet.F_MAC);
        driver.set(VirtioMmio.STATUS, 11);
        driver.set(VirtioMmio.QUEUE_SEL, VirtioNet.RECEIVE);
        driver.place();
        driver.set(VirtioMmio.STATUS, 15);
        driver.descriptor(0, buffer(0), 1600, WRITE, 0);
        driver.submit(0);
        incoming.add(new byte[] {1, 2, 3});
        driver.mmio.poll();
        assertEquals(13, driver.usedLength(0));
        assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3},
                Arrays.copyOfRange(driver.ram.bytes, at(buffer(0)), at(buffer(0)) + 13));
    }

    @Test
    void framesThatDoNotFitAreLost() {
        QueueDriver driver = driver(VirtioNet.RECEIVE);
        driver.descriptor(0, buffer(0), 13, WRITE, 0);
        driver.descriptor(1, buffer(0), 2, WRITE, 0);
        incoming.add(new byte[2]);
        incoming.add(new byte[2]);
        driver.submit(0);
        driver.submit(1);
        assertEquals(2, driver.used());
        assertEquals(0, driver.usedLength(0));
        assertEquals(0, driver.usedLength(1));
        assertTrue(incoming.isEmpty());
    }

    @Test
    void framesAreSentWithoutTheirHeader() {
        QueueDriver driver = driver(VirtioNet.TRANSMIT);
        driver.ram.write(buffer(0) + VirtioNet.HEADER, new byte[] {4, 5, 6}, 0, 3);
        driver.descriptor(0, buffer(0), VirtioNet.HEADER + 3, 0, 0);
        driver.submit(0);
        assertEquals(1, sent.size());
        assertArrayEquals(new byte[] {4, 5, 6}, sent.getFirst());
        for (int length : new int[] {0, 1, VirtioNet.HEADER, VirtioNet.HEADER + Network.LARGEST_FRAME + 1, 4096}) {
            driver.descriptor(0, buffer(0), length, 0, 0);
            driver.submit(0);
        }
        assertEquals(1, sent.size(), "what is no frame goes nowhere");
        assertEquals(6, driver.used());
    }

    @Test
    void connectionsAreInItsState() {
        connections = new long[] {1, -1, 3};
        VirtioMmio card = driver(VirtioNet.RECEIVE).mmio;
        var state = new StateWriter();
        card.transfer(state);
        connections = new long[0];
        driver(VirtioNet.RECEIVE).mmio.transfer(new StateReader(state.toByteArray()));
        assertArrayEquals(new long[] {1, -1, 3}, restored);
    }
}
