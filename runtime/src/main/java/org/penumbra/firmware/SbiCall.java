// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.hart.Hart;

/// One call by a hart: its arguments and its result.
final class SbiCall {
    private static final int A0 = 10;
    private static final int A6 = 16;

    private final Hart hart;
    private long error = SbiError.SUCCESS;
    private long value;
    private boolean returns = true;

    SbiCall(Hart hart) {
        this.hart = hart;
    }

    Hart hart() {
        return hart;
    }

    int function() {
        return (int) hart.registers[A6];
    }

    /// @param index 0 to 5, for the value of a0 to a5
    long argument(int index) {
        return hart.registers[A0 + index];
    }

    /// Returns success and a value to the guest.
    void succeed(long result) {
        error = SbiError.SUCCESS;
        value = result;
    }

    /// Returns an error of [SbiError], or success without a value, to the guest.
    void end(long code) {
        error = code;
        value = 0;
    }

    void unsupported() {
        end(SbiError.NOT_SUPPORTED);
    }

    /// Records that the hart continues elsewhere, with registers that are already set.
    void neverReturn() {
        returns = false;
    }

    /// Writes the result to a0 and a1.
    void answer() {
        if (returns) {
            hart.registers[A0] = error;
            hart.registers[A0 + 1] = value;
        }
    }
}
