// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Accesses that share a TLB check, where sharing is not simply right: their range crosses a page, the TLB forgets the
/// page in between, the base is loaded anew. Results and misses are those of the interpreter.
final class SharedCheckRunTest {
    /// Walks over some pages with loads and stores around a pointer; two other pointers, one of which is loaded from
    /// where it points, compete for the TLB.
    ///
    /// @param shift the binary logarithm of a 2047th of the rounds
    private static byte[] program(int shift) {
        return Assembly.of("""
                auipc a0, 0x10
                addi a0, a0, -44
                auipc t2, 0xc00
                sd t2, 16(t2)
                li a1, 0
                li a2, 2047
                slli a2, a2, %d
                again: ld a3, 0(a0)
                lw a4, 12(a0)
                add a1, a1, a3
                sd a2, 20(a0)
                ld t2, 16(t2)
                ld a5, 8(t2)
                sd a1, 8(t2)
                add a1, a1, a4
                lbu a4, 43(a0)
                sb a4, -8(a0)
                xor a1, a1, a5
                andi a3, a2, 7
                bnez a3, here
                addi a0, a0, 4
                here: ld a3, 8(a0)
                add a1, a1, a3
                addi a2, a2, -1
                bne a1, a1, never
                bnez a2, again
                %s
                never: sd a1, 8(zero) # a base that never changes
                lw a4, 8(zero)
                j again
                """.formatted(shift, Assembly.exit(3)));
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
        byte[] code = program(4);
        try (Guest expected = new Guest(code, "riscv.engine", "interpreter", "riscv.tlb-entries", entries);
                Guest actual = new Guest(code, "riscv.engine", engine, "riscv.tlb-entries", entries)) {
            assertSame(expected, actual);
        }
    }

    /// Long enough for the optimised form, and for going back from it where it misses often.
    @ParameterizedTest
    @CsvSource({"1,false", "1024,true"})
    void alsoInTheOptimisedForm(String entries, boolean stays) {
        byte[] code = program(11);
        try (Guest expected = new Guest(code, "riscv.engine", "interpreter", "riscv.tlb-entries", entries);
                Guest actual = new Guest(code, "riscv.tlb-entries", entries, "riscv.eager", "false")) {
            assertSame(expected, actual);
            Value compiler = actual.statistics().getMember("compiler");
            assertTrue(compiler.getMember("improvements").asLong() > 0, compiler.toString());
            long interpreted = compiler.getMember("interpreted").asLong();
            assertTrue(!stays || interpreted < 20_000_000, "interpreted " + interpreted);
        }
    }

    /// The engine modes that keep to a tier; what partial evaluation does is not reached here.
    @ParameterizedTest
    @CsvSource({"quick,false", "optimised,true"})
    void modesKeepToTheirTiers(String engine, boolean improves) {
        byte[] code = program(12);
        try (Guest expected = new Guest(code, "riscv.engine", "interpreter");
                Guest actual = new Guest(code, "riscv.engine", engine, "riscv.eager", "false")) {
            assertSame(expected, actual);
            Value compiler = actual.statistics().getMember("compiler");
            assertTrue(compiler.getMember("translatedEntries").asLong() > 0, compiler.toString());
            assertEquals(improves, compiler.getMember("improvements").asLong() > 0, compiler.toString());
            assertEquals(0, compiler.getMember("regions").asLong());
        }
    }
}
