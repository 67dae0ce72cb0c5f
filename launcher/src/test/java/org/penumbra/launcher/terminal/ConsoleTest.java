// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.terminal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

final class ConsoleTest {

    /// Counts the writes, each of which would be a system call.
    private static final class Sink extends ByteArrayOutputStream {
        private int writes;

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            writes++;
            super.write(bytes, offset, length);
        }
    }

    private final Sink sink = new Sink();
    private final Console console = new Console(sink);

    @Test
    void lineAppearsAtOnce() throws IOException {
        for (char c : "hello\n".toCharArray()) {
            console.write(c);
        }
        assertEquals("hello\n", sink.toString());
    }

    @Test
    void partOfALineWaitsForAFlush() throws IOException {
        console.write('$');
        assertEquals("", sink.toString());
        console.flush();
        assertEquals("$", sink.toString());
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void outputThatNobodyTakesDoesNotKeepTheProcess() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        Console stuck = new Console(new OutputStream() {
            @Override
            public void write(int value) {
                blocked.countDown();
                LockSupport.park();
            }
        });
        Thread.ofPlatform().daemon().start(() -> {
            try {
                stuck.write('\n');
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        blocked.await();
        stuck.flushAtEnd();
    }

    @Test
    void outputThatCannotBeWrittenIsAFailureWithItsStatus() {
        for (String reason : new String[] {"No space left on device", "Broken pipe"}) {
            Console full = new Console(new OutputStream() {
                @Override
                public void write(int value) throws IOException {
                    throw new IOException(reason);
                }
            });
            assertThrows(IOException.class, () -> full.write('\n'));
            Failure failure = assertThrows(Failure.class, full::finish);
            boolean gone = reason.equals("Broken pipe");
            assertEquals(gone ? ExitStatus.OUTPUT_CLOSED : ExitStatus.CANNOT_WRITE, failure.status());
            assertEquals(gone ? "" : "output cannot be written (No space left on device)", failure.getMessage());
        }
    }

    @Test
    void floodIsCompleteAndCostsFewWrites() throws IOException {
        byte[] all = new byte[1_000_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i % 10 == 9 ? '\n' : 'a' + i % 7);
            console.write(all[i]);
        }
        console.flush();
        assertArrayEquals(all, sink.toByteArray());
        assertTrue(sink.writes < 20_000, sink.writes + " writes");
    }
}
