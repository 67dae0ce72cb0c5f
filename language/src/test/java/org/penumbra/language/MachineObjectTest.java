// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A machine and its members through the polyglot API.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MachineObjectTest {
    /// Instructions of the boot ROM.
    private static final int BOOT = 6;

    /// Counts a1 down from 2047, adding it to a0, and exits with 5.
    private static byte[] sum() {
        return Assembly.of("""
                li a0, 0
                li a1, 2047
                again: add a0, a0, a1
                addi a1, a1, -1
                bnez a1, again
                """ + Assembly.exit(5));
    }

    private static final long SUM_INSTRUCTIONS = BOOT + 2 + 3 * 2047 + 4;

    @Test
    void membersAreThere() {
        try (Guest guest = new Guest(sum())) {
            assertEquals(Set.of("run", "step", "stop", "reset", "resize", "save", "addSymbols", "look", "gdb",
                    "profile", "close", "harts", "memory", "symbols", "functions", "address", "statistics"),
                    guest.machine.getMemberKeys());
            for (String name : Set.of("run", "step", "stop", "reset", "resize", "close")) {
                assertTrue(guest.machine.canInvokeMember(name) && guest.machine.getMember(name).canExecute(), name);
            }
            assertFalse(guest.machine.hasMember("frobnicate"));
            assertThrows(UnsupportedOperationException.class, () -> guest.machine.invokeMember("frobnicate"));
            assertEquals("RISC-V machine with guest", guest.machine.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter", "translated", "immediate"})
    void runGivesTheExitStatusAndGivesItAgain(String engine) {
        try (Guest guest = new Guest(sum(), "riscv.engine", engine)) {
            assertEquals(5, guest.run());
            assertEquals(2047 * 1024, guest.register("a0"));
            assertEquals(SUM_INSTRUCTIONS, guest.statistics().getMember("instructions").asLong());
            assertEquals(5, guest.machine.getMember("run").execute().asInt());
            assertEquals(0, guest.step(10));
            assertEquals(SUM_INSTRUCTIONS, guest.statistics().getMember("instructions").asLong());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "interpreter", "translated", "immediate"})
    void stepRetiresExactlySoManyInstructions(String engine) {
        try (Guest guest = new Guest(sum(), "riscv.engine", engine)) {
            assertEquals(BOOT, guest.step(BOOT));
            assertEquals(Assembly.RAM, guest.register("pc"));
            assertEquals(2 + 3 * 1000, guest.step(2 + 3 * 1000));
            assertEquals(1047, guest.register("a1"));
            assertEquals(0, guest.step(0));
            assertEquals(1, guest.step(1));
            assertEquals(Assembly.RAM + 12, guest.register("pc"));
            assertEquals(SUM_INSTRUCTIONS, guest.step(1_000_000) + BOOT + 2 + 3 * 1000 + 1);
            assertEquals(5, guest.run());
        }
    }

    @Test
    void stepCountsNoInstructionThatTraps() {
        // The handler, 16 bytes on, is reached by an instruction that is not retired.
        byte[] program = Assembly.of("""
                la t0, handler
                csrw mtvec, t0
                ecall
                handler: li a0, 7
                """ + Assembly.exit(0));
        try (Guest guest = new Guest(program)) {
            assertEquals(BOOT + 3, guest.step(BOOT + 3));
            assertEquals(Assembly.RAM + 12, guest.register("pc"));
            assertEquals(1, guest.step(1));
            assertEquals(Assembly.RAM + 20, guest.register("pc"));
            assertEquals(7, guest.register("a0"));
            assertEquals(11, guest.register("mcause"));
        }
    }

    @Test
    void handlerThatFaultsForEverEndsTheRun() {
        // Nothing is mapped at 0, where mtvec points after power-on.
        try (Guest guest = new Guest(Assembly.of(".word 0"))) {
            assertEquals(BOOT, guest.step(100));
            assertEquals(0, guest.register("pc"));
            assertEquals(1, guest.register("mcause"));
            PolyglotException e = assertThrows(PolyglotException.class, guest::run);
            assertTrue(e.getMessage().contains("trap handler at pc 0x0"), e.getMessage());
            assertEquals(75, e.getGuestObject().getMember("exitStatus").asInt());
            assertTrue(guest.statistics().getMember("guestExit").isNull());
        }
    }

    @Test
    void stepSaysWhyNothingHappensAnyMore() {
        try (Guest guest = new Guest(Assembly.LOOP, "riscv.max-instructions", "1000")) {
            assertEquals(1000, guest.step(5000));
            PolyglotException e = assertThrows(PolyglotException.class, () -> guest.step(5000));
            assertTrue(e.isGuestException() && e.getMessage().contains("instruction limit"), e.getMessage());
        }
    }

    @Test
    void wrongArgumentsAreRefused() {
        try (Guest guest = new Guest(sum())) {
            assertThrows(IllegalArgumentException.class, () -> guest.machine.invokeMember("run", 1));
            assertThrows(IllegalArgumentException.class, () -> guest.machine.invokeMember("step"));
            assertThrows(IllegalArgumentException.class, () -> guest.machine.invokeMember("step", "ten"));
            assertThrows(IllegalArgumentException.class, () -> guest.machine.invokeMember("step", -1));
            assertThrows(IllegalArgumentException.class, () -> guest.machine.invokeMember("step", 1.5));
            assertThrows(IllegalArgumentException.class, () -> guest.machine.getMember("step").execute(1, 2));
            assertEquals(5, guest.run());
        }
    }

    @Test
    void symbolsAreAddresses() {
        try (Guest guest = new Guest(Guest.program("jumps"))) {
            Value symbols = guest.machine.getMember("symbols");
            assertTrue(symbols.getMemberKeys().contains("test_main"), symbols.getMemberKeys().toString());
            assertEquals(Assembly.RAM, symbols.getMember("_start").asLong());
            for (String start : List.of("_start", "0x80000000", "2147483648")) {
                assertEquals(Assembly.RAM, guest.machine.invokeMember("address", start).asLong(), start);
            }
            for (String wrong : List.of("", "0x", "nowhere", "-0x1", "1e3")) {
                assertThrows(PolyglotException.class, () -> guest.machine.invokeMember("address", wrong), wrong);
            }
            assertFalse(symbols.hasMember("no such symbol"));
        }
        try (Guest guest = new Guest(sum())) {
            assertEquals(Set.of(), guest.machine.getMember("symbols").getMemberKeys());
        }
    }

    @Test
    void storesToMemoryFromOutsideTakeEffectOnHotCode() {
        // A loop of its own; what it adds is patched from outside.
        byte[] loop = Assembly.of("""
                li a0, 0
                again: addi a0, a0, 1
                j again
                """);
        try (Guest guest = new Guest(loop)) {
            guest.step(1_000_000);
            assertTrue(guest.statistics().getMember("compiler").getMember("regions").asInt() > 0);
            byte[] end = Assembly.of(Assembly.exit(9));
            for (int i = 0; i < end.length; i++) {
                guest.memory().writeBufferByte(8 + i, end[i]);
            }
            assertEquals(9, guest.run());
        }
    }

    @Test
    void storesOfTheGuestAreSeenFromOutside() {
        byte[] program = Assembly.of("""
                auipc a0, 1
                li a1, -2
                sd a1, 8(a0)
                """ + Assembly.exit(0));
        try (Guest guest = new Guest(program)) {
            assertEquals(0, guest.run());
            assertEquals(-2, guest.memory().readBufferLong(java.nio.ByteOrder.LITTLE_ENDIAN, 0x1008));
        }
    }
}
