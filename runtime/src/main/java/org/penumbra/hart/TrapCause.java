// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

/// Exception codes of synchronous traps, as in mcause (privileged specification, table of mcause values).
///
/// Interrupt codes are in [Interrupts]; those of memory faults are also in [org.penumbra.mmu.AccessType].
public final class TrapCause {
    public static final int FETCH_MISALIGNED = 0;
    public static final int FETCH_ACCESS_FAULT = 1;
    public static final int ILLEGAL_INSTRUCTION = 2;
    public static final int BREAKPOINT = 3;
    public static final int LOAD_MISALIGNED = 4;
    public static final int LOAD_ACCESS_FAULT = 5;
    public static final int STORE_MISALIGNED = 6;
    public static final int STORE_ACCESS_FAULT = 7;
    /// Code of an environment call from user mode; add the calling privilege.
    public static final int ENVIRONMENT_CALL = 8;
    public static final int FETCH_PAGE_FAULT = 12;
    public static final int LOAD_PAGE_FAULT = 13;
    public static final int STORE_PAGE_FAULT = 15;

    /// Exceptions that medeleg can hand to supervisor mode: all above but the call from machine mode.
    public static final int DELEGABLE = 0xb3ff;

    private TrapCause() {
    }

    /// The trap of an instruction that must not be executed, whose tval is the instruction itself.
    public static GuestTrap illegal(int bits) {
        return new GuestTrap(ILLEGAL_INSTRUCTION, Integer.toUnsignedLong(bits));
    }
}
