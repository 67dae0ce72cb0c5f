// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.device.ConsoleOutput;
import org.penumbra.device.Power;
import org.penumbra.device.Ram;
import org.penumbra.device.Typed;

final class HtifTest {
    private static final long TOHOST = Ram.BASE + 0x1000;
    private static final long FROMHOST = Ram.BASE + 0x1040;
    private static final long BLOCK = Ram.BASE + 0x2000;
    private static final long TEXT = Ram.BASE + 0x3000;

    private final Ram ram = new Ram(0x40000);
    private final Power power = new Power();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Typed input = new Typed();
    private final Htif htif = new Htif(ram, TOHOST, FROMHOST, power, input, new ConsoleOutput(out));

    private boolean store(long gpa, int size, long value) {
        ram.write(gpa, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), 0, size);
        return htif.stored(gpa, size);
    }

    private long call(long number, long a0, long a1, long a2) {
        ram.writeLong(BLOCK, number);
        ram.writeLong(BLOCK + 8, a0);
        ram.writeLong(BLOCK + 16, a1);
        ram.writeLong(BLOCK + 24, a2);
        assertTrue(store(TOHOST, 8, BLOCK));
        assertEquals(0, ram.readLong(TOHOST));
        assertEquals(1, ram.readLong(FROMHOST));
        ram.writeLong(FROMHOST, 0);
        return ram.readLong(BLOCK);
    }

    @Test
    void anOddValueEndsTheRun() {
        assertTrue(store(TOHOST, 8, 1));
        store(TOHOST, 8, 7 << 1 | 1);
        store(TOHOST, 8, 1337 << 1 | 1);
        assertEquals(List.of("off 0", "off 7", "off 1337"), power.requests);
        assertEquals(0, ram.readLong(TOHOST));
    }

    @Test
    void twoHalvesMakeOneCommand() {
        assertFalse(store(TOHOST, 4, 5));
        assertTrue(store(TOHOST + 4, 4, 0));
        assertEquals(List.of("off 2"), power.requests);
        assertFalse(store(TOHOST, 4, 'A'));
        assertTrue(store(TOHOST + 4, 4, 0x0101_0000));
        assertEquals("A", out.toString(StandardCharsets.UTF_8));
        assertEquals(1, power.requests.size());
    }

    @Test
    void aLowHalfAloneIsSettledByTheNextOneOrByThePoll() {
        assertFalse(store(TOHOST, 4, 1));
        assertTrue(store(TOHOST, 4, 1));
        assertFalse(store(TOHOST, 4, 3));
        assertTrue(htif.check());
        assertFalse(htif.check());
        assertEquals(List.of("off 0", "off 1"), power.requests);
    }

    @Test
    void otherStoresMeanNothing() {
        ram.writeLong(TOHOST, 1);
        assertFalse(htif.stored(TOHOST - 8, 8));
        assertFalse(htif.stored(TOHOST + 8, 8));
        assertFalse(store(TOHOST, 8, 0));
        assertTrue(store(TOHOST, 8, 5L << 56));
        assertEquals(0, ram.readLong(TOHOST), "an unknown device must not leave a program spinning");
        assertEquals(List.of(), power.requests);
    }

    @Test
    void theConsoleWritesAndReads() {
        store(TOHOST, 8, 0x0101_0000_0000_0000L | 'h');
        store(TOHOST, 8, 0x0101_0000_0000_0000L | 'i');
        assertEquals("hi", out.toString(StandardCharsets.UTF_8));
        store(TOHOST, 8, 0x0100_0000_0000_0000L);
        assertEquals(0, ram.readLong(FROMHOST));
        input.type("x");
        htif.check();
        assertEquals(0x0100_0000_0000_0100L | 'x', ram.readLong(FROMHOST));
        input.type("y");
        htif.check();
        assertEquals(0x0100_0000_0000_0100L | 'x', ram.readLong(FROMHOST), "one answer for one request");
    }

    @Test
    void writeSendsTheBytesAndReturnsTheirNumber() {
        String text = "0123456789".repeat(10_000);
        ram.write(TEXT, text.getBytes(StandardCharsets.US_ASCII), 0, text.length());
        assertEquals(text.length(), call(64, 1, TEXT, text.length()));
        assertEquals(text, out.toString(StandardCharsets.US_ASCII));
        assertEquals(0, call(64, 2, TEXT, 0));
    }

    @Test
    void oneCallWritesNoMoreThanTheLimit() {
        var large = new Ram(Htif.MOST + (1 << 20));
        var counted = new long[1];
        var htif = new Htif(large, TOHOST, FROMHOST, power, input, new ConsoleOutput(new OutputStream() {
            @Override
            public void write(int value) {
                counted[0]++;
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                counted[0] += length;
            }
        }));
        large.writeLong(BLOCK, 64);
        large.writeLong(BLOCK + 8, 1);
        large.writeLong(BLOCK + 16, TEXT);
        large.writeLong(BLOCK + 24, Htif.MOST + 1);
        large.writeLong(TOHOST, BLOCK);
        htif.stored(TOHOST, 8);
        assertEquals(Htif.MOST, large.readLong(BLOCK), "the caller hears how far it went");
        assertEquals(Htif.MOST, counted[0]);
    }

    @Test
    void badSystemCallsAreRefused() {
        assertEquals(-9, call(64, 7, TEXT, 1));
        assertEquals(-14, call(64, 1, 0, 1));
        assertEquals(-14, call(64, 1, TEXT, -1));
        assertEquals(-14, call(64, 1, TEXT, 1L << 40));
        assertEquals(-38, call(1024, 0, 0, 0));
        store(TOHOST, 8, 0x1000); // a block outside RAM
        store(TOHOST, 8, Ram.BASE + ram.bytes.length - 16); // and one that leaves it
        assertEquals(0, out.size());
        assertEquals(List.of(), power.requests);
    }

    @Test
    void readWaitsForInputAndGivesWhatThereIs() {
        ram.writeLong(BLOCK, 63);
        ram.writeLong(BLOCK + 8, 0);
        ram.writeLong(BLOCK + 16, TEXT);
        ram.writeLong(BLOCK + 24, 10);
        assertTrue(store(TOHOST, 8, BLOCK));
        assertTrue(htif.waitsForInput());
        assertEquals(0, ram.readLong(FROMHOST));
        input.type("hello, world");
        ram.writeLong(BLOCK + 16, 0); // too late to change where it goes
        htif.check();
        assertFalse(htif.waitsForInput());
        assertEquals(1, ram.readLong(FROMHOST));
        assertEquals(10, ram.readLong(BLOCK));
        byte[] bytes = new byte[10];
        ram.read(TEXT, bytes, 0, 10);
        assertEquals("hello, wor", new String(bytes, StandardCharsets.US_ASCII));
        ram.writeLong(FROMHOST, 0);
        assertEquals(2, call(63, 0, TEXT, 10));
        input.ended = true;
        assertEquals(0, call(63, 0, TEXT, 10), "the end of input");
        assertEquals(0, call(63, 0, TEXT, 0));
    }

    @Test
    void badReadsAreRefused() {
        input.type("x");
        assertEquals(-9, call(63, 1, TEXT, 1));
        assertEquals(-14, call(63, 0, 0, 1));
        assertEquals(-14, call(63, 0, TEXT, -1));
        assertEquals(1, input.bytes.size());
    }

    @Test
    void statusWhoseLowHalfIsZeroIsNoSuccess() {
        store(TOHOST, 8, 1L << 33 | 1);
        ram.writeLong(BLOCK, 93);
        ram.writeLong(BLOCK + 8, 1L << 32);
        store(TOHOST, 8, BLOCK);
        assertEquals(List.of("off 1", "off 1"), power.requests);
    }

    @Test
    void exitAsASystemCallEndsTheRunToo() {
        ram.writeLong(BLOCK, 93);
        ram.writeLong(BLOCK + 8, 4);
        store(TOHOST, 8, BLOCK);
        assertEquals(List.of("off 4"), power.requests);
    }

    @Test
    void outputIsHandedOnAtTheEndOfALineByThePollAndBeforeTheEnd() {
        var buffered = new Htif(ram, TOHOST, 0, power, input, new ConsoleOutput(new BufferedOutputStream(out)));
        String[] seen = new String[4];
        String text = "a\nbc";
        for (int i = 0; i < text.length(); i++) {
            ram.writeLong(TOHOST, 0x0101_0000_0000_0000L | text.charAt(i));
            buffered.stored(TOHOST, 8);
            seen[i] = out.toString(StandardCharsets.UTF_8);
            if (i == 2) {
                buffered.check();
                assertEquals("a\nb", out.toString(StandardCharsets.UTF_8));
            }
        }
        assertEquals(List.of("", "a\n", "a\n", "a\nb"), List.of(seen));
        ram.writeLong(TOHOST, 1);
        buffered.stored(TOHOST, 8);
        assertEquals(text, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void wordsOutsideMemoryAreRejected() {
        assertThrows(IllegalArgumentException.class, () -> new Htif(ram, 0x1000, 0, power, input, new ConsoleOutput(out)));
        assertThrows(IllegalArgumentException.class, () -> new Htif(ram, TOHOST, 8, power, input, new ConsoleOutput(out)));
        new Htif(ram, TOHOST, 0, power, input, new ConsoleOutput(out)).check();
    }
}
