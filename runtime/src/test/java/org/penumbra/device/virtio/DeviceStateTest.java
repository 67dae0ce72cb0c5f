// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.options.HostPath;
import org.penumbra.snapshot.StateException;
import org.penumbra.snapshot.StateReader;
import org.penumbra.snapshot.StateWriter;

/// What disks and the entropy device leave in a snapshot.
final class DeviceStateTest {
    private static final int BLOCKS = 10;

    @TempDir
    private Path folder;

    private Path image() throws IOException {
        byte[] contents = new byte[BLOCKS * 4096];
        new Random(3).nextBytes(contents);
        return Files.write(folder.resolve("disk.img"), contents);
    }

    private static byte[] state(Disk disk) {
        var writer = new StateWriter();
        disk.transfer(writer);
        return writer.toByteArray();
    }

    private static byte[] read(Disk disk) throws IOException {
        byte[] all = new byte[BLOCKS * 4096];
        disk.read(0, all, 0, all.length);
        return all;
    }

    @Test
    void whatTheGuestHasWrittenIsRestoredInPlaceOfWhatItWroteSince() throws IOException {
        String image = image().toString();
        try (Disk disk = Disk.of(image, new OverlayBudget(2 * Disk.BLOCK_ON_HEAP));
                Disk other = Disk.of(image, new OverlayBudget(2 * Disk.BLOCK_ON_HEAP));
                Disk small = Disk.of(image, new OverlayBudget(0))) {
            disk.write(5000, new byte[] {1, 2, 3}, 0, 3);
            byte[] taken = state(disk);
            byte[] expected = read(disk);
            disk.write(30_000, new byte[] {4}, 0, 1);
            disk.transfer(new StateReader(taken));
            assertArrayEquals(expected, read(disk));
            disk.write(30_000, new byte[] {4}, 0, 1); // what was forgotten has left its room
            other.transfer(new StateReader(taken));
            assertArrayEquals(expected, read(other));
            assertArrayEquals(taken, state(other));
            assertThrows(StateException.class, () -> small.transfer(new StateReader(taken)));
        }
    }

    @Test
    void aDiskThatIsWrittenOrHasChangedIsRefused() throws IOException {
        Path image = image();
        byte[] taken;
        try (Disk disk = Disk.of(image.toString(), new OverlayBudget(0))) {
            taken = state(disk);
        }
        try (Disk disk = Disk.of(image + HostPath.WRITE, new OverlayBudget(0))) {
            assertEquals("disk " + image + " is written to, so it cannot be part of a snapshot; leave out ,write",
                    assertThrows(StateException.class, () -> state(disk)).getMessage());
        }
        Files.setLastModifiedTime(image, FileTime.fromMillis(1_000_000));
        try (Disk disk = Disk.of(image.toString(), new OverlayBudget(0))) {
            assertEquals("disk " + image + " has changed since",
                    assertThrows(StateException.class, () -> disk.transfer(new StateReader(taken))).getMessage());
        }
    }

    @Test
    void randomNumbersContinue() {
        var device = new VirtioRng(() -> new SplittableRandom(5));
        var driver = new QueueDriver(device).start();
        draw(driver, 100);
        draw(driver, 3);
        var writer = new StateWriter();
        device.transfer(writer);
        long next = draw(driver, 8);
        device.transfer(new StateReader(writer.toByteArray()));
        assertEquals(next, draw(driver, 8));
    }

    private static long draw(QueueDriver driver, int bytes) {
        driver.descriptor(0, QueueDriver.buffer(0), bytes, QueueDriver.WRITE, 0);
        driver.submit(0);
        return driver.view.getLong(QueueDriver.at(QueueDriver.buffer(0)));
    }
}
