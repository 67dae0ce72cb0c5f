// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.penumbra.isa.fp.FloatStatus;

/// Rounding modes and operands of floating-point instructions in general.
final class FloatUnitTest {
    private final FloatStatus status = new FloatStatus();

    @Test
    void dynamicModeIsTheOneInFrm() {
        for (int frm = 0; frm < 8; frm++) {
            status.roundingMode = frm;
            assertEquals(frm, FloatUnit.mode(7, status));
            for (int rm = 0; rm < 7; rm++) {
                assertEquals(rm, FloatUnit.mode(rm, status));
                assertFalse(FloatUnit.isDynamic(rm));
            }
        }
        assertTrue(FloatUnit.isDynamic(7));
    }

    @Test
    void modesFrom5To7AreReserved() {
        for (int mode = 0; mode < 8; mode++) {
            assertEquals(mode >= 5, FloatUnit.isReserved(mode), "mode " + mode);
        }
    }

    /// Operations without an rm field must not look reserved because of bits that mean something else.
    @Test
    void instructionsWithoutModeAreNeverReserved() {
        status.roundingMode = 5;
        for (FloatOp op : FloatOp.values()) {
            if (!op.pattern().hasRm()) {
                Instruction i = Decoder.decode(op.encode(1, 2, 3, 0, 0, 0));
                assertFalse(FloatUnit.isReserved(FloatUnit.mode(i.rm(), status)), op.name());
            }
        }
    }

    @Test
    void operandsComeFromTheRegisterFileAndFlagsGoToTheStatus() {
        long[] registers = new long[64];
        registers[3] = -7;
        registers[33] = Double.doubleToRawLongBits(1);
        registers[34] = Double.doubleToRawLongBits(3);
        registers[35] = Double.doubleToRawLongBits(0.25);
        Instruction divide = Decoder.decode(FloatOp.FDIV_D.encode(0, 1, 2, 0, 3, 0));
        assertEquals(Double.doubleToRawLongBits(Math.nextUp(1.0 / 3)), compute(divide, registers));
        assertEquals(FloatStatus.NX, status.flags);
        Instruction fused = Decoder.decode(FloatOp.FMSUB_D.encode(0, 1, 2, 3, 0, 0));
        assertEquals(Double.doubleToRawLongBits(2.75), compute(fused, registers));
        Instruction convert = Decoder.decode(FloatOp.FCVT_D_L.encode(0, 3, 0, 0, 0, 0));
        assertEquals(Double.doubleToRawLongBits(-7), compute(convert, registers));
    }

    private long compute(Instruction i, long[] registers) {
        return FloatUnit.compute((FloatOp) i.op(), registers, i.source1(), i.source2(), i.source3(),
                FloatUnit.mode(i.rm(), status), status);
    }
}
