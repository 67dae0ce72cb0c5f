// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.hart.GuestAssembler;

/// Guests that trap forever end with one line that says so, or, where instructions are retired in between, at their limit.
@Timeout(120)
final class TrapLoopTest {
    private static final long RAM = 0x8000_0000L;
    private static final long PAYLOAD = 0x8020_0000L;
    private static final long NOWHERE = 0x4000_0000L;
    private static final int LIMIT_STATUS = 75;
    private static final String FOR_EVER = "traps at its first instruction, forever";
    private static final String LIMIT = "instruction limit of 100000 reached";

    static List<String> engines() {
        return List.of("interpreter", "translated", "default", "immediate");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void vectorThatPointsToNothing(String engine) {
        assertEnds(engine, FOR_EVER, vector("mtvec", NOWHERE) + ".word 0");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void vectorNeverSet(String engine) {
        assertEnds(engine, FOR_EVER, "ecall");
    }

    /// The handler's first instruction is no instruction.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatIsIllegal(String engine) {
        assertEnds(engine, FOR_EVER, """
                la t0, handler
                csrw mtvec, t0
                ebreak
                handler: .word 0
                """);
    }

    /// A trap in the handler of a trap, each of which retires an instruction first.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatTrapsAtItsSecondInstruction(String engine) {
        assertEnds(engine, LIMIT, """
                la t0, handler
                csrw mtvec, t0
                li t1, NOWHERE
                ecall
                handler: addi t2, t2, 1
                ld s0, 0(t1)
                """);
    }

    /// The handler returns to what trapped.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatReturnsToTheTrap(String engine) {
        assertEnds(engine, LIMIT, """
                la t0, handler
                csrw mtvec, t0
                li t1, NOWHERE
                ld s0, 0(t1)
                handler: mret
                """);
    }

    /// The supervisor's vector is not mapped, and fetch page faults are delegated to it.
    @ParameterizedTest
    @MethodSource("engines")
    void supervisorVectorThatIsNotMapped(String engine) {
        assertEnds(engine, FOR_EVER, vector("stvec", 0x1000) + """
                li t0, 0x1000
                csrw medeleg, t0
                """ + EdgeGuest.OPEN_ALL + """
                # A root that holds zeros.
                li t0, 0x8000000000080100
                csrw satp, t0
                li t0, 0x2000
                csrw mepc, t0
                li t0, 0x1800 # from M
                csrc mstatus, t0
                li t0, 0x0800 # to S
                csrs mstatus, t0
                mret
                """);
    }

    /// Neither the supervisor's vector nor the machine's leads anywhere.
    @ParameterizedTest
    @MethodSource("engines")
    void bothVectorsPointToNothing(String engine) {
        assertEnds(engine, FOR_EVER, vector("stvec", NOWHERE) + vector("mtvec", NOWHERE + 8) + """
                li t0, 0x100
                csrw medeleg, t0
                """ + EdgeGuest.OPEN_ALL + """
                la t0, user
                csrw mepc, t0
                li t0, 0x1800 # from M to U
                csrc mstatus, t0
                mret
                user: ecall
                """);
    }

    /// A call of the built-in firmware retires nothing, nor does what traps behind it: no limit on instructions would end this.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatCallsTheFirmwareAndTraps(String engine, @TempDir Path folder) throws IOException {
        Path kernel = Files.write(folder.resolve("kernel"), GuestAssembler.assemble(PAYLOAD, """
                la t0, handler
                csrw stvec, t0
                li a7, 0x10 # SBI, base
                handler: ecall
                .word 0
                """));
        assertEnds(engine, "does nothing but call the firmware and trap, forever: exception 2 at pc 0x802000", new byte[0],
                kernel.toString());
    }

    /// Calls in a row are no loop, however many there are: each gets further.
    @ParameterizedTest
    @MethodSource("engines")
    void callsOfTheFirmwareInARowAreNoLoop(String engine, @TempDir Path folder) throws IOException {
        Path kernel = Files.write(folder.resolve("kernel"), GuestAssembler.assemble(PAYLOAD,
                "li a7, 0x10\n" + "ecall\n".repeat(500) + """
                loop: addi t2, t2, 1
                j loop
                """));
        assertEnds(engine, LIMIT, new byte[0], kernel.toString());
    }

    private static String vector(String csr, long address) {
        return "li t0, " + address + "\ncsrw " + csr + ", t0\n";
    }

    private static void assertEnds(String engine, String message, String program) {
        byte[] code = GuestAssembler.at(RAM).define("NOWHERE", NOWHERE).assemble(program);
        assertEnds(engine, message, code, "");
    }

    private static void assertEnds(String engine, String message, byte[] program, String kernel) {
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).option("riscv.memory", "16M")
                .option("riscv.engine", engine).option("riscv.max-instructions", "100000").option("riscv.raw", "true")
                .option("riscv.kernel", kernel).option("engine.Compilation", "false").allowIO(IOAccess.ALL)
                .in(InputStream.nullInputStream()).out(OutputStream.nullOutputStream()).build()) {
            var machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(program), "loop")
                    .mimeType("application/x-riscv-elf").build());
            var end = assertThrows(PolyglotException.class, () -> machine.invokeMember("run"));
            assertFalse(end.isInternalError(), end::toString);
            assertTrue(end.getMessage().contains(message) && end.getMessage().lines().count() == 1, end::getMessage);
            assertEquals(LIMIT_STATUS, end.getGuestObject().getMember("exitStatus").asInt());
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
        }
    }
}
