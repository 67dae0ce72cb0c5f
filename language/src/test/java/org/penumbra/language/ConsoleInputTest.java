// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Input of a guest that asks the serial port for it again and again, with interrupts off.
@Timeout(120)
final class ConsoleInputTest {
    private static final char LAST = '.';

    /// Sends back what it receives, the full stop that ends the run included.
    private static byte[] echo() {
        return Assembly.of("""
                lui t0, 0x10000
                wait: lbu a0, 5(t0) # LSR
                andi a0, a0, 1
                beqz a0, wait
                lbu a1, 0(t0)
                sb a1, 0(t0)
                li a2, '.'
                bne a1, a2, wait
                """ + Assembly.exit(4));
    }

    private static InputStream typed(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter", "immediate"})
    void pollingGuestGetsItsInputWithinFewInstructions(String engine) {
        String text = "0123456789".repeat(20) + LAST;
        try (Guest guest = new Guest(echo(), typed(text), "riscv.engine", engine)) {
            assertEquals(4, guest.run());
            assertEquals(text, guest.out.toString(StandardCharsets.US_ASCII));
            long instructions = guest.statistics().getMember("instructions").asLong();
            // Eight reads of the status for each byte, three instructions each, and the echo.
            assertTrue(instructions < 30L * text.length(), instructions + " instructions");
        }
    }

    @Test
    void eachContextOnAStreamTakesWhatItsGuestReads() {
        InputStream in = typed("one.two.three.");
        for (String text : new String[] {"one.", "two.", "three."}) {
            try (Guest guest = new Guest(echo(), in)) {
                assertEquals(4, guest.run());
                assertEquals(text, guest.out.toString(StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void replayedRunIsTheSameRun(@TempDir Path directory) throws IOException {
        String journal = directory.resolve("journal").toString();
        InputStream slow = new InputStream() {
            private final InputStream text = typed("hello.");

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return text.read(bytes, offset, 1);
            }
        };
        long recorded;
        try (Guest guest = new Guest(echo(), slow, "riscv.record-input", journal)) {
            assertEquals(4, guest.run());
            recorded = guest.statistics().getMember("instructions").asLong();
        }
        assertEquals(7, Files.readAllLines(Path.of(journal)).size());
        for (String engine : new String[] {"default", "interpreter"}) {
            try (Guest guest = new Guest(echo(), typed("other."), "riscv.replay-input", journal, "riscv.engine", engine)) {
                assertEquals(4, guest.run());
                assertEquals("hello.", guest.out.toString(StandardCharsets.US_ASCII));
                assertEquals(recorded, guest.statistics().getMember("instructions").asLong());
            }
        }
    }

    @Test
    void journalsThatMakeNoSenseAreRefused(@TempDir Path directory) throws IOException {
        Path wrong = Files.writeString(directory.resolve("wrong"), "penumbra-input 1\nhello\n");
        String file = directory.resolve("journal").toString();
        assertEquals(wrong + ": line 2 of the journal is not 'INSTRUCTIONS TICK BYTES'",
                refused("riscv.replay-input", wrong.toString()));
        assertEquals(file + ": no such file", refused("riscv.replay-input", file));
        assertTrue(refused("riscv.record-input", file, "riscv.clock", "host").contains("clock instructions"));
        assertTrue(refused("riscv.record-input", file, "riscv.replay-input", file).contains("in one run"));
        assertTrue(refused("riscv.record-input", directory.resolve("none/x").toString()).contains("no such directory"));
    }

    private static String refused(String... options) {
        return assertThrows(PolyglotException.class, () -> new Guest(echo(), typed(""), options)).getMessage();
    }

    @Test
    void exceptionOfTheInputReachesTheCaller() {
        InputStream broken = new InputStream() {
            @Override
            public int read() {
                throw new IllegalStateException("no keyboard");
            }
        };
        try (Guest guest = new Guest(echo(), broken)) {
            PolyglotException end = assertThrows(PolyglotException.class, guest::run);
            assertEquals("the console's input failed (java.lang.IllegalStateException: no keyboard)", end.getMessage());
        }
    }
}
