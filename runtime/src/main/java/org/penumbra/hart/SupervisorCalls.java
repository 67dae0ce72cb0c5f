// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

/// Who answers `ecall` from supervisor mode in place of a program in machine mode.
public interface SupervisorCalls {
    /// Answers the call that the hart's registers describe. The hart's pc is that of the `ecall`; the hart goes on behind
    /// whatever pc is left there.
    void call(Hart hart);
}
