// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

/// The floating-point status of a hart: accrued exception flags and dynamic rounding mode
/// (unprivileged specification, "Floating-Point Control and Status Register").
public final class FloatStatus {

    /// Inexact.
    public static final int NX = 1;
    /// Underflow; tininess is detected after rounding.
    public static final int UF = 2;
    /// Overflow.
    public static final int OF = 4;
    /// Division by zero.
    public static final int DZ = 8;
    /// Invalid operation.
    public static final int NV = 16;

    /// Round to nearest, ties to even.
    public static final int RNE = 0;
    /// Round towards zero.
    public static final int RTZ = 1;
    /// Round down, towards negative infinity.
    public static final int RDN = 2;
    /// Round up, towards positive infinity.
    public static final int RUP = 3;
    /// Round to nearest, ties away from zero.
    public static final int RMM = 4;
    /// Not of the ISA: as [#RNE], as far as the host's arithmetic is certain to give result and flags; see
    /// [UncertainFloat].
    public static final int HOST = 8;

    /// The fflags field: operations only ever add bits to it.
    public int flags;

    /// The frm field; 5 to 7 are reserved values which the user of this class has to reject.
    public int roundingMode;
}
