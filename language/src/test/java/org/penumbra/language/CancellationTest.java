// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Cancelling and interrupting a context stops a guest that would run, trap or wait forever.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CancellationTest {
    /// Before the action, so that it meets a guest which is compiled or asleep.
    private static final long HEAD_START_MILLIS = 700;
    /// Much more than it takes, for a busy computer.
    private static final long LIMIT_SECONDS = 20;

    /// Input that never comes and never ends.
    private static InputStream silence() {
        return new InputStream() {
            @Override
            public int read() {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return -1;
            }
        };
    }

    private static Guest guest(String kind, String engine, String clock) {
        byte[] program = switch (kind) {
            case "loops" -> Assembly.LOOP;
            case "waits" -> Assembly.of("""
                    wait: wfi
                    j wait
                    """);
            // The handler calls itself.
            default -> Assembly.of("""
                    la t0, handler
                    csrw mtvec, t0
                    handler: li a0, 1
                    ecall
                    """);
        };
        return new Guest(program, silence(), "riscv.engine", engine, "riscv.clock", clock);
    }

    @FunctionalInterface
    private interface Action {
        void run() throws Exception;
    }

    /// Runs the guest and does something to it from another thread.
    /// @return how the run ended
    private static PolyglotException runAnd(Guest guest, Action action) throws Exception {
        var failure = new java.util.concurrent.atomic.AtomicReference<Exception>();
        long[] began = new long[1];
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(HEAD_START_MILLIS);
                began[0] = System.nanoTime();
                action.run();
            } catch (Exception e) {
                failure.set(e);
            }
        });
        PolyglotException end = assertThrows(PolyglotException.class, guest::run);
        long took = System.nanoTime() - began[0];
        other.join();
        assertEquals(null, failure.get());
        assertTrue(took < TimeUnit.SECONDS.toNanos(LIMIT_SECONDS), took + " ns");
        return end;
    }

    @ParameterizedTest
    @CsvSource({"loops, default, instructions", "loops, interpreter, instructions", "loops, default, host",
        "waits, default, host", "waits, default, instructions", "traps, default, instructions", "traps, interpreter, host"})
    void cancelledContextStopsTheGuest(String kind, String engine, String clock) throws Exception {
        Guest guest = guest(kind, engine, clock);
        PolyglotException end = runAnd(guest, () -> guest.context.close(true));
        assertTrue(end.isCancelled(), end.toString());
    }

    @Test
    void traceOfAnInterruptedGuestIsComplete(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("trace");
        try (Guest guest = new Guest(Assembly.LOOP, "riscv.trace", file.toString())) {
            PolyglotException end = runAnd(guest, () -> guest.context.interrupt(Duration.ofSeconds(LIMIT_SECONDS)));
            assertTrue(end.isInterrupted(), end.toString());
            try (var lines = Files.lines(file)) {
                assertEquals(guest.statistics().getMember("instructions").asLong(), lines.count());
            }
            assertEquals(5, guest.step(5));
            try (var lines = Files.lines(file)) {
                assertEquals(guest.statistics().getMember("instructions").asLong(), lines.count());
            }
        }
    }

    /// Its state is in registers of the host while it is compiled.
    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter"})
    void interruptsInTheMiddleOfALoopLeaveItsResultAlone(String engine) throws Exception {
        int rounds = engine.equals("default") ? 100_000 << 12 : 5_000 << 12;
        byte[] program = Assembly.of("""
                lui t0, %d
                auipc a1, 0x100
                again: ld a2, -4(a1)
                addi a2, a2, 1
                sd a2, -4(a1)
                addi t0, t0, -1
                bnez t0, again
                """.formatted(rounds >>> 12) + Assembly.exit(4));
        try (Guest guest = new Guest(program, "riscv.engine", engine)) {
            var running = new AtomicBoolean(true);
            Thread other = Thread.ofPlatform().start(() -> {
                while (running.get()) {
                    try {
                        Thread.sleep(20);
                        guest.context.interrupt(Duration.ofSeconds(LIMIT_SECONDS));
                    } catch (InterruptedException | TimeoutException e) {
                        return;
                    }
                }
            });
            int interrupts = 0;
            int status = -1;
            while (status < 0) {
                try {
                    status = guest.run();
                } catch (PolyglotException e) {
                    assertTrue(e.isInterrupted(), e.toString());
                    interrupts++;
                }
            }
            running.set(false);
            other.join();
            assertEquals(4, status);
            assertTrue(interrupts > 0);
            assertEquals(rounds, guest.memory().readBufferLong(ByteOrder.LITTLE_ENDIAN, 0x10_0000));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"loops", "waits"})
    void interruptedGuestCanGoOn(String kind) throws Exception {
        try (Guest guest = guest(kind, "default", "host")) {
            PolyglotException end = runAnd(guest, () -> guest.context.interrupt(Duration.ofSeconds(LIMIT_SECONDS)));
            assertTrue(end.isInterrupted(), end.toString());
            byte[] exit = Assembly.of(Assembly.exit(4));
            for (int i = 0; i < exit.length; i++) {
                guest.memory().writeBufferByte(0x100 + i, exit[i]);
            }
            // So that one that waits wakes up.
            guest.hart().putMember("mie", 2);
            guest.hart().putMember("mip", 2);
            guest.hart().putMember("pc", Assembly.RAM + 0x100);
            assertEquals(4, guest.run());
        }
    }
}
