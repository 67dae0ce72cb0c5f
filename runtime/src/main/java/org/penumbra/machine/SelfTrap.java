// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import org.penumbra.hart.Hart;
import org.penumbra.hart.TrapCause;
import org.penumbra.snapshot.State;

/// Detects traps that lead to themselves, so that their hart never retires an instruction again.
///
/// One is taken at the first instruction of its own handler; from the second time in a row it changes nothing on its
/// hart. Another is taken behind calls of the built-in firmware at the handler's begin: they retire nothing either.
final class SelfTrap {
    /// How long a hart may do nothing but trap before the user is told, if another hart or an interrupt may still end
    /// the loop.
    private static final long LONG_NANOS = 1_000_000_000L;
    /// Traps in a row without a retired instruction from which on they go on forever. A handler that does its work
    /// retires something behind each, so far fewer would do; a few may come while another hart maps what is missing.
    private static final int MANY = 100;
    private static final int ECALL_LENGTH = 4;

    /// The hart that trapped last without retiring an instruction behind an earlier trap, and what all had retired.
    private Hart hart;
    private long instructions;
    /// Traps of it in a row, those to themselves too.
    private int traps;
    /// Whether one of them led to itself.
    private boolean toItself;
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
        traps = 0;
        toItself = false;
        Arrays.fill(stuckAt, -1);
        Arrays.fill(told, false);
    }

    /// Takes the pending trap of a hart, or lets the firmware answer its call.
    ///
    /// @param retired instructions so far
    /// @return whether it will be taken forever
    boolean take(Hart trapped, long retired) {
        long pc = trapped.pc;
        int privilege = trapped.privilege;
        trapped.takePendingTrap();
        boolean same = trapped.privilege == privilege;
        if (same && trapped.pc == pc + ECALL_LENGTH) {
            return false; // a call
        }
        if (hart != trapped || instructions != retired) {
            hart = trapped;
            instructions = retired;
            traps = 0;
            toItself = false;
        }
        traps = Math.min(traps + 1, MANY);
        boolean itself = same && trapped.pc == pc;
        boolean again = itself && toItself || traps == MANY;
        toItself |= itself;
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
        long from = stuck.csrs.read(stuck.csrs.number(mode + "epc"));
        if (from != stuck.pc) {
            return "the guest's trap handler at pc 0x" + Long.toHexString(stuck.pc)
                    + " does nothing but call the firmware and trap, forever: exception " + cause + " at pc 0x"
                    + Long.toHexString(from) + " (" + mode + "tval 0x" + Long.toHexString(value)
                    + "); look at that instruction and at " + mode + "tvec";
        }
        return "the guest's trap handler at pc 0x" + Long.toHexString(stuck.pc)
                + " traps at its first instruction, forever: "
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
        traps = state.number(traps);
        toItself = state.flag(toItself);
    }
}
