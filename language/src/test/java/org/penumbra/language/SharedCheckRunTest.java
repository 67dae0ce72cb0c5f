// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.RegisterOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.UpperOp;

/// Accesses that share a TLB check, where sharing is not simply right: their range crosses a page, the TLB forgets the
/// page in between, the base is loaded anew. Results and misses are those of the interpreter.
final class SharedCheckRunTest {
    private static final int A3 = 13;
    private static final int A4 = 14;
    private static final int A5 = 15;

    /// Walks over some pages with loads and stores around a pointer; two other pointers, one of which is loaded from
    /// where it points, compete for the TLB.
    ///
    /// @param shift the binary logarithm of a 2047th of the rounds
    private static Assembly program(int shift) {
        int above = 16;
        Assembly code = new Assembly().word(UpperOp.AUIPC.encode(Assembly.A0, 0, 0, 0, 0, above << 12))
                .immediate(ImmediateOp.ADDI, Assembly.A0, Assembly.A0, -44)
                .word(UpperOp.AUIPC.encode(Assembly.T2, 0, 0, 0, 0, 12 << 20))
                .store(StoreOp.SD, Assembly.T2, Assembly.T2, 16)
                .li(Assembly.A1, 0).li(Assembly.A2, 2047)
                .immediate(ImmediateOp.SLLI, Assembly.A2, Assembly.A2, shift);
        int start = code.size();
        code.immediate(LoadOp.LD, A3, Assembly.A0, 0).immediate(LoadOp.LW, A4, Assembly.A0, 12)
                .register(RegisterOp.ADD, Assembly.A1, Assembly.A1, A3)
                .store(StoreOp.SD, Assembly.A2, Assembly.A0, 20)
                .immediate(LoadOp.LD, Assembly.T2, Assembly.T2, 16)
                .immediate(LoadOp.LD, A5, Assembly.T2, 8)
                .store(StoreOp.SD, Assembly.A1, Assembly.T2, 8)
                .register(RegisterOp.ADD, Assembly.A1, Assembly.A1, A4)
                .immediate(LoadOp.LBU, A4, Assembly.A0, 43).store(StoreOp.SB, A4, Assembly.A0, -8)
                .register(RegisterOp.XOR, Assembly.A1, Assembly.A1, A5)
                .immediate(ImmediateOp.ANDI, A3, Assembly.A2, 7)
                .branch(BranchOp.BNE, A3, Assembly.ZERO, 8)
                .immediate(ImmediateOp.ADDI, Assembly.A0, Assembly.A0, 4)
                .immediate(LoadOp.LD, A3, Assembly.A0, 8)
                .register(RegisterOp.ADD, Assembly.A1, Assembly.A1, A3)
                .immediate(ImmediateOp.ADDI, Assembly.A2, Assembly.A2, -1);
        return code.branch(BranchOp.BNE, Assembly.A2, Assembly.ZERO, start - code.size()).exit(3);
    }

    private static void assertSame(Guest expected, Guest actual) {
        assertEquals(3, expected.run());
        assertEquals(3, actual.run());
        for (String register : List.of("a0", "a1", "a2", "a3", "a4", "a5", "t2")) {
            assertEquals(expected.register(register), actual.register(register), register);
        }
        for (String count : List.of("instructions", "memoryVirtualisationExits", "tlb")) {
            assertEquals(expected.statistics().getMember(count).toString(),
                    actual.statistics().getMember(count).toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"translated,1", "translated,2", "translated,1024", "default,1", "default,2", "default,1024"})
    void shareOrNotTheResultIsTheInterpreters(String engine, String entries) {
        Assembly code = program(4);
        try (Guest expected = new Guest(code, "riscv.engine", "interpreter", "riscv.tlb-entries", entries);
                Guest actual = new Guest(code, "riscv.engine", engine, "riscv.tlb-entries", entries)) {
            assertSame(expected, actual);
        }
    }

    /// Long enough for the optimised form, and for going back from it where it misses often.
    @ParameterizedTest
    @CsvSource({"1,false", "1024,true"})
    void alsoInTheOptimisedForm(String entries, boolean stays) {
        Assembly code = program(11);
        try (Guest expected = new Guest(code, "riscv.engine", "interpreter", "riscv.tlb-entries", entries);
                Guest actual = new Guest(code, "riscv.tlb-entries", entries, "riscv.eager", "false")) {
            assertSame(expected, actual);
            Value compiler = actual.statistics().getMember("compiler");
            assertTrue(compiler.getMember("improvements").asLong() > 0, compiler.toString());
            long interpreted = compiler.getMember("interpreted").asLong();
            assertTrue(!stays || interpreted < 20_000_000, "interpreted " + interpreted);
        }
    }
}
