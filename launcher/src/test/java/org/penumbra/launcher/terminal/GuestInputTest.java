// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.launcher.linux.PanicWatch;

/// What the guest gets to read, and what is looked for in what it writes.
final class GuestInputTest {

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private int quits;

    private String typed(String keys) throws IOException {
        InputStream keyboard = new ByteArrayInputStream(keys.getBytes(StandardCharsets.ISO_8859_1));
        return new String(new EscapeInput(keyboard, new PrintStream(said, true), () -> quits++).readAllBytes(),
                StandardCharsets.ISO_8859_1);
    }

    @Test
    void keysGoToTheGuestCtrlCToo() throws IOException {
        assertEquals("ls\r\3\4\33[A", typed("ls\r\3\4\33[A"));
        assertEquals(0, quits);
        assertEquals("", said.toString());
    }

    @Test
    void ctrlATwiceIsOneCtrlA() throws IOException {
        assertEquals("x\1y\1z", typed("x\1\1y\1az"));
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void keysBeforeACommandArriveAtOnce() throws IOException {
        // All in one piece, and the command is not finished.
        InputStream keyboard = new InputStream() {
            private boolean read;

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                if (read) {
                    LockSupport.park();
                    return -1;
                }
                read = true;
                bytes[offset] = 'l';
                bytes[offset + 1] = 's';
                bytes[offset + 2] = 1;
                return 3;
            }
        };
        EscapeInput in = new EscapeInput(keyboard, new PrintStream(said, true), () -> quits++);
        byte[] bytes = new byte[10];
        assertEquals(2, in.read(bytes, 0, 10));
        assertEquals("ls", new String(bytes, 0, 2, StandardCharsets.US_ASCII));
    }

    @Test
    @Timeout(20)
    void commandIsObeyedThoughTheGuestReadsNothing() throws InterruptedException {
        var ended = new CountDownLatch(1);
        new EscapeInput(new ByteArrayInputStream("a\1x".getBytes(StandardCharsets.US_ASCII)), new PrintStream(said, true),
                ended::countDown).start();
        assertTrue(ended.await(15, TimeUnit.SECONDS));
    }

    @Test
    void ctrlAHHelps() throws IOException {
        assertEquals("ab", typed("a\1hb"));
        assertTrue(said.toString().contains("Ctrl-A x"), said.toString());
    }

    @Test
    void ctrlAXEndsTheRunAndTheInput() throws IOException {
        assertEquals("a", typed("a\1xbc"));
        assertEquals(1, quits);
    }

    @Test
    void otherCommandsAndAHalfOneDoNothing() throws IOException {
        assertEquals("ab", typed("a\1qb\1"));
        assertEquals(0, quits);
    }

    @Test
    void endOfInputIsTypedAsCtrlD() throws IOException {
        InputStream in = new EndingInput(new ByteArrayInputStream("ls\n".getBytes()), Duration.ofMillis(1));
        byte[] bytes = new byte[10];
        assertEquals(3, in.read(bytes, 0, 10));
        for (int i = 0; i < 3; i++) {
            assertEquals(1, in.read(bytes, 0, 10));
            assertEquals(EndingInput.END, bytes[0]);
        }
    }

    @Test
    void lastLineIsEndedBeforeTheInput() throws IOException {
        InputStream in = new EndingInput(new ByteArrayInputStream("ls".getBytes()), Duration.ofMillis(1));
        assertEquals("ls\n\4\4", new String(in.readNBytes(5), StandardCharsets.US_ASCII));
    }

    @Test
    void closedInputHasEnded() throws IOException {
        try (InputStream in = new EndingInput(new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("Bad file descriptor");
            }
        }, Duration.ZERO)) {
            assertEquals(EndingInput.END, in.read());
        }
    }

    @Test
    void reasonOfAPanicIsFound() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PanicWatch watch = new PanicWatch(out);
        watch.write("booting\r\n".getBytes());
        assertNull(watch.panic());
        watch.write("[    1.0] Kernel panic - not syncing: VFS: no root\r\n".getBytes());
        watch.write("---[ end Kernel panic - not syncing: x\r\n".getBytes());
        assertEquals("VFS: no root", watch.panic());
        watch.write(new byte[100_000]);
        assertTrue(out.size() > 100_000, "everything passes");
    }
}
