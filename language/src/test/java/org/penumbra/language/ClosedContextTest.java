// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a machine has outside the Java heap goes back to the host with its context, and never too early.
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc")
final class ClosedContextTest {
    private static final long MIB = 1 << 20;
    private static final int PAGES = 11 << 12;

    /// Stores to 176 MiB of RAM, a page at a time.
    private static byte[] filler() {
        return Assembly.of("""
                auipc t0, 0x100
                lui t1, %d
                lui t2, 1
                next: sd t1, 0(t0)
                add t0, t0, t2
                addi t1, t1, -1
                bnez t1, next
                """.formatted(PAGES >> 12) + Assembly.exit(3));
    }

    private static void fillAndClose(String model) {
        try (Guest guest = new Guest(filler(), "riscv.memory", "192M", "riscv.engine", "interpreter", "riscv.model", model)) {
            assertEquals(3, guest.run());
        }
    }

    /// Memory of this process that is there, in bytes.
    private static long resident() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:")).mapToLong(line -> Long.parseLong(line.split("\\s+")[1]) << 10)
                    .findFirst().orElseThrow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp"})
    @Timeout(120)
    void aClosedContextKeepsNothingOfItsGuestsMemory(String model) throws IOException {
        fillAndClose(model);
        long before = resident();
        for (int i = 0; i < 6; i++) {
            fillAndClose(model);
        }
        long grown = resident() - before;
        assertTrue(grown < 192 * MIB, "grown by " + grown / MIB + " MiB");
    }

    @Test
    @Timeout(120)
    void aClosedMachineKeepsNothingOfItsMemoryWhileItsContextGoesOn() throws IOException {
        try (Guest guest = new Guest(filler(), "riscv.memory", "192M", "riscv.engine", "interpreter")) {
            assertEquals(3, guest.run());
            long before = resident();
            guest.machine.invokeMember("close");
            assertTrue(before - resident() > 160 * MIB, "fallen by " + (before - resident()) / MIB + " MiB");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp"})
    @Tag("offline")
    void aThousandMachinesEndWhereTheyBegan(String model) throws IOException {
        for (int i = 0; i < 100; i++) {
            fillAndClose(model);
        }
        System.gc();
        long before = resident();
        for (int i = 0; i < 1000; i++) {
            fillAndClose(model);
        }
        System.gc();
        long grown = resident() - before;
        assertTrue(grown < 64 * MIB, "grown by " + grown / MIB + " MiB");
    }

    /// Memory that was given back too early would end this process, not the test.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(120)
    void memoryEndsWhileOtherThreadsUseIt(boolean contextStays) throws Exception {
        for (int round = 0; round < 5; round++) {
            var guest = new Guest(filler(), "riscv.memory", "192M", "riscv.engine", "interpreter", "riscv.model", "tsp");
            var reading = new CountDownLatch(2);
            var read = new AtomicLong();
            Runnable reader = () -> {
                try {
                    while (true) {
                        for (long at = 0; at < 192 * MIB; at += MIB) {
                            read.addAndGet(guest.memory().readBufferByte(at));
                            guest.memory().writeBufferByte(at, (byte) 1);
                        }
                        reading.countDown();
                    }
                } catch (PolyglotException | IllegalStateException closed) {
                    reading.countDown();
                }
            };
            Thread one = Thread.ofPlatform().start(reader);
            Thread other = Thread.ofPlatform().start(reader);
            reading.await();
            if (contextStays) {
                guest.machine.invokeMember("close");
                one.join();
                other.join();
            }
            guest.close();
            one.join();
            other.join();
        }
    }
}
