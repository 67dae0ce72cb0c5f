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
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// Cancelling and interrupting a context stops a guest that would run, trap or wait forever.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CancellationTest {
    /// Before the deed, so that it meets a guest which is compiled or asleep.
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
        Assembly program = switch (kind) {
            case "loops" -> new Assembly().word(0x0000006f);
            case "waits" -> new Assembly().system(SystemOp.WFI).word(0xffdff06f);
            // The handler calls itself.
            default -> new Assembly().word(UpperOp.AUIPC.encode(Assembly.T0, 0, 0, 0, 0, 0))
                    .immediate(ImmediateOp.ADDI, Assembly.T0, Assembly.T0, 12).csr(CsrOp.CSRRW, 0, 0x305, Assembly.T0)
                    .li(Assembly.A0, 1).system(SystemOp.ECALL);
        };
        return new Guest(program.bytes(), silence(), "riscv.engine", engine, "riscv.clock", clock);
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws Exception;
    }

    /// Runs the guest and does something to it from another thread.
    /// @return how the run ended
    private static PolyglotException runAnd(Guest guest, Deed deed) throws Exception {
        var failure = new java.util.concurrent.atomic.AtomicReference<Exception>();
        long[] began = new long[1];
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                Thread.sleep(HEAD_START_MILLIS);
                began[0] = System.nanoTime();
                deed.run();
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
        try (Guest guest = new Guest(new Assembly().word(0x0000006f), "riscv.trace", file.toString())) {
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
        Assembly program = new Assembly().lui(Assembly.T0, rounds >>> 12).word(UpperOp.AUIPC.encode(Assembly.A1, 0, 0, 0, 0, 0x10_0000))
                .immediate(LoadOp.LD, Assembly.A2, Assembly.A1, -4).immediate(ImmediateOp.ADDI, Assembly.A2, Assembly.A2, 1)
                .store(StoreOp.SD, Assembly.A2, Assembly.A1, -4).immediate(ImmediateOp.ADDI, Assembly.T0, Assembly.T0, -1)
                .branch(BranchOp.BNE, Assembly.T0, Assembly.ZERO, -16).exit(4);
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
            Assembly exit = new Assembly().exit(4);
            for (int i = 0; i < exit.size(); i += 4) {
                guest.memory().writeBufferInt(ByteOrder.LITTLE_ENDIAN, 0x100 + i,
                        java.nio.ByteBuffer.wrap(exit.bytes()).order(ByteOrder.LITTLE_ENDIAN).getInt(i));
            }
            // So that one that waits wakes up.
            guest.hart().putMember("mie", 2);
            guest.hart().putMember("mip", 2);
            guest.hart().putMember("pc", Assembly.RAM + 0x100);
            assertEquals(4, guest.run());
        }
    }
}
