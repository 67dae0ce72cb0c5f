// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

/// Handler of `ecall` from supervisor mode, in place of a program in machine mode.
public interface SupervisorCalls {
    /// Answers the call described by the hart's registers. The hart's pc is that of the `ecall`; afterwards the hart
    /// continues at the instruction after whatever pc is left there.
    void call(Hart hart);
}
