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
    /// What a guest of a hypervisor must not do, but its hypervisor may; likewise the page faults of the second stage.
    public static final int FETCH_GUEST_PAGE_FAULT = 20;
    public static final int LOAD_GUEST_PAGE_FAULT = 21;
    public static final int VIRTUAL_INSTRUCTION = 22;
    public static final int STORE_GUEST_PAGE_FAULT = 23;
    /// Code of an environment call from VS mode; that from VU mode has the code of one from user mode.
    public static final int GUEST_ENVIRONMENT_CALL = 10;

    /// Exceptions that medeleg can hand to supervisor mode: all above but the call from machine mode.
    public static final int DELEGABLE = 0xb3ff;
    /// Those that the hypervisor extension adds to them.
    public static final int OF_GUESTS = 1 << GUEST_ENVIRONMENT_CALL | 1 << FETCH_GUEST_PAGE_FAULT
            | 1 << LOAD_GUEST_PAGE_FAULT | 1 << VIRTUAL_INSTRUCTION | 1 << STORE_GUEST_PAGE_FAULT;
    /// Exceptions that hedeleg can hand to VS mode.
    public static final int DELEGABLE_TO_GUESTS = DELEGABLE & ~(1 << ENVIRONMENT_CALL + Hart.SUPERVISOR);

    private static final String[] NAMES = {
        "fetch_misaligned", "fetch_access_fault", "illegal_instruction", "breakpoint", "load_misaligned",
        "load_access_fault", "store_misaligned", "store_access_fault", "user_call", "supervisor_call", "guest_call",
        "machine_call", "fetch_page_fault", "load_page_fault", "", "store_page_fault", "", "", "", "",
        "fetch_guest_page_fault", "load_guest_page_fault", "virtual_instruction",
        "store_guest_page_fault"
    };

    private TrapCause() {
    }

    /// The name under which exits for an exception are reported; for others its number.
    public static String name(int cause) {
        return cause >= NAMES.length || NAMES[cause].isEmpty() ? "exception_" + cause : NAMES[cause];
    }

    /// The trap of an instruction that a hypervisor's guest must not execute, but the hypervisor may.
    public static GuestTrap virtualInstruction(int bits) {
        return new GuestTrap(VIRTUAL_INSTRUCTION, Integer.toUnsignedLong(bits));
    }

    /// The trap of an instruction that must not be executed, whose tval is the instruction itself.
    public static GuestTrap illegal(int bits) {
        return new GuestTrap(ILLEGAL_INSTRUCTION, Integer.toUnsignedLong(bits));
    }
}
