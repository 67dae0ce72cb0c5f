// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.isa.AtomicOp;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.CsrOp;
import org.penumbra.isa.FloatOp;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.SystemOp;
import org.penumbra.isa.UpperOp;

/// Regions that start with an instruction which compiled code leaves to the interpreter: the guest must get past it.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RegionProgressTest {
    private static final int ROUNDS = 2000;
    private static final int FCSR = 0x003;
    private static final int MSTATUS = 0x300;
    private static final int MTVEC = 0x305;
    private static final int MEPC = 0x341;

    /// Stores to a page that code was decoded from never hit.
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "immediate", "default"})
    void loopThatStartsWithAnAtomicAccessToItsOwnPageEnds(String engine) {
        int counter = 512;
        Assembly loop = new Assembly().word(UpperOp.AUIPC.encode(Assembly.A0, 0, 0, 0, 0, 0))
                .immediate(ImmediateOp.ADDI, Assembly.A2, Assembly.A0, counter)
                .li(Assembly.A1, ROUNDS).li(Assembly.T2, 1)
                .register(AtomicOp.AMOADD_D, Assembly.ZERO, Assembly.A2, Assembly.T2)
                .immediate(ImmediateOp.ADDI, Assembly.A1, Assembly.A1, -1)
                .branch(BranchOp.BNE, Assembly.A1, Assembly.ZERO, -8)
                .exit(3);
        try (Guest guest = new Guest(loop, "riscv.engine", engine)) {
            assertEquals(3, guest.run());
            assertEquals(ROUNDS, guest.memory().readBufferLong(ByteOrder.LITTLE_ENDIAN, counter));
        }
    }

    /// The rounding mode 5, in fcsr, is reserved: a computation that uses it is an illegal instruction.
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "translated", "immediate", "default"})
    void loopThatStartsWithAReservedRoundingModeTrapsEachTime(String engine) {
        int handler = 15 * 4;
        Assembly loop = new Assembly().word(UpperOp.AUIPC.encode(Assembly.A0, 0, 0, 0, 0, 0))
                .immediate(ImmediateOp.ADDI, Assembly.A2, Assembly.A0, handler)
                .csr(CsrOp.CSRRW, Assembly.ZERO, MTVEC, Assembly.A2)
                .lui(Assembly.T0, 6).csr(CsrOp.CSRRS, Assembly.ZERO, MSTATUS, Assembly.T0)
                .li(Assembly.A1, ROUNDS)
                .li(Assembly.T0, 5 << 5).csr(CsrOp.CSRRW, Assembly.ZERO, FCSR, Assembly.T0)
                .register(FloatOp.FADD_D, 1, 1, 1)
                .immediate(ImmediateOp.ADDI, Assembly.A1, Assembly.A1, -1)
                .branch(BranchOp.BNE, Assembly.A1, Assembly.ZERO, -8)
                .exit(3);
        assertEquals(handler, loop.size());
        loop.immediate(ImmediateOp.ADDI, Assembly.T2, Assembly.T2, 1)
                .csr(CsrOp.CSRRS, Assembly.T1, MEPC, Assembly.ZERO)
                .immediate(ImmediateOp.ADDI, Assembly.T1, Assembly.T1, 4)
                .csr(CsrOp.CSRRW, Assembly.ZERO, MEPC, Assembly.T1)
                .system(SystemOp.MRET);
        try (Guest guest = new Guest(loop, "riscv.engine", engine)) {
            assertEquals(3, guest.run());
            assertEquals(ROUNDS, guest.register("t2"));
        }
    }
}
