// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.options.ModelName;

/// Resets, from outside and by the guest.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ResetTest {

    static Stream<Arguments> programsAndModels() {
        return Stream.concat(ModelName.all().stream().map(model -> Arguments.of("paging", model)),
                Stream.of("interrupts", "selfmod", "atomics").map(program -> Arguments.of(program, "native")));
    }

    @ParameterizedTest
    @MethodSource("programsAndModels")
    void machineThatWasResetRunsAsANewOne(String program, String model) {
        try (Guest guest = new Guest(Guest.program(program), "riscv.model", model)) {
            int status = guest.run();
            String output = guest.out.toString(StandardCharsets.UTF_8);
            Map<String, Object> counts = guest.counts();
            assertTrue(!output.isEmpty());
            for (int again = 0; again < 2; again++) {
                guest.out.reset();
                assertTrue(guest.machine.invokeMember("reset").isNull());
                assertEquals(0, guest.statistics().getMember("instructions").asLong());
                assertEquals(status, guest.run());
                assertEquals(output, guest.out.toString(StandardCharsets.UTF_8));
                assertEquals(counts, guest.counts());
            }
        }
    }

    /// Code is built at once, so that the engine's counts tell what was built again.
    @ParameterizedTest
    @ValueSource(strings = {"native", "tsp", "ssp", "hap"})
    void codeOfPagesThatAreTheSameAfterAResetStays(String model) {
        for (boolean changes : new boolean[] {false, true}) {
            // A store to its own page or to the next one.
            try (Guest guest = new Guest(Assembly.of("auipc t0, " + (changes ? 0 : 1) + """

                    sw t0, 0x100(t0)
                    li a0, 100
                    round: addi a0, a0, -1
                    bnez a0, round
                    """ + Assembly.exit(3)), "riscv.model", model, "riscv.engine", "translated")) {
                guest.run();
                Map<String, Object> counts = guest.counts();
                assertTrue(built(guest) > 0);
                guest.machine.invokeMember("reset");
                assertEquals(0, built(guest));
                assertEquals(3, guest.run());
                assertEquals(counts, guest.counts());
                assertEquals(changes, built(guest) > 0);
            }
        }
    }

    private static long built(Guest guest) {
        return guest.statistics().getMember("compiler").getMember("translatedRegions").asLong();
    }

    @Test
    void resetInTheMiddleForgetsRegistersMemoryAndPatches() {
        try (Guest guest = new Guest(Assembly.of("li a0, 9\nj pc"))) {
            guest.step(1000);
            guest.memory().writeBufferLong(ByteOrder.LITTLE_ENDIAN, 0x8000, 77);
            guest.memory().writeBufferInt(ByteOrder.LITTLE_ENDIAN, 0, 0);
            guest.hart().putMember("mscratch", 5);
            guest.machine.invokeMember("reset");
            assertEquals(0x1000, guest.register("pc"));
            assertEquals(0, guest.register("a0"));
            assertEquals(0, guest.register("mscratch"));
            assertEquals(0, guest.register("minstret"));
            assertEquals(0, guest.memory().readBufferLong(ByteOrder.LITTLE_ENDIAN, 0x8000));
            assertNotEquals(0, guest.memory().readBufferInt(ByteOrder.LITTLE_ENDIAN, 0));
            guest.step(7);
            assertEquals(9, guest.register("a0"));
        }
    }

    @Test
    void kernelWhoseFileHasChangedIsRefusedInOneLine(@TempDir Path folder) throws Exception {
        byte[] kernel = new byte[4096];
        ByteBuffer.wrap(kernel).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0x6f).putLong(0x10, kernel.length).putInt(0x38, 0x0543_5352);
        Path file = Files.write(folder.resolve("kernel"), kernel);
        try (Guest guest = new Guest(new byte[0], "riscv.kernel", file.toString())) {
            assertEquals(100, guest.step(100));
            guest.machine.invokeMember("reset");
            assertEquals(100, guest.step(100));
            Files.write(file, new byte[4096]);
            PolyglotException refused = assertThrows(PolyglotException.class, () -> guest.machine.invokeMember("reset"));
            assertTrue(refused.isGuestException() && !refused.isInternalError(), refused.toString());
            assertEquals(file + ": has been changed meanwhile; start again", refused.getMessage());
            assertEquals(65, refused.getGuestObject().getMember("exitStatus").asInt());
        }
    }

    @Test
    void limitOfInstructionsStartsAnew() {
        try (Guest guest = new Guest(Assembly.LOOP, "riscv.max-instructions", "100")) {
            assertThrows(PolyglotException.class, guest::run);
            guest.machine.invokeMember("reset");
            assertEquals(60, guest.step(60));
            assertEquals(40, guest.step(60));
        }
    }

    /// Asks the finisher for a reset.
    private static final String RESET = """
            lui t0, 0x100
            li t1, 0x7777
            sw t1, 0(t0)
            """;

    /// Prints a dot, waits for a byte of input, and exits with 6 if it is `q`, else resets the machine.
    private static byte[] rebooting() {
        return Assembly.of("""
                lui a0, 0x10000
                li t0, '.'
                sb t0, 0(a0)
                wait: lbu t0, 5(a0)
                andi t0, t0, 1
                beqz t0, wait
                lbu t0, 0(a0)
                li t1, 'q'
                bne t0, t1, reset
                """ + Assembly.exit(6) + "reset: " + RESET + "j pc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp", "hap"})
    void guestThatResetsTheMachineStartsAgain(String model) {
        try (Guest guest = new Guest(rebooting(), new ByteArrayInputStream("rrrq".getBytes(StandardCharsets.US_ASCII)),
                "riscv.model", model)) {
            assertEquals(6, guest.run());
            assertEquals("....", guest.out.toString(StandardCharsets.US_ASCII));
            // The counts go on, the guest's own counter does not.
            assertTrue(guest.statistics().getMember("instructions").asLong() > guest.register("minstret"));
        }
    }

    @Test
    void limitOfInstructionsStopsAGuestThatResetsForEver() {
        try (Guest guest = new Guest(Assembly.of(RESET), "riscv.max-instructions", "1000")) {
            PolyglotException e = assertThrows(PolyglotException.class, guest::run);
            assertTrue(e.getMessage().contains("instruction limit"), e.getMessage());
            assertEquals(1000, guest.statistics().getMember("instructions").asLong());
        }
    }
}
