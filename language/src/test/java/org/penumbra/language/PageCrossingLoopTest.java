// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A loop with an instruction that begins in one page and ends in the next: the compiling tiers have it as a loop, and
/// notice when its end changes.
final class PageCrossingLoopTest {
    private static final int ITERATIONS = 32_000;

    /// Adds 1 to a1 in a loop, then, after a store to the second half of that instruction, 2, and so on four times.
    private static byte[] program() {
        return Assembly.of("""
                li a2, 4
                la t0, crossing + 2
                li a1, 0
                j again
                .org 0x1000 - 10
                again: li a0, %d
                slli a0, a0, 4
                crossing: addi a1, a1, 1
                addi a0, a0, -1
                bnez a0, crossing
                # The half-word at the start of the page: immediate in bits 4 and up.
                lhu t1, 0(t0)
                addi t1, t1, 16
                sh t1, 0(t0)
                addi a2, a2, -1
                bnez a2, again
                """.formatted(ITERATIONS / 16) + Assembly.exit(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"translated", "default", "immediate"})
    void isCompiledAndCountsAsInterpreted(String engine) {
        List<String> counts = List.of("instructions", "memoryVirtualisationExits", "tlb");
        try (Guest interpreted = new Guest(program(), "riscv.engine", "interpreter");
                Guest compiled = new Guest(program(), "riscv.engine", engine)) {
            assertEquals(3, interpreted.run());
            assertEquals(3, compiled.run());
            assertEquals(10L * ITERATIONS, interpreted.register("a1"));
            assertEquals(10L * ITERATIONS, compiled.register("a1"));
            Value statistics = compiled.statistics();
            for (String count : counts) {
                assertEquals(interpreted.statistics().getMember(count).toString(), statistics.getMember(count).toString());
            }
            long interpretedPart = statistics.getMember("compiler").getMember("interpreted").asLong();
            // A third of the instructions cross the page.
            long all = statistics.getMember("instructions").asLong();
            assertTrue(interpretedPart < 0.3 * all, "interpreted " + interpretedPart + " of " + all);
        }
    }
}
