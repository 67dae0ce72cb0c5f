// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.hart.Hart;

/// One call of a hart: what it asks for, and what it gets as the answer.
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

    /// Answers success and a value.
    void succeed(long result) {
        error = SbiError.SUCCESS;
        value = result;
    }

    /// Answers an error of [SbiError], or success without a value.
    void end(long code) {
        error = code;
        value = 0;
    }

    void unsupported() {
        end(SbiError.NOT_SUPPORTED);
    }

    /// Says that the hart goes on elsewhere, with registers that are set already.
    void neverReturn() {
        returns = false;
    }

    /// Puts the answer into a0 and a1.
    void answer() {
        if (returns) {
            hart.registers[A0] = error;
            hart.registers[A0 + 1] = value;
        }
    }
}
