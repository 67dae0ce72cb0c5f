// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What must not be done to a machine is refused with one line, and the machine goes on.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WrongUseTest {

    private static String refused(Executable action) {
        PolyglotException e = assertThrows(PolyglotException.class, action);
        assertTrue(e.isGuestException() && !e.isInternalError(), e.toString());
        assertEquals(64, e.getGuestObject().getMember("exitStatus").asInt());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        return e.getMessage();
    }

    /// Prints "hi", then exits with 3.
    private static byte[] hi() {
        return Assembly.of("lui a1, 0x10000\n" + Assembly.print("h\n") + Assembly.exit(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter"})
    void anotherThreadIsRefusedWhileTheMachineRuns(String engine) throws Exception {
        try (Guest guest = new Guest(Assembly.LOOP, "riscv.engine", engine)) {
            var outcome = new AtomicReference<Value>();
            Thread runner = Thread.ofPlatform().start(() -> outcome.set(guest.machine.invokeMember("run")));
            String running = "the machine is running on another thread; stop it first";
            while (true) {
                try {
                    guest.machine.getMember("statistics");
                } catch (PolyglotException e) {
                    break;
                }
            }
            assertEquals(running, refused(() -> guest.step(1)));
            assertEquals(running, refused(() -> guest.machine.invokeMember("reset")));
            assertEquals(running, refused(() -> guest.machine.invokeMember("close")));
            assertEquals(running, refused(() -> guest.hart().getMember("pc")));
            assertEquals(running, refused(() -> guest.hart().putMember("a0", 1)));
            assertEquals(running, refused(() -> guest.memory().readBufferByte(0)));
            assertEquals(running, refused(() -> guest.memory().writeBufferInt(ByteOrder.LITTLE_ENDIAN, 0, 0)));
            guest.machine.invokeMember("stop");
            runner.join();
            assertTrue(outcome.get().isNull());
            assertEquals(7, guest.step(7));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999G", "1000000000000000", "17G", "63K", "0", "x", "-1M"})
    void aSizeThatNoMachineHasIsRefused(String size) {
        Exception e = assertThrows(Exception.class, () -> new Guest(Assembly.of(Assembly.exit(0)), "riscv.memory", size));
        assertTrue(e instanceof IllegalArgumentException || e instanceof PolyglotException p && !p.isInternalError(), e.toString());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().startsWith("riscv.memory: '" + size + "' is not "), e.getMessage());
    }

    @Test
    void stopWithoutARunIsForgotten() {
        try (Guest guest = new Guest(Assembly.of(Assembly.exit(4)))) {
            guest.machine.invokeMember("stop");
            assertEquals(4, guest.run());
        }
    }

    @Test
    void closedMachineIsRefused() {
        try (Guest guest = new Guest(Assembly.of(Assembly.exit(0)))) {
            Value hart = guest.hart();
            guest.machine.invokeMember("close");
            guest.machine.invokeMember("close");
            assertEquals("the machine has been closed", refused(guest::run));
            assertEquals("the machine has been closed", refused(() -> hart.getMember("a0")));
        }
    }

    /// Runs [#hi] with an output of the host's.
    private static List<Object> runWith(OutputStream out, byte[] image) throws IOException {
        var ends = new ArrayList<>();
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).in(InputStream.nullInputStream())
                .option("riscv.raw", "true").option("riscv.memory", "16M").out(out).build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(image), "hi")
                    .mimeType("application/x-riscv-elf").build());
            Holder.machine = machine;
            while (ends.size() < 4) {
                try {
                    ends.add(machine.invokeMember("run").asInt());
                    break;
                } catch (PolyglotException e) {
                    assertFalse(e.isInternalError(), e.toString());
                    ends.add(e.getMessage());
                }
            }
        }
        return ends;
    }

    private static final class Holder {
        private static Value machine;
    }

    @Test
    void exceptionOfAHostStreamReachesTheCallerAndTheGuestCanGoOn() throws IOException {
        var seen = new StringBuilder();
        var out = new OutputStream() {
            private boolean failed;

            @Override
            public void write(int value) throws IOException {
                if (!failed) {
                    failed = true;
                    throw new IOException("no paper");
                }
                seen.append((char) value);
            }
        };
        assertEquals(List.of("the console's output failed (java.io.IOException: no paper)", 3), runWith(out, hi()));
        var broken = new OutputStream() {
            @Override
            public void write(int value) {
                throw new IllegalStateException("no ink");
            }
        };
        assertTrue(runWith(broken, hi()).getFirst().toString().contains("no ink"));
    }

    @Test
    void machineCannotBeRunFromItsOwnStream() throws IOException {
        var message = new AtomicReference<String>();
        var out = new OutputStream() {
            @Override
            public void write(int value) {
                try {
                    Holder.machine.invokeMember("step", 1);
                } catch (PolyglotException e) {
                    message.set(e.getMessage());
                }
            }
        };
        assertEquals(List.of(3), runWith(out, hi()));
        assertEquals("the machine is running: a callback or a stream of its console cannot run or reset it", message.get());
    }

    @Test
    void fileThatIsNoImageIsRefused() {
        byte[] text = "<project/>\n".getBytes(StandardCharsets.UTF_8);
        PolyglotException e = assertThrows(PolyglotException.class, () -> new Guest(text, "riscv.raw", "false"));
        assertEquals("guest: is neither an ELF file nor a Linux kernel; --raw (riscv.raw) runs any file as instructions for "
                + "0x80000000", e.getMessage());
        assertEquals(65, e.getGuestObject().getMember("exitStatus").asInt());
    }

    @Test
    void endOfARunIsSeenByAllThreads() throws InterruptedException {
        try (Guest guest = new Guest(Assembly.of(Assembly.exit(9)))) {
            var done = new CountDownLatch(1);
            Thread.ofPlatform().start(() -> {
                guest.run();
                done.countDown();
            });
            done.await();
            assertEquals(9, guest.run());
            assertNull(guest.statistics().getMember("nothing such"));
        }
    }
}
