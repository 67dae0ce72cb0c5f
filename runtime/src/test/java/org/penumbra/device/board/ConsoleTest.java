// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.device.InterruptLine;

@Timeout(20)
final class ConsoleTest {
    private final Uart16550 uart = new Uart16550(InterruptLine.UNCONNECTED, 0, OutputStream.nullOutputStream());

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }

    @Test
    void inputReachesTheGuestCompleteAndInOrder() throws InterruptedException {
        byte[] input = new byte[10_000]; // more than the queue holds
        for (int i = 0; i < input.length; i++) {
            input[i] = (byte) (i * 7);
        }
        uart.write(Uart16550.FCR, 1, Uart16550.FCR_ENABLE);
        var console = new Console(new ByteArrayInputStream(input), uart);
        var seen = new ByteArrayOutputStream();
        while (seen.size() < input.length) {
            console.poll();
            while ((uart.read(Uart16550.LSR, 1) & Uart16550.LSR_DR) != 0) {
                seen.write((int) uart.read(Uart16550.RBR, 1));
            }
        }
        assertEquals(-1, Arrays.mismatch(input, seen.toByteArray()));
        await(console::exhausted);
        assertFalse(console.poll());
    }

    @Test
    void aFullReceiverKeepsTheRestWaiting() throws InterruptedException {
        var arrived = new CountDownLatch(1);
        var console = new Console(new ByteArrayInputStream(new byte[] {'a', 'b'}), uart, arrived::countDown);
        assertTrue(arrived.await(10, TimeUnit.SECONDS));
        assertTrue(console.poll());
        await(console::hasInput);
        assertFalse(console.poll());
        assertEquals('a', uart.read(Uart16550.RBR, 1));
        assertTrue(console.poll());
        assertEquals('b', uart.read(Uart16550.RBR, 1));
    }

    @Test
    void absentClosedAndFailingInputAreTheEndOfInput() throws InterruptedException {
        var console = new Console(null, uart);
        assertFalse(console.poll());
        assertTrue(console.exhausted());
        await(new Console(InputStream.nullInputStream(), uart)::exhausted);
        await(new Console(new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("gone");
            }
        }, uart)::exhausted);
    }

    @Test
    void pollingHandsOnTheOutput() {
        var out = new ByteArrayOutputStream();
        var sending = new Uart16550(InterruptLine.UNCONNECTED, 0, out);
        sending.write(Uart16550.THR, 1, '$');
        new Console(null, sending).poll();
        assertEquals("$", out.toString());
    }
}
