// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A guest that writes its functions over and over, of each of which regions are made: what belonged to the old ones is
/// given back.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RewrittenCodeTest {
    private static final int PAGES = 600;
    private static final int FIRST_PAGE = 0x10_0000;
    /// So few that no page changes often enough to be left to the interpreter.
    private static final int ROUNDS = 4;
    /// Of the loop in each function.
    private static final int ITERATIONS = 400;
    /// Regions of other code.
    private static final int OTHERS = 50;

    @ParameterizedTest
    @ValueSource(strings = {"default", "quick", "optimised"})
    void classesOfDroppedRegionsAreUnloaded(String engine) {
        long before = unloaded();
        long regions = runs(engine);
        assertTrue(regions >= PAGES * ROUNDS, "made " + regions + " regions");
        assertTrue(unloaded() - before >= regions - OTHERS, "none is left with the machine");
    }

    /// Writes functions to pages and calls them, and checks what they compute, and that at the end only the regions of the last
    /// ones are left.
    ///
    /// @return how many regions were made
    private static long runs(String engine) {
        long before = unloaded();
        byte[] program = Assembly.of("""
                li s0, %d # functions to write
                li s1, 0 # written
                li s4, %d
                again: mv s2, s4
                li s3, %d
                page: andi t0, s1, 0x7ff # addi a0, a0, count: the function's first instruction
                slli t0, t0, 20
                lui t1, 0x50
                addi t1, t1, 0x513
                or t0, t0, t1
                sw t0, 0(s2)
                la t1, rest
                ld t0, 0(t1)
                sw t0, 4(s2)
                srli t0, t0, 32
                sw t0, 8(s2)
                lw t0, 8(t1)
                sw t0, 12(s2)
                fence.i
                li a1, %d
                jalr ra, 0(s2)
                addi s1, s1, 1
                lui t0, 1
                add s2, s2, t0
                addi s3, s3, -1
                bnez s3, page
                blt s1, s0, again
                %s
                rest: addi a1, a1, -1
                bnez a1, pc-8
                jalr zero, 0(ra)
                """.formatted(ROUNDS * PAGES, Assembly.RAM + FIRST_PAGE, PAGES, ITERATIONS, Assembly.exit(3)));
        try (Guest guest = new Guest(program, "riscv.engine", engine)) {
            assertEquals(3, guest.run());
            long sum = 0;
            for (int written = 0; written < ROUNDS * PAGES; written++) {
                int immediate = written & 0x7ff;
                sum += (long) ITERATIONS * immediate;
            }
            assertEquals(sum, guest.register("a0"));
            long regions = guest.machine.getMember("statistics").getMember("compiler").getMember("translatedRegions").asLong();
            assertTrue(unloaded() - before >= regions - PAGES - OTHERS, "only those of the last functions are left");
            return regions;
        }
    }

    /// Classes that the JVM has unloaded so far, once those that are unused have been.
    private static long unloaded() {
        System.gc();
        return ManagementFactory.getClassLoadingMXBean().getUnloadedClassCount();
    }
}
