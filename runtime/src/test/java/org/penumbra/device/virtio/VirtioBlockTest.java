// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.penumbra.device.virtio.QueueDriver.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.options.HostPath;

/// The disk, the block device over it, and the entropy device.
final class VirtioBlockTest {
    private static final int LENGTH = 100 * 512 + 100;
    @TempDir
    private Path directory;
    private Path image;
    private byte[] contents;
    private Disk disk;
    private QueueDriver driver;

    @BeforeEach
    void open() throws IOException {
        contents = new byte[101 * 512];
        new Random(7).nextBytes(contents);
        Arrays.fill(contents, LENGTH, contents.length, (byte) 0);
        image = Files.write(directory.resolve("disk.img"), Arrays.copyOf(contents, LENGTH));
        disk = Disk.of(image.toString(), budget(5));
        driver = new QueueDriver(new VirtioBlock(disk)).start();
    }

    private static OverlayBudget budget(int blocks) {
        return new OverlayBudget(blocks * Disk.BLOCK_ON_HEAP);
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    /// One request with the header in buffer 0, data in buffer 1 and the status, which it returns, in buffer 20.
    private int request(int type, long sector, int length) {
        driver.view.putInt(at(buffer(0)), type).putLong(at(buffer(0)) + 8, sector).put(at(buffer(20)), (byte) 0x77);
        driver.descriptor(0, buffer(0), 16, NEXT, 1);
        driver.descriptor(1, buffer(1), length, type == VirtioBlock.T_OUT ? NEXT : NEXT | WRITE, 2);
        driver.descriptor(2, buffer(20), 1, WRITE, 0);
        int before = driver.used();
        driver.submit(0);
        assertEquals(before + 1, driver.used());
        return driver.view.get(at(buffer(20)));
    }

    private byte[] data(int length) {
        return Arrays.copyOfRange(driver.ram.bytes, at(buffer(1)), at(buffer(1)) + length);
    }

    @Test
    void theConfigurationTellsTheCapacity() {
        assertEquals(101, driver.mmio.read(VirtioMmio.CONFIG, 8));
        assertEquals(101, driver.get(VirtioMmio.CONFIG));
        assertEquals(254, driver.get(VirtioMmio.CONFIG + 12));
        assertEquals(512, driver.get(VirtioMmio.CONFIG + 20));
        assertEquals(0, driver.get(VirtioMmio.CONFIG + 24));
        assertEquals(2, driver.get(VirtioMmio.DEVICE_ID));
    }

    @Test
    void sectorsAreReadFromTheImage() {
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_IN, 3, 1024));
        assertArrayEquals(Arrays.copyOfRange(contents, 3 * 512, 5 * 512), data(1024));
        assertEquals(1025, driver.usedLength(0));
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_IN, 100, 512));
        assertArrayEquals(Arrays.copyOfRange(contents, 100 * 512, 101 * 512), data(512), "the last sector is filled up");
    }

    @Test
    void writesAreReadBackAndNeverReachTheImage() throws IOException {
        byte[] fresh = "0123456789abcdef".repeat(64).getBytes();
        driver.ram.write(buffer(1), fresh, 0, 1024);
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_OUT, 7, 1024)); // over the border of two overlay blocks
        System.arraycopy(fresh, 0, contents, 7 * 512, 1024);
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_IN, 2, 10 * 512));
        assertArrayEquals(Arrays.copyOfRange(contents, 2 * 512, 12 * 512), data(10 * 512));
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_FLUSH, 0, 0));
        assertEquals(2 * Disk.BLOCK_ON_HEAP, disk.overlayLength());
        new Random(7).nextBytes(contents);
        assertArrayEquals(Arrays.copyOf(contents, LENGTH), Files.readAllBytes(image));
    }

    @Test
    void theOverlayAgreesWithAnArrayUnderRandomUse() throws IOException {
        var random = new Random(3);
        byte[] bytes = new byte[20_000];
        for (int i = 0; i < 3000; i++) {
            int length = random.nextInt(1 << random.nextInt(15));
            int position = random.nextInt(contents.length - length);
            if (i % 3 == 0 && position + length < 5 * 4096) {
                random.nextBytes(bytes);
                disk.write(position, bytes, 0, length);
                System.arraycopy(bytes, 0, contents, position, length);
            } else {
                disk.read(position, bytes, 1, length);
                assertTrue(Arrays.equals(contents, position, position + length, bytes, 1, 1 + length), "round " + i);
            }
        }
        assertEquals(5 * Disk.BLOCK_ON_HEAP, disk.overlayLength());
    }

    @Test
    void anImageOpenedForWritingIsChanged() throws IOException {
        disk.close();
        try (Disk writable = Disk.of(image + ",write", null)) {
            driver = new QueueDriver(new VirtioBlock(writable)).start();
            byte[] fresh = "0123456789abcdef".repeat(64).getBytes();
            driver.ram.write(buffer(1), fresh, 0, 1024);
            assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_OUT, 7, 1024));
            assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_FLUSH, 0, 0));
            System.arraycopy(fresh, 0, contents, 7 * 512, 1024);
            assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_IN, 2, 10 * 512));
            assertArrayEquals(Arrays.copyOfRange(contents, 2 * 512, 12 * 512), data(10 * 512));
            assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_OUT, 101, 512), "it does not grow");
        }
        assertArrayEquals(Arrays.copyOf(contents, LENGTH), Files.readAllBytes(image));
    }

    @Test
    void anImageHasOneWriterAndNoReaderBesideIt() throws IOException {
        Path otherName = Files.createLink(directory.resolve("link.img"), image);
        assertInUse(image + ",write");
        assertInUse(otherName + ",write");
        disk.close();
        try (Disk _ = Disk.of(image + ",write", null)) {
            assertInUse(image + ",write");
            assertInUse(image.toString());
            assertInUse(otherName.toString());
        }
        Disk.of(image.toString(), budget(1)).close();
    }

    private static void assertInUse(String specification) {
        var thrown = assertThrows(IOException.class, () -> Disk.of(specification, budget(1)));
        assertTrue(thrown.getMessage().contains("in use"), thrown.getMessage());
    }

    /// Whether another process gets the image's lock.
    private boolean othersMayWrite() throws Exception {
        String source = "import java.nio.channels.*; import java.nio.file.*; class Other { public static void main(String[] a)"
                + " throws Exception { try (var c = FileChannel.open(Path.of(a[0]), StandardOpenOption.WRITE)) {"
                + " System.exit(c.tryLock() == null ? 3 : 4); } } }";
        Path program = Files.writeString(directory.resolve("Other.java"), source);
        Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                program.toString(), image.toString()).inheritIO().start();
        int status = other.waitFor();
        assertTrue(status == 3 || status == 4, "status " + status);
        return status == 4;
    }

    @Test
    void anotherReaderOrARefusedWriterTakesNoLockAway() throws Exception {
        try (Disk second = Disk.of(image.toString(), budget(5))) {
            assertInUse(image + ",write");
            disk.write(0, new byte[512], 0, 512);
            byte[] read = new byte[512];
            second.read(0, read, 0, 512);
            assertArrayEquals(Arrays.copyOf(contents, 512), read, "each has changes of its own");
        }
        assertFalse(othersMayWrite());
        disk.close();
        disk.close();
        assertTrue(othersMayWrite());
    }

    @Test
    void anInterruptedThreadGoesOn() throws IOException {
        byte[] read = new byte[512];
        Thread.currentThread().interrupt();
        disk.read(0, read, 0, 512);
        disk.write(0, read, 0, 512);
        assertTrue(Thread.interrupted(), "the interrupt is for others");
        disk.read(8192, read, 0, 512);
        assertArrayEquals(Arrays.copyOfRange(contents, 8192, 8192 + 512), read);
        disk.close();
        try (Disk writable = Disk.of(image + ",write", null)) {
            Thread.currentThread().interrupt();
            writable.write(512, read, 0, 512);
            writable.flush();
            assertTrue(Thread.interrupted());
            writable.read(512, read, 0, 512);
            assertArrayEquals(Arrays.copyOfRange(contents, 8192, 8192 + 512), read);
        }
    }

    @Test
    void allDisksShareOneBudget() throws IOException {
        OverlayBudget shared = budget(3);
        byte[] bytes = new byte[8192];
        try (Disk first = Disk.of(image.toString(), shared); Disk second = Disk.of(image.toString(), shared)) {
            first.write(0, bytes, 0, 8192);
            second.write(0, bytes, 0, 4096);
            assertThrows(IOException.class, () -> second.write(4096, bytes, 0, 4096));
            assertThrows(IOException.class, () -> first.write(8192, bytes, 0, 1));
            first.write(0, bytes, 0, 8192);
        }
    }

    @Test
    void theHostsFaultIsToldOnce() {
        var told = new java.util.ArrayList<String>();
        driver = new QueueDriver(new VirtioBlock(disk, told::add)).start();
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_IN, 101, 512));
        assertEquals(0, told.size(), "the guest's own fault");
        for (int block = 0; block < 7; block++) {
            request(VirtioBlock.T_OUT, 8 * block, 512);
        }
        assertEquals(1, told.size());
        assertTrue(told.getFirst().contains("changes to disks"), told.getFirst());
    }

    @Test
    void aFullOverlayIsAnInputOutputError() {
        for (int block = 0; block < 5; block++) {
            assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_OUT, 8 * block, 512));
        }
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_OUT, 40, 512));
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_OUT, 8, 512));
    }

    @Test
    void requestsThatLeaveTheDiskOrMakeNoSenseAreRefused() {
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_IN, 101, 512));
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_IN, 100, 1024));
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_OUT, -1, 512));
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_IN, Long.MAX_VALUE, 512));
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_IN, 1L << 55, 512));
        assertEquals(VirtioBlock.S_IOERR, request(VirtioBlock.T_IN, 0, 100));
        assertEquals(VirtioBlock.S_UNSUPP, request(99, 0, 512));
        driver.descriptor(0, buffer(0), 8, NEXT, 1); // half a header
        driver.descriptor(1, buffer(20), 1, WRITE, 0);
        driver.submit(0);
        assertEquals(VirtioBlock.S_IOERR, driver.view.get(at(buffer(20))));
        driver.descriptor(0, buffer(0), 16, 0, 0); // no place for the status
        driver.submit(0);
        assertEquals(9, driver.used());
    }

    @Test
    void theDeviceNamesItself() {
        assertEquals(VirtioBlock.S_OK, request(VirtioBlock.T_GET_ID, 0, 20));
        assertEquals("penumbra-disk", new String(data(13)));
        assertEquals(0, data(20)[13]);
    }

    @Test
    void unusableImagesAreNamed() throws IOException {
        Path empty = Files.createFile(directory.resolve("empty"));
        for (Path bad : new Path[] {empty, directory, directory.resolve("missing")}) {
            var thrown = assertThrows(IOException.class, () -> Disk.of(bad.toString(), budget(1)));
            assertTrue(thrown.getMessage().startsWith(bad + ": ") && thrown.getMessage().contains("; "), thrown.getMessage());
        }
    }

    @Test
    void anImageThatMayOnlyBeReadIsRefusedForWritingWithAdvice() throws IOException {
        Path image = Path.of("/sys/kernel/uevent_seqnum"); // not even root may write it
        assumeTrue(Files.isReadable(image), "needs Linux's sysfs");
        var thrown = assertThrows(IOException.class, () -> Disk.of(image + HostPath.WRITE, null));
        assertEquals(image + ": cannot be opened for writing; leave out ,write to have changes end with the run", thrown.getMessage());
        Disk.of(image.toString(), budget(1)).close();
    }

    @Test
    void entropyIsTheSameForTheSameSeedAndFillsTheBuffer() {
        byte[][] seen = new byte[2][];
        for (int i = 0; i < 2; i++) {
            driver = new QueueDriver(new VirtioRng(() -> new SplittableRandom(5))).start();
            driver.descriptor(0, buffer(1), 64, WRITE, 0);
            driver.submit(0);
            assertEquals(64, driver.usedLength(0));
            seen[i] = data(65);
        }
        assertArrayEquals(seen[0], seen[1]);
        assertEquals(0, seen[0][64]);
        byte[] expected = new byte[64];
        new SplittableRandom(5).nextBytes(expected);
        assertArrayEquals(expected, Arrays.copyOf(seen[0], 64));
    }
}
