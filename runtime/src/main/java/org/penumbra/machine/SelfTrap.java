// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import org.penumbra.hart.Hart;
import org.penumbra.hart.TrapCause;
import org.penumbra.snapshot.State;

/// Detects a trap that leads to itself: one taken at the first instruction of its own handler. From the second time in
/// a row it changes nothing on its hart: no instruction is retired and no interrupt enabled.
final class SelfTrap {
    /// How long a hart may do nothing but trap before the user is told, if another hart or an interrupt may still end
    /// the loop.
    private static final long LONG_NANOS = 1_000_000_000L;

    /// The hart and its retired instructions at the last such trap.
    private Hart hart;
    private long instructions;
    /// Per hart: its instruction count when it was first found to trap forever, and the time; -1 for never.
    private final long[] stuckAt;
    private final long[] since;
    private final boolean[] told;

    SelfTrap(int harts) {
        this.stuckAt = new long[harts];
        this.since = new long[harts];
        this.told = new boolean[harts];
        forget();
    }

    void forget() {
        hart = null;
        Arrays.fill(stuckAt, -1);
        Arrays.fill(told, false);
    }

    /// Takes the pending trap of a hart.
    ///
    /// @param retired instructions so far
    /// @return whether it will be taken forever
    boolean take(Hart trapped, long retired) {
        long pc = trapped.pc;
        int privilege = trapped.privilege;
        trapped.takePendingTrap();
        if (trapped.pc != pc || trapped.privilege != privilege) {
            return false;
        }
        boolean again = hart == trapped && instructions == retired;
        hart = trapped;
        instructions = retired;
        return again;
    }

    /// Whether to tell the user about a hart whose trap has again been found to lead to itself: once, when it has long
    /// done nothing else.
    boolean isNews(Hart stuck, long nanos) {
        int id = stuck.id();
        if (stuckAt[id] != stuck.instret()) {
            stuckAt[id] = stuck.instret();
            since[id] = nanos;
        }
        boolean news = !told[id] && nanos - since[id] >= LONG_NANOS;
        told[id] |= news;
        return news;
    }

    /// Explains what happens, and what to check.
    static String describe(Hart stuck) {
        boolean machine = stuck.privilege == Hart.MACHINE;
        String mode = machine ? "m" : "s";
        long cause = stuck.csrs.read(stuck.csrs.number(mode + "cause"));
        long value = stuck.csrs.read(stuck.csrs.number(mode + "tval"));
        String vector = mode + "tvec";
        return "the guest's trap handler at pc 0x" + Long.toHexString(stuck.pc)
                + " traps at its first instruction, for ever: "
                + switch ((int) cause) {
                    case TrapCause.FETCH_ACCESS_FAULT -> "nothing to execute is there; look at " + vector
                            + " (never set?) and at the PMP";
                    case TrapCause.ILLEGAL_INSTRUCTION -> "what is there is no instruction (0x"
                            + Long.toHexString(value)
                            + "); look at " + vector + " (never set?)";
                    case TrapCause.FETCH_PAGE_FAULT -> "a page fault; look at " + vector
                            + " and at the page table entry for it: "
                            + (stuck.updatesAccessedDirty() ? "V, X and U"
                                    : "V, X, U, and A, which the guest must set here (--ad both "
                            + "lets the hardware do it)");
                    case TrapCause.LOAD_PAGE_FAULT, TrapCause.STORE_PAGE_FAULT -> "a page fault at 0x"
                            + Long.toHexString(value)
                            + "; look at what its first instruction accesses" + (stuck.updatesAccessedDirty() ? ""
                            : " and at the A and D bits, which the guest must set here (--ad both lets the hardware "
                                    + "do it)");
                    default -> "exception " + cause + " at 0x" + Long.toHexString(value) + "; look at " + vector;
                };
    }

    /// Saves or restores its state.
    ///
    /// @param harts of the machine
    void transfer(State state, Hart[] harts) {
        int id = state.number(hart == null ? -1 : hart.id());
        hart = id < 0 ? null : harts[id];
        instructions = state.number(instructions);
    }
}
