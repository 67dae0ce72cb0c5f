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
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;

/// Resets, from outside and by the guest.
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ResetTest {

    @ParameterizedTest
    @CsvSource({"paging, native", "paging, tsp", "paging, tsp-unsync", "paging, ssp", "paging, lsp", "paging, asp", "paging, hap",
        "interrupts, native", "selfmod, native", "atomics, native"})
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

    @Test
    void resetInTheMiddleForgetsRegistersMemoryAndPatches() {
        try (Guest guest = new Guest(new Assembly().li(Assembly.A0, 9).word(0x0000006f))) {
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
        try (Guest guest = new Guest(new Assembly().word(0x0000006f), "riscv.max-instructions", "100")) {
            assertThrows(PolyglotException.class, guest::run);
            guest.machine.invokeMember("reset");
            assertEquals(60, guest.step(60));
            assertEquals(40, guest.step(60));
        }
    }

    /// Prints a dot, waits for a byte of input, and exits with 6 if it is `q`, else resets the machine.
    private static Assembly rebooting() {
        return new Assembly().lui(Assembly.A0, Assembly.UART).li(Assembly.T0, '.').store(StoreOp.SB, Assembly.T0, Assembly.A0, 0)
                .immediate(LoadOp.LBU, Assembly.T0, Assembly.A0, 5).immediate(ImmediateOp.ANDI, Assembly.T0, Assembly.T0, 1)
                .branch(BranchOp.BEQ, Assembly.T0, Assembly.ZERO, -8)
                .immediate(LoadOp.LBU, Assembly.T0, Assembly.A0, 0).li(Assembly.T1, 'q')
                .branch(BranchOp.BNE, Assembly.T0, Assembly.T1, 20).exit(6)
                .lui(Assembly.T0, Assembly.FINISHER).lui(Assembly.T1, 7).immediate(ImmediateOp.ADDI, Assembly.T1, Assembly.T1, 0x777)
                .store(StoreOp.SW, Assembly.T1, Assembly.T0, 0).word(0x0000006f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp", "hap"})
    void guestThatResetsTheMachineStartsAgain(String model) {
        try (Guest guest = new Guest(rebooting().bytes(), new ByteArrayInputStream("rrrq".getBytes(StandardCharsets.US_ASCII)),
                "riscv.model", model)) {
            assertEquals(6, guest.run());
            assertEquals("....", guest.out.toString(StandardCharsets.US_ASCII));
            // The counts go on, the guest's own counter does not.
            assertTrue(guest.statistics().getMember("instructions").asLong() > guest.register("minstret"));
        }
    }

    @Test
    void limitOfInstructionsStopsAGuestThatResetsForEver() {
        Assembly program = new Assembly().lui(Assembly.T0, Assembly.FINISHER).lui(Assembly.T1, 7)
                .immediate(ImmediateOp.ADDI, Assembly.T1, Assembly.T1, 0x777).store(StoreOp.SW, Assembly.T1, Assembly.T0, 0);
        try (Guest guest = new Guest(program, "riscv.max-instructions", "1000")) {
            PolyglotException e = assertThrows(PolyglotException.class, guest::run);
            assertTrue(e.getMessage().contains("instruction limit"), e.getMessage());
            assertEquals(1000, guest.statistics().getMember("instructions").asLong());
        }
    }
}
