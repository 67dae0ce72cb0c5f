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
import java.util.function.Consumer;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.tests.fuzz.Assembler;
import org.penumbra.tests.fuzz.Assembler.Label;

/// Guests that trap forever end with one line that says so, or, where instructions are retired in between, at their limit.
@Timeout(120)
final class TrapLoopTest {
    private static final long RAM = 0x8000_0000L;
    private static final long PAYLOAD = 0x8020_0000L;
    private static final long NOWHERE = 0x4000_0000L;
    private static final int MSTATUS = 0x300, MEDELEG = 0x302, MTVEC = 0x305, MEPC = 0x341, STVEC = 0x105, SATP = 0x180;
    private static final int LIMIT_STATUS = 75;
    private static final String FOR_EVER = "traps at its first instruction, forever";
    private static final String LIMIT = "instruction limit of 100000 reached";

    static List<String> engines() {
        return List.of("interpreter", "translated", "default", "immediate");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void vectorThatPointsToNothing(String engine) {
        assertEnds(engine, FOR_EVER, a -> {
            vector(a, MTVEC, NOWHERE);
            a.word(0);
        });
    }

    @ParameterizedTest
    @MethodSource("engines")
    void vectorNeverSet(String engine) {
        assertEnds(engine, FOR_EVER, a -> a.system(SystemOp.ECALL));
    }

    /// The handler's first instruction is no instruction.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatIsIllegal(String engine) {
        assertEnds(engine, FOR_EVER, a -> {
            var handler = new Label();
            a.address(5, handler);
            a.csr(CsrOp.CSRRW, 0, MTVEC, 5);
            a.system(SystemOp.EBREAK);
            a.align(4);
            a.place(handler);
            a.word(0);
        });
    }

    /// A trap in the handler of a trap, each of which retires an instruction first.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatTrapsAtItsSecondInstruction(String engine) {
        assertEnds(engine, LIMIT, a -> {
            var handler = new Label();
            a.address(5, handler);
            a.csr(CsrOp.CSRRW, 0, MTVEC, 5);
            a.constant(6, NOWHERE);
            a.system(SystemOp.ECALL);
            a.align(4);
            a.place(handler);
            a.addi(7, 7, 1);
            a.load(LoadOp.LD, 8, 0, 6);
        });
    }

    /// The handler returns to what trapped.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatReturnsToTheTrap(String engine) {
        assertEnds(engine, LIMIT, a -> {
            var handler = new Label();
            a.address(5, handler);
            a.csr(CsrOp.CSRRW, 0, MTVEC, 5);
            a.constant(6, NOWHERE);
            a.load(LoadOp.LD, 8, 0, 6);
            a.align(4);
            a.place(handler);
            a.system(SystemOp.MRET);
        });
    }

    /// The supervisor's vector is not mapped, and fetch page faults are delegated to it.
    @ParameterizedTest
    @MethodSource("engines")
    void supervisorVectorThatIsNotMapped(String engine) {
        assertEnds(engine, FOR_EVER, a -> {
            vector(a, STVEC, 0x1000);
            a.constant(5, 1 << 12);
            a.csr(CsrOp.CSRRW, 0, MEDELEG, 5);
            EdgeGuest.openAll(a);
            // A root that holds zeros.
            a.constant(5, 8L << 60 | RAM + 0x10_0000 >>> 12);
            a.csr(CsrOp.CSRRW, 0, SATP, 5);
            a.constant(5, 0x2000);
            a.csr(CsrOp.CSRRW, 0, MEPC, 5);
            a.constant(5, 3 << 11);
            a.csr(CsrOp.CSRRC, 0, MSTATUS, 5);
            a.constant(5, 1 << 11);
            a.csr(CsrOp.CSRRS, 0, MSTATUS, 5);
            a.system(SystemOp.MRET);
        });
    }

    /// Neither the supervisor's vector nor the machine's leads anywhere.
    @ParameterizedTest
    @MethodSource("engines")
    void bothVectorsPointToNothing(String engine) {
        assertEnds(engine, FOR_EVER, a -> {
            vector(a, STVEC, NOWHERE);
            vector(a, MTVEC, NOWHERE + 8);
            a.constant(5, 1 << 8);
            a.csr(CsrOp.CSRRW, 0, MEDELEG, 5);
            EdgeGuest.openAll(a);
            var user = new Label();
            a.address(5, user);
            a.csr(CsrOp.CSRRW, 0, MEPC, 5);
            a.constant(5, 3 << 11);
            a.csr(CsrOp.CSRRC, 0, MSTATUS, 5);
            a.system(SystemOp.MRET);
            a.place(user);
            a.system(SystemOp.ECALL);
        });
    }

    /// A call of the built-in firmware retires nothing, nor does what traps behind it: no limit on instructions would end this.
    @ParameterizedTest
    @MethodSource("engines")
    void handlerThatCallsTheFirmwareAndTraps(String engine, @TempDir Path folder) throws IOException {
        var a = new Assembler(PAYLOAD);
        var handler = new Label();
        a.address(5, handler);
        a.csr(CsrOp.CSRRW, 0, STVEC, 5);
        a.constant(17, 0x10); // SBI, base
        a.align(4);
        a.place(handler);
        a.system(SystemOp.ECALL);
        a.word(0);
        Path kernel = Files.write(folder.resolve("kernel"), a.finish());
        assertEnds(engine, "does nothing but call the firmware and trap, forever: exception 2 at pc 0x802000", new byte[0],
                kernel.toString());
    }

    /// Calls in a row are no loop, however many there are: each gets further.
    @ParameterizedTest
    @MethodSource("engines")
    void callsOfTheFirmwareInARowAreNoLoop(String engine, @TempDir Path folder) throws IOException {
        var a = new Assembler(PAYLOAD);
        a.constant(17, 0x10);
        for (int i = 0; i < 500; i++) {
            a.system(SystemOp.ECALL);
        }
        var loop = new Label();
        a.place(loop);
        a.addi(7, 7, 1);
        a.jump(0, loop);
        Path kernel = Files.write(folder.resolve("kernel"), a.finish());
        assertEnds(engine, LIMIT, new byte[0], kernel.toString());
    }

    private static void vector(Assembler a, int csr, long address) {
        a.constant(5, address);
        a.csr(CsrOp.CSRRW, 0, csr, 5);
    }

    private static void assertEnds(String engine, String message, Consumer<Assembler> program) {
        var a = new Assembler(RAM);
        program.accept(a);
        assertEnds(engine, message, a.finish(), "");
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
