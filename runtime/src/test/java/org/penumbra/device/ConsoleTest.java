// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class ConsoleTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    private final Machine machine = new Machine();

    /// Where the machine of a test is.
    private static final class Machine implements Console.Place {
        private long instructions;
        private long tick;
        private int failures;
        private final Semaphore arrivals = new Semaphore(0);

        @Override
        public long instructions() {
            return instructions;
        }

        @Override
        public long ticks() {
            return tick;
        }

        @Override
        public void inputArrived() {
            arrivals.release();
        }

        @Override
        public void consoleFailed() {
            failures++;
        }
    }

    private Console console(InputStream in) {
        return new Console(in, OutputStream.nullOutputStream(), InputJournal.NONE, machine);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(1);
        }
    }

    /// What there is now, one byte an instruction.
    private String read(Console console, int most) {
        var seen = new StringBuilder();
        for (; seen.length() < most; machine.instructions++) {
            int next = console.take();
            if (next < 0) {
                break;
            }
            seen.append((char) next);
        }
        return seen.toString();
    }

    private static List<Thread> readers() {
        return Thread.getAllStackTraces().keySet().stream().filter(each -> each.getName().equals("penumbra-input")).toList();
    }

    /// Blocks each read until something is typed, and hears no interrupt, as Java's standard input.
    private static final class Keyboard extends InputStream {
        private final Semaphore keys = new Semaphore(0);
        private final AtomicInteger reads = new AtomicInteger();
        private volatile byte[] next;

        void type(String text) {
            next = text.getBytes(StandardCharsets.US_ASCII);
            keys.release();
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            reads.incrementAndGet();
            keys.acquireUninterruptibly();
            System.arraycopy(next, 0, bytes, offset, next.length);
            return next.length;
        }
    }

    @Test
    void inputOfAFileIsThereWhenItIsAskedFor() {
        byte[] input = new byte[10_000]; // more than is read at a time
        for (int i = 0; i < input.length; i++) {
            input[i] = (byte) (i * 7);
        }
        Console console = console(new ByteArrayInputStream(input));
        for (byte expected : input) {
            machine.instructions++;
            assertEquals(expected & 0xff, console.take(), "at instruction " + machine.instructions);
        }
        machine.instructions++;
        assertEquals(-1, console.take());
    }

    @Test
    void nothingIsReadBeforeItIsAskedFor() throws InterruptedException {
        var keyboard = new Keyboard();
        Console console = console(keyboard);
        Thread.sleep(50);
        assertEquals(0, keyboard.reads.get());
        assertFalse(console.hasInput());
        await(() -> keyboard.reads.get() == 1);
        keyboard.type("ab");
        assertTrue(machine.arrivals.tryAcquire(10, TimeUnit.SECONDS));
        machine.instructions++;
        assertEquals("ab", read(console, 2));
        Thread.sleep(50);
        assertEquals(1, keyboard.reads.get(), "and not before it is asked for again");
        console.close();
    }

    @Test
    void askingInVainDoesNotReadAgain() {
        var keyboard = new Keyboard();
        Console console = console(keyboard);
        for (int i = 0; i < 100_000; i++) {
            machine.instructions++;
            assertFalse(console.hasInput());
        }
        assertEquals(1, keyboard.reads.get());
        console.close();
        keyboard.type("x");
    }

    @Test
    void eachMachineOnAStreamGetsOnlyWhatItTakes() {
        var stream = new ByteArrayInputStream("one two three".getBytes(StandardCharsets.US_ASCII));
        for (String part : new String[] {"one ", "two ", "three"}) {
            Console console = console(stream);
            assertEquals(part, read(console, part.length()));
            if (part.equals("two ")) {
                console.giveBack("two ".getBytes(StandardCharsets.US_ASCII));
                console.close();
                console = console(stream);
                assertEquals(part, read(console, part.length()));
            }
            console.close();
            assertEquals(-1, console.take());
        }
    }

    @Test
    void threadEndsWithTheMachine() throws Exception {
        var typed = new LinkedBlockingQueue<byte[]>();
        var in = new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                try {
                    byte[] next = typed.take();
                    System.arraycopy(next, 0, bytes, offset, next.length);
                    return next.length;
                } catch (InterruptedException e) {
                    throw new InterruptedIOException();
                }
            }
        };
        List<Thread> others = readers();
        Console console = console(in);
        assertFalse(console.hasInput());
        List<Thread> reading = readers().stream().filter(each -> !others.contains(each)).toList();
        assertFalse(reading.isEmpty());
        console.close();
        await(() -> reading.stream().noneMatch(Thread::isAlive));
        Console next = console(in);
        assertFalse(next.hasInput());
        for (int i = 0; i < 2; i++) {
            machine.arrivals.drainPermits();
            typed.add(HELLO);
            machine.arrivals.acquire();
            machine.instructions++;
            assertEquals("hello", read(next, 5), "the interrupt was not the end of the stream");
            machine.instructions++;
            assertFalse(next.hasInput());
        }
        next.close();
    }

    @Test
    void readThatCannotBeInterruptedIsTheNextMachines() throws InterruptedException {
        var keyboard = new Keyboard();
        Console first = console(keyboard);
        assertFalse(first.hasInput());
        first.close();
        Console second = console(keyboard);
        assertFalse(second.hasInput());
        keyboard.type("ls");
        machine.arrivals.acquire();
        machine.instructions++;
        assertEquals("ls", read(second, 2));
        assertEquals(1, keyboard.reads.get());
        second.close();
    }

    @Test
    void absentAndEmptyInputEnds() throws InterruptedException {
        assertTrue(console(null).hasEnded());
        Console empty = console(InputStream.nullInputStream());
        assertFalse(empty.hasEnded(), "nobody has asked yet");
        assertFalse(empty.hasInput());
        await(empty::hasEnded);
    }

    @Test
    void exceptionOfTheInputIsKeptForTheMachine() throws InterruptedException {
        var thrown = new IllegalStateException("no keyboard");
        Console console = console(new InputStream() {
            @Override
            public int read() {
                throw thrown;
            }
        });
        await(() -> {
            machine.instructions++;
            console.hasInput();
            return machine.failures > 0;
        });
        assertEquals(new Console.Failure(Console.Failure.Stream.INPUT, thrown), console.takeFailure());
        assertNull(console.takeFailure());
    }

    @Test
    void exceptionOfTheOutputIsKeptForTheMachine() {
        var thrown = new IOException("no paper");
        var console = new Console(null, new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw thrown;
            }
        }, InputJournal.NONE, machine);
        console.output().write('a');
        assertEquals(1, machine.failures);
        Console.Failure failure = console.takeFailure();
        assertSame(thrown, failure.thrown());
        assertEquals(Console.Failure.Stream.OUTPUT, failure.stream());
    }

    @Test
    void whatIsTypedComesWithoutAHost() {
        Console console = console(null);
        assertFalse(console.hasInput());
        console.type(HELLO);
        assertFalse(console.hasEnded());
        machine.instructions++;
        assertEquals("hello", read(console, 5));
        assertTrue(console.hasEnded());
    }

    @Test
    void replayedInputComesAtTheSameInstructions() throws IOException {
        var journal = new StringWriter();
        var recorded = new Console(null, OutputStream.nullOutputStream(), new InputRecorder(journal), machine);
        assertFalse(recorded.hasInput());
        machine.instructions = 7;
        recorded.type(HELLO);
        machine.tick = 3;
        assertTrue(recorded.hasInput());
        recorded.powerOn();
        recorded.type(new byte[] {(byte) 0xff});
        machine.instructions = 2;
        read(recorded, 6);
        assertEquals("penumbra-input 1\n7 3 68656c6c6f\npower-on\n7 3 ff\n", journal.toString());

        var replayed = new Console(InputStream.nullInputStream(), OutputStream.nullOutputStream(),
                new InputReplay(journal.toString().lines().toList()), machine);
        machine.instructions = 7;
        machine.tick = 2;
        assertFalse(replayed.hasInput());
        machine.tick = 3;
        assertEquals("hello", read(replayed, 5));
        assertEquals("", read(replayed, 1), "the rest came after the machine had been switched off and on");
        replayed.powerOn();
        machine.instructions = 100;
        assertEquals("\u00ff", read(replayed, 1));
        assertTrue(replayed.hasEnded());
    }

    @Test
    void fileThatIsNoJournalIsRefused() {
        for (List<String> lines : List.of(List.<String>of(), List.of("hello"), List.of(InputJournal.TITLE, "1 2"),
                List.of(InputJournal.TITLE, "1 x 00"), List.of(InputJournal.TITLE, "1 2 0"), List.of(InputJournal.TITLE, ""))) {
            assertThrows(IllegalArgumentException.class, () -> new InputReplay(lines));
        }
    }
}
