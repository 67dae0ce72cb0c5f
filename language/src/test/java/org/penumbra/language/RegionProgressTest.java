// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Regions that start with an instruction which compiled code leaves to the interpreter: the guest must get past it.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RegionProgressTest {
    private static final int ROUNDS = 2000;

    /// Stores to a page that code was decoded from never hit.
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "immediate", "default"})
    void loopThatStartsWithAnAtomicAccessToItsOwnPageEnds(String engine) {
        int counter = 512;
        byte[] loop = Assembly.of("""
                la a2, 0x80000000 + %d
                li a1, %d
                li t2, 1
                again: amoadd.d zero, t2, (a2)
                addi a1, a1, -1
                bnez a1, again
                """.formatted(counter, ROUNDS) + Assembly.exit(3));
        try (Guest guest = new Guest(loop, "riscv.engine", engine)) {
            assertEquals(3, guest.run());
            assertEquals(ROUNDS, guest.memory().readBufferLong(ByteOrder.LITTLE_ENDIAN, counter));
        }
    }

    /// The rounding mode 5, in fcsr, is reserved: a computation that uses it is an illegal instruction.
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "immediate", "default"})
    void loopThatStartsWithAReservedRoundingModeTrapsEachTime(String engine) {
        byte[] loop = Assembly.of("""
                la a2, handler
                csrw mtvec, a2
                lui t0, 6 # mstatus.FS
                csrs mstatus, t0
                li a1, %d
                li t0, 0xa0 # frm = 5
                csrw fcsr, t0
                again: fadd.d f1, f1, f1
                addi a1, a1, -1
                bnez a1, again
                %s
                handler: addi t2, t2, 1
                csrr t1, mepc
                addi t1, t1, 4
                csrw mepc, t1
                mret
                """.formatted(ROUNDS, Assembly.exit(3)));
        try (Guest guest = new Guest(loop, "riscv.engine", engine)) {
            assertEquals(3, guest.run());
            assertEquals(ROUNDS, guest.register("t2"));
        }
    }
}
