// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.graalvm.polyglot.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.isa.UpperOp;

/// A loop with an instruction that begins in one page and ends in the next: the compiling tiers have it as a loop, and
/// notice when its end changes.
final class PageCrossingLoopTest {
    private static final int ITERATIONS = 32_000;
    private static final int PAGE = 4096;
    private static final int T1 = 6;

    /// Adds 1 to a1 in a loop, then, after a store to the second half of that instruction, 2, and so on four times.
    private static byte[] program() {
        ByteBuffer image = ByteBuffer.allocate(PAGE + 128).order(ByteOrder.LITTLE_ENDIAN);
        image.put(new Assembly().li(Assembly.A2, 4).word(UpperOp.AUIPC.encode(Assembly.T0, 0, 0, 0, 0, PAGE))
                .immediate(ImmediateOp.ADDI, Assembly.T0, Assembly.T0, -4).li(Assembly.A1, 0).bytes());
        while (image.position() < PAGE - 10) {
            image.putShort((short) 1); // c.nop
        }
        int again = image.position();
        image.put(new Assembly().li(Assembly.A0, ITERATIONS / 16)
                .immediate(ImmediateOp.SLLI, Assembly.A0, Assembly.A0, 4).bytes());
        image.putInt(ImmediateOp.ADDI.encode(Assembly.A1, Assembly.A1, 0, 0, 0, 1));
        image.put(new Assembly().immediate(ImmediateOp.ADDI, Assembly.A0, Assembly.A0, -1)
                .branch(BranchOp.BNE, Assembly.A0, Assembly.ZERO, -8)
                // The half-word at the start of the page: immediate in bits 4 and up.
                .word(LoadOp.LHU.encode(T1, Assembly.T0, 0, 0, 0, 0)).immediate(ImmediateOp.ADDI, T1, T1, 16)
                .store(StoreOp.SH, T1, Assembly.T0, 0).immediate(ImmediateOp.ADDI, Assembly.A2, Assembly.A2, -1).bytes());
        image.putInt(BranchOp.BNE.encode(0, Assembly.A2, Assembly.ZERO, 0, 0, again - image.position()));
        return image.put(new Assembly().exit(3).bytes()).array();
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
