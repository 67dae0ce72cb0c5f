// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.device.virtio.QueueDriver.*;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;
import org.penumbra.device.ConsoleOutput;
import org.penumbra.device.Typed;

final class VirtioConsoleTest {
    private final Typed typed = new Typed();
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final TerminalSize size = new TerminalSize();

    private QueueDriver driver(int queue, OutputStream out) {
        size.set(80, 24);
        return new QueueDriver(new VirtioConsole(typed, new ConsoleOutput(out), size)).start(queue);
    }

    @Test
    void inputWaitsForABufferAndABufferForInput() {
        QueueDriver driver = driver(VirtioConsole.RECEIVE, shown);
        driver.descriptor(0, buffer(0), 4, WRITE, 0);
        driver.submit(0);
        driver.mmio.poll();
        assertEquals(0, driver.used());
        assertFalse(driver.wire.up);
        typed.type("hello");
        driver.mmio.poll();
        assertEquals(1, driver.used());
        assertTrue(driver.wire.up);
        assertEquals(4, driver.usedLength(0));
        assertEquals("hell", new String(driver.ram.bytes, at(buffer(0)), 4));
        driver.mmio.poll();
        assertEquals(1, driver.used(), "the rest waits for another buffer");
        driver.submit(0);
        assertEquals(2, driver.used());
        assertEquals(1, driver.usedLength(1));
    }

    @Test
    void outputIsShown() {
        QueueDriver driver = driver(VirtioConsole.TRANSMIT, shown);
        driver.ram.write(buffer(0), "shown".getBytes(), 0, 5);
        driver.descriptor(0, buffer(0), 5, 0, 0);
        driver.submit(0);
        assertEquals("shown", shown.toString());
        assertEquals(1, driver.used());
    }

    @Test
    void brokenOutputStopsNothing() {
        QueueDriver driver = driver(VirtioConsole.TRANSMIT, new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("gone");
            }
        });
        driver.descriptor(0, buffer(0), 5, 0, 0);
        driver.submit(0);
        driver.submit(0);
        assertEquals(2, driver.used());
    }

    @Test
    void guestHearsOfAnotherSize() {
        QueueDriver driver = driver(VirtioConsole.RECEIVE, shown);
        assertEquals(80, driver.mmio.read(VirtioMmio.CONFIG, 2));
        assertEquals(24, driver.mmio.read(VirtioMmio.CONFIG + 2, 2));
        assertEquals(1, driver.mmio.read(VirtioMmio.CONFIG + 4, 4));
        assertEquals(0, driver.mmio.read(VirtioMmio.CONFIG + 8, 4));
        driver.mmio.poll();
        assertFalse(driver.wire.up);
        long generation = driver.get(VirtioMmio.CONFIG_GENERATION);
        size.set(132, 50);
        driver.mmio.poll();
        assertEquals(VirtioMmio.CONFIGURATION_CHANGE, driver.get(VirtioMmio.INTERRUPT_STATUS));
        assertTrue(generation != driver.get(VirtioMmio.CONFIG_GENERATION));
        assertEquals(132 | 50 << 16, driver.mmio.read(VirtioMmio.CONFIG, 4));
        assertThrows(IllegalArgumentException.class, () -> size.set(70_000, 1));
    }
}
