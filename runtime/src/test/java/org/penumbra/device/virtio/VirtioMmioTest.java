// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.penumbra.device.virtio.QueueDriver.*;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.penumbra.device.Ram;
import org.penumbra.snapshot.State;

/// The transport and the queue, driven through the entropy device and one that echoes.
final class VirtioMmioTest {
    /// Copies what it reads to what it writes.
    private static final class Echo implements VirtioDevice {
        int requests;

        @Override
        public int id() {
            return 42;
        }

        @Override
        public long features() {
            return 6;
        }

        @Override
        public int queues() {
            return 1;
        }

        @Override
        public long configuration(int offset, int size) {
            return 100L * offset + size;
        }

        @Override
        public long process(int queue, VirtioRequest request) {
            requests++;
            byte[] bytes = new byte[(int) Math.min(Math.min(request.readableLength(), request.writableLength()), 1 << 16)];
            request.read(0, bytes, 0, bytes.length);
            request.write(0, bytes, 0, bytes.length);
            return bytes.length;
        }

        @Override
        public void transfer(State state) {
            requests = state.number(requests);
        }
    }

    private final Echo echo = new Echo();
    private final QueueDriver driver = new QueueDriver(echo);

    private void fill(long gpa, int length, int first) {
        for (int i = 0; i < length; i++) {
            driver.ram.bytes[at(gpa) + i] = (byte) (first + i);
        }
    }

    private byte[] bytes(long gpa, int length) {
        return Arrays.copyOfRange(driver.ram.bytes, at(gpa), at(gpa) + length);
    }

    @Test
    void theDeviceIntroducesItself() {
        assertEquals(0x7472_6976, driver.get(VirtioMmio.MAGIC_VALUE));
        assertEquals(2, driver.get(VirtioMmio.VERSION));
        assertEquals(42, driver.get(VirtioMmio.DEVICE_ID));
        assertEquals(256, driver.get(VirtioMmio.QUEUE_NUM_MAX));
        driver.set(VirtioMmio.QUEUE_SEL, 1);
        assertEquals(0, driver.get(VirtioMmio.QUEUE_NUM_MAX));
        driver.set(VirtioMmio.DEVICE_FEATURES_SEL, 0);
        assertEquals(6 | 1 << 28, driver.get(VirtioMmio.DEVICE_FEATURES));
        driver.set(VirtioMmio.DEVICE_FEATURES_SEL, 1);
        assertEquals(1, driver.get(VirtioMmio.DEVICE_FEATURES));
        driver.set(VirtioMmio.DEVICE_FEATURES_SEL, 2);
        assertEquals(0, driver.get(VirtioMmio.DEVICE_FEATURES));
        assertEquals(302, driver.mmio.read(VirtioMmio.CONFIG + 3, 2));
        assertEquals(0, driver.mmio.read(VirtioMmio.MAGIC_VALUE, 1));
        assertEquals(0xffff_ffffL, driver.get(VirtioMmio.SHM_LEN_LOW));
    }

    @Test
    void featuresNotOfferedAreNotAccepted() {
        driver.set(VirtioMmio.STATUS, 3);
        driver.set(VirtioMmio.DRIVER_FEATURES_SEL, 1);
        driver.set(VirtioMmio.DRIVER_FEATURES, 3);
        driver.set(VirtioMmio.STATUS, 11);
        assertEquals(3, driver.get(VirtioMmio.STATUS));
        driver.set(VirtioMmio.DRIVER_FEATURES, 1);
        driver.set(VirtioMmio.STATUS, 11);
        assertEquals(11, driver.get(VirtioMmio.STATUS));
    }

    /// As QEMU serves them: they never see that there is more.
    @Test
    void driversThatKnowOnlyTheLowerWordOfFeaturesAreServed() {
        driver.set(VirtioMmio.STATUS, 3);
        driver.set(VirtioMmio.DRIVER_FEATURES, 0xff);
        driver.set(VirtioMmio.STATUS, 11);
        assertEquals(11, driver.get(VirtioMmio.STATUS));
        driver.place();
        driver.set(VirtioMmio.STATUS, 15);
        fill(buffer(0), 4, 1);
        driver.descriptor(0, buffer(0), 4, NEXT, 1);
        driver.descriptor(1, buffer(1), 4, WRITE, 0);
        driver.submit(0);
        assertArrayEquals(bytes(buffer(0), 4), bytes(buffer(1), 4));
    }

    /// Virtio 1.2, section 4.2.4: the parts of a queue lie one after the other. The driver does not look at the version.
    @Test
    void legacyDriversPlaceTheirQueueByThePage() {
        driver.set(VirtioMmio.STATUS, 3);
        driver.set(VirtioMmio.DRIVER_FEATURES, 0);
        driver.set(VirtioMmio.GUEST_PAGE_SIZE, 4096);
        driver.set(VirtioMmio.QUEUE_NUM, SIZE);
        driver.set(VirtioMmio.QUEUE_ALIGN, 0x800);
        driver.set(VirtioMmio.QUEUE_PFN, DESCRIPTORS >>> 12);
        assertEquals(DESCRIPTORS >>> 12, driver.get(VirtioMmio.QUEUE_PFN));
        driver.set(VirtioMmio.STATUS, 7);
        driver.descriptor(3, buffer(1), 4, WRITE, 0);
        long available = DESCRIPTORS + 16 * SIZE;
        driver.view.putShort(at(available) + 4, (short) 3);
        driver.view.putShort(at(available) + 2, (short) 1);
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        assertEquals(1, driver.view.getShort(at(DESCRIPTORS) + 0x800 + 2), "the used index");
        assertEquals(3, driver.view.getInt(at(DESCRIPTORS) + 0x800 + 4));
        driver.set(VirtioMmio.QUEUE_PFN, 0);
        assertEquals(0, driver.get(VirtioMmio.QUEUE_PFN));
    }

    /// Linux and U-Boot write the page size once, before they reset the device.
    @Test
    void thePageSizeOutlivesAReset() {
        driver.set(VirtioMmio.GUEST_PAGE_SIZE, 4096);
        driver.set(VirtioMmio.STATUS, 0);
        driver.set(VirtioMmio.QUEUE_NUM, SIZE);
        driver.set(VirtioMmio.QUEUE_PFN, DESCRIPTORS >>> 12);
        assertEquals(DESCRIPTORS >>> 12, driver.get(VirtioMmio.QUEUE_PFN));
    }

    @Test
    void eightBytesAreTwoRegisters() {
        driver.start();
        driver.set(VirtioMmio.QUEUE_READY, 0);
        driver.mmio.write(VirtioMmio.QUEUE_DESC_LOW, 8, 0x1_0000_0000L); // not in RAM
        driver.set(VirtioMmio.QUEUE_READY, 1);
        assertTrue(driver.needsReset());
        assertEquals(0x2_7472_6976L, driver.mmio.read(VirtioMmio.MAGIC_VALUE, 8));
    }

    @Test
    void chainsAreGatheredAndScattered() {
        driver.start();
        fill(buffer(0), 10, 1);
        fill(buffer(1), 20, 11);
        driver.descriptor(5, buffer(0), 10, NEXT, 2);
        driver.descriptor(2, buffer(1), 20, NEXT, 7);
        driver.descriptor(7, buffer(2), 3, NEXT | WRITE, 0);
        driver.descriptor(0, buffer(3), 40, WRITE, 0);
        driver.submit(5);
        assertEquals(1, driver.used());
        assertEquals(5, driver.usedHead(0));
        assertEquals(30, driver.usedLength(0));
        assertArrayEquals(new byte[] {1, 2, 3, 0}, bytes(buffer(2), 4));
        assertArrayEquals(new byte[] {4, 5, 6, 7}, bytes(buffer(3), 4));
        assertEquals(30, bytes(buffer(3), 40)[26]);
        assertEquals(0, bytes(buffer(3), 40)[27]);
        assertTrue(driver.wire.up);
        assertEquals(1, driver.get(VirtioMmio.INTERRUPT_STATUS));
        driver.set(VirtioMmio.INTERRUPT_ACK, 1);
        assertFalse(driver.wire.up);
    }

    @Test
    void indirectTablesAreFollowed() {
        driver.start();
        fill(buffer(0), 8, 1);
        driver.descriptor(3, buffer(5), 32, INDIRECT, 0);
        driver.descriptor(buffer(5), 0, buffer(0), 8, NEXT, 1);
        driver.descriptor(buffer(5), 1, buffer(1), 8, WRITE, 0);
        driver.submit(3);
        assertArrayEquals(bytes(buffer(0), 8), bytes(buffer(1), 8));
        assertEquals(3, driver.usedHead(0));
    }

    @Test
    void theRingsWrapAround() {
        driver.start();
        for (int i = 0; i < 70_000; i++) {
            int head = i % SIZE;
            driver.descriptor(head, buffer(0), 4, WRITE, 0);
            driver.submit(head);
            assertEquals(i + 1 & 0xffff, driver.used());
            assertEquals(head, driver.usedHead(i));
        }
        assertEquals(70_000, echo.requests);
        assertFalse(driver.needsReset());
    }

    /// Small kernels lay them out as their structures come, which QEMU takes.
    @Test
    void theRingsMayLieAtAnyAddress() {
        driver.start();
        driver.set(VirtioMmio.QUEUE_READY, 0);
        driver.set(VirtioMmio.QUEUE_DESC_LOW, DESCRIPTORS + 8);
        driver.set(VirtioMmio.QUEUE_DRIVER_LOW, DRIVER_RING + 1);
        driver.set(VirtioMmio.QUEUE_DEVICE_LOW, DEVICE_RING + 2);
        driver.set(VirtioMmio.QUEUE_READY, 1);
        driver.descriptor(DESCRIPTORS + 8, 3, buffer(0), 4, WRITE, 0);
        driver.view.putShort(at(DRIVER_RING) + 1 + 4, (short) 3).putShort(at(DRIVER_RING) + 1 + 2, (short) 1);
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        assertFalse(driver.needsReset());
        assertEquals(1, driver.view.getShort(at(DEVICE_RING) + 2 + 2), "the used index");
        assertEquals(3, driver.view.getInt(at(DEVICE_RING) + 2 + 4));
    }

    @Test
    void oneNotificationServesAllThatIsAvailable() {
        driver.start();
        for (int i = 0; i < SIZE; i++) {
            driver.descriptor(i, buffer(i), 4, WRITE, 0);
            driver.offer(i);
        }
        assertEquals(0, driver.used());
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        assertEquals(SIZE, driver.used());
        assertEquals(1, driver.wire.rises);
        driver.set(VirtioMmio.QUEUE_NOTIFY, 1);
        driver.set(VirtioMmio.QUEUE_NOTIFY, -1);
        assertEquals(SIZE, driver.used());
    }

    /// One chain of 128 times the same 128 KiB.
    private void describeSixteenMebibytes(int head, int flags) {
        driver.descriptor(head, buffer(5), 128 * 16, INDIRECT, 0);
        for (int i = 0; i < 128; i++) {
            driver.descriptor(buffer(5), i, buffer(8), 128 << 10, flags | (i < 127 ? NEXT : 0), i + 1);
        }
    }

    @Test
    void muchWorkIsDoneInParts() {
        driver.start();
        for (int head = 0; head < 4; head++) {
            describeSixteenMebibytes(head, 0);
            driver.offer(head);
        }
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        assertEquals(1, driver.used());
        assertEquals(1, driver.stalls);
        driver.mmio.poll();
        assertEquals(1, driver.used(), "it is not begun again");
        driver.offer(0); // this one has not been notified of
        assertTrue(driver.mmio.goOn());
        assertTrue(driver.mmio.goOn());
        assertFalse(driver.mmio.goOn());
        assertEquals(4, driver.used());
        assertFalse(driver.mmio.goOn());
        assertEquals(4, driver.used());
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        assertEquals(5, driver.used());
        assertEquals(1, driver.stalls);
        driver.offer(0);
        driver.offer(0);
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        driver.start();
        assertFalse(driver.mmio.goOn(), "a reset forgets it");
        assertEquals(0, driver.used());
    }

    @Test
    void requestsHaveALargestLength() {
        int buffers = 256;
        int length = (int) (VirtioRequest.LARGEST / buffers);
        var request = new VirtioRequest(new Ram(2 * length), buffers);
        for (int i = 0; i < buffers / 2; i++) {
            assertTrue(request.add(Ram.BASE, length, false));
        }
        for (int i = 0; i < buffers / 2 - 1; i++) {
            assertTrue(request.add(Ram.BASE, length, true));
        }
        assertFalse(request.add(Ram.BASE, length + 1, true));
        assertTrue(request.add(Ram.BASE, length, true));
        request.clear();
        assertTrue(request.add(Ram.BASE, 2 * length, true));
    }

    @Test
    void theDriverMayDeclineInterrupts() {
        driver.start();
        driver.view.putShort(at(DRIVER_RING), (short) 1);
        driver.descriptor(0, buffer(0), 4, WRITE, 0);
        driver.submit(0);
        assertEquals(1, driver.used());
        assertFalse(driver.wire.up);
    }

    @Test
    void nothingIsServedBeforeTheDriverIsReady() {
        driver.start();
        driver.set(VirtioMmio.STATUS, 0);
        driver.descriptor(0, buffer(0), 4, WRITE, 0);
        driver.submit(0);
        assertEquals(0, driver.used());
        assertEquals(0, driver.get(VirtioMmio.QUEUE_READY));
        driver.start();
        assertEquals(1, driver.get(VirtioMmio.QUEUE_READY));
        driver.descriptor(0, buffer(0), 4, WRITE, 0);
        driver.submit(0);
        assertEquals(1, driver.used());
    }

    @Test
    void brokenQueuesAskForAResetAndRecoverByIt() {
        Runnable[] faults = {
            () -> driver.descriptor(0, 0x1000, 4, WRITE, 0), // not in RAM
            () -> driver.descriptor(0, Ram.BASE + driver.ram.bytes.length - 4, 8, WRITE, 0), // leaves RAM
            () -> driver.descriptor(0, -4, 8, WRITE, 0), // wraps around
            () -> driver.descriptor(0, buffer(0), 4, NEXT, 0), // loops
            () -> driver.descriptor(0, buffer(0), 4, NEXT, SIZE), // leaves the table
            () -> driver.descriptor(0, buffer(5), 24, INDIRECT, 0), // odd length
            () -> driver.descriptor(0, 0, 16, INDIRECT, 0), // table not in RAM
            () -> { // indirect within indirect
                driver.descriptor(0, buffer(5), 16, INDIRECT, 0);
                driver.descriptor(buffer(5), 0, buffer(5), 16, INDIRECT, 0);
            },
            () -> { // readable after writable
                driver.descriptor(0, buffer(0), 4, NEXT | WRITE, 1);
                driver.descriptor(1, buffer(0), 4, 0, 0);
            },
        };
        for (Runnable fault : faults) {
            driver.start();
            fault.run();
            driver.submit(0);
            assertTrue(driver.needsReset());
            assertEquals(VirtioMmio.CONFIGURATION_CHANGE, driver.get(VirtioMmio.INTERRUPT_STATUS));
            driver.set(VirtioMmio.STATUS, 15);
            assertTrue(driver.needsReset(), "only a reset clears it");
            driver.descriptor(1, buffer(0), 4, WRITE, 0);
            driver.submit(1);
            assertEquals(0, driver.used());
        }
        driver.start();
        assertFalse(driver.needsReset() || driver.wire.up);
        for (int i = 0; i < SIZE; i++) {
            driver.descriptor(i, buffer(i), 4, WRITE, 0);
        }
        driver.view.putShort(at(DRIVER_RING) + 2, (short) (SIZE + 1));
        driver.set(VirtioMmio.QUEUE_NOTIFY, 0);
        assertTrue(driver.needsReset(), "more is available than the ring holds");
        driver.start();
        assertFalse(driver.needsReset() || driver.wire.up);
    }

    @Test
    void ringsOutsideMemoryOrOfImpossibleSizeAreNotStarted() {
        long[][] settings = {
            {VirtioMmio.QUEUE_NUM, 0}, {VirtioMmio.QUEUE_NUM, 3}, {VirtioMmio.QUEUE_NUM, 512}, {VirtioMmio.QUEUE_NUM, -8},
            {VirtioMmio.QUEUE_DESC_LOW, 0x1000}, {VirtioMmio.QUEUE_DESC_HIGH, 0x8000_0000L},
            {VirtioMmio.QUEUE_DRIVER_LOW, Ram.BASE - 1}, {VirtioMmio.QUEUE_DEVICE_HIGH, -1},
        };
        for (long[] setting : settings) {
            driver.start();
            driver.set(VirtioMmio.QUEUE_READY, 0);
            assertFalse(driver.needsReset());
            driver.set((int) setting[0], setting[1]);
            driver.set(VirtioMmio.QUEUE_READY, 1);
            assertEquals(0, driver.get(VirtioMmio.QUEUE_READY));
            assertTrue(driver.needsReset());
        }
    }

    @Test
    void randomGuestsNeverLeaveMemoryNorStopTheMachine() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var entropy = new QueueDriver(new VirtioRng(() -> new Random(1)));
        for (QueueDriver guest : new QueueDriver[] {driver, entropy}) {
            int served = 0;
            for (int round = 0; round < 2_500; round++) {
                try {
                    guest.start();
                    for (int i = 0; i < SIZE; i++) {
                        int flags = random.nextInt(8) == 0 ? random.nextInt(8) : random.nextInt(4);
                        long gpa = random.nextInt(12) == 0 ? random.nextLong() >> random.nextInt(64)
                                : Ram.BASE + random.nextInt(guest.ram.bytes.length);
                        guest.descriptor(i, gpa, random.nextInt(1 << random.nextInt(17)), flags, random.nextInt(SIZE + 1));
                    }
                    guest.submit(random.nextInt(SIZE));
                    guest.submit(random.nextInt(SIZE));
                    served += guest.needsReset() ? 0 : 1;
                    guest.mmio.write(random.nextInt(64) * 4, 4, random.nextInt());
                } catch (RuntimeException | Error bug) {
                    fail("seed " + seed + ", round " + round, bug);
                }
            }
            assertTrue(served > 100, served + " of 2500 rounds were sound");
        }
    }
}
