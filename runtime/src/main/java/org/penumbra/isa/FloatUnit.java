// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import org.penumbra.isa.fp.FloatStatus;

/// What all floating-point instructions have in common: the rounding mode they use, and computing on the register file.
///
/// Interpreter, compiled code and trace share it. Whether mstatus.FS allows the instruction is for the caller to check.
public final class FloatUnit {
    /// Value of the rm field that stands for the mode in frm.
    private static final int DYNAMIC = 7;

    private FloatUnit() {
    }

    /// Tells if the instruction's rm field leaves the rounding mode to frm.
    public static boolean isDynamic(int rm) {
        return rm == DYNAMIC;
    }

    /// The mode, 0 to 7, that an instruction with this rm field rounds by; an instruction without the field has 0
    /// there. The instruction is illegal if [#isReserved] says so, even where the result is exact.
    public static int mode(int rm, FloatStatus status) {
        return isDynamic(rm) ? status.roundingMode : rm;
    }

    /// Tells if no instruction may round by this mode.
    public static boolean isReserved(int mode) {
        return mode > FloatStatus.RMM;
    }

    /// Value of the destination register, whose exception flags are raised in `status`.
    ///
    /// @param registers the register file; the next three parameters are indices in it
    /// @param mode from [#mode], not reserved; or [FloatStatus#HOST]
    public static long compute(FloatOp op, long[] registers, int source1, int source2, int source3, int mode,
            FloatStatus status) {
        return op.apply(registers[source1], registers[source2], registers[source3], mode, status);
    }
}
