// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// Interrupt state of a hart: mip, mie, mideleg and their combined meaning.
///
/// Only for the hart's own thread, or while that executes nothing; others post what they have for it.
public final class Interrupts {
    /// Exception codes, which are also the bit numbers in mip.
    public static final int SUPERVISOR_SOFTWARE = 1;
    public static final int MACHINE_SOFTWARE = 3;
    public static final int SUPERVISOR_TIMER = 5;
    public static final int MACHINE_TIMER = 7;
    public static final int SUPERVISOR_EXTERNAL = 9;
    public static final int MACHINE_EXTERNAL = 11;
    /// A counter has overflowed (Sscofpmf).
    public static final int COUNTER_OVERFLOW = 13;

    private static final int SSIP = 1 << SUPERVISOR_SOFTWARE;
    private static final int STIP = 1 << SUPERVISOR_TIMER;
    private static final int SEIP = 1 << SUPERVISOR_EXTERNAL;
    private static final int LCOFIP = 1 << COUNTER_OVERFLOW;
    private static final int LINES = 1 << MACHINE_SOFTWARE | 1 << MACHINE_TIMER | SEIP | 1 << MACHINE_EXTERNAL;

    /// Bit numbers, highest priority first.
    private static final int[] PRIORITY = {
        MACHINE_EXTERNAL, MACHINE_SOFTWARE, MACHINE_TIMER, SUPERVISOR_EXTERNAL, SUPERVISOR_SOFTWARE, SUPERVISOR_TIMER,
        COUNTER_OVERFLOW
    };

    private final Hart hart;
    /// LCOFIP if the hart has it.
    private int overflow;
    private int lines;
    /// Levels of the lines, and SSIP, as other threads have set them: see [#post]. With the machine's lock.
    private int posted;
    private boolean postedSoftware;
    /// SSIP, STIP, SEIP and LCOFIP as software wrote them; this STIP has no effect while stimecmp drives the bit.
    private int written;
    private boolean timerInCharge;
    private boolean timerExpired;
    private int pending;
    private int enabled;
    private int delegated;

    Interrupts(Hart hart) {
        this.hart = hart;
    }

    void reset() {
        overflow = hart.has(Extension.SSCOFPMF) ? LCOFIP : 0;
        written = 0;
        timerInCharge = false;
        timerExpired = false;
        enabled = 0;
        delegated = 0;
        changed();
    }

    void setLine(int bit, boolean level) {
        if (bit < 0 || bit > 31 || (LINES & 1 << bit) == 0) {
            throw new IllegalArgumentException("no interrupt line " + bit);
        }
        post(bit, level);
        lines = posted;
        changed();
    }

    /// Sets the level of a line from another thread, while the hart may be executing: [#takePosted] makes it effective.
    ///
    /// @return whether there is something to take
    public boolean post(int bit, boolean level) {
        posted = level ? posted | 1 << bit : posted & ~(1 << bit);
        return posted != lines;
    }

    /// Makes SSIP pending in the same way.
    public void postSoftware() {
        postedSoftware = true;
    }

    /// Makes what others have posted effective.
    public void takePosted() {
        if (posted != lines || postedSoftware) {
            lines = posted;
            written |= postedSoftware ? SSIP : 0;
            postedSoftware = false;
            changed();
        }
    }

    /// Sets whether stimecmp drives STIP, and whether it has been reached.
    void setTimer(boolean inCharge, boolean expired) {
        timerInCharge = inCharge;
        timerExpired = expired;
        changed();
    }

    boolean timerExpired() {
        return timerExpired;
    }

    /// mip as a CSR instruction reads it.
    public int pending() {
        return pending;
    }

    /// mip as `csrrs` and `csrrc` see it: without the SEIP of the interrupt controller.
    public int pendingForUpdate() {
        return pending & ~SEIP | written & SEIP;
    }

    public void writePending(int value) {
        int writable = supervisor() & (timerInCharge ? ~STIP : -1);
        written = written & ~writable | value & writable;
        changed();
    }

    /// Writes sip, where only SSIP and LCOFIP are writable, if they are delegated.
    public void writeSupervisorPending(int value) {
        int writable = delegated & (SSIP | overflow);
        written = written & ~writable | value & writable;
        changed();
    }

    /// Interrupts that can be delegated.
    private int supervisor() {
        return SSIP | STIP | SEIP | overflow;
    }

    /// Makes LCOFIP pending until software clears it.
    void overflowed() {
        written |= overflow;
        changed();
    }

    public int enabled() {
        return enabled;
    }

    /// @param mask which bits of mie to replace
    public void enable(int value, int mask) {
        enabled = enabled & ~mask | value & mask & (supervisor() | LINES);
        changed();
    }

    public int delegated() {
        return delegated;
    }

    public void delegate(int value) {
        delegated = value & supervisor();
        changed();
    }

    /// Interrupts that may be taken at the current privilege, all to the same mode; 0 if there are none.
    int takeable() {
        int candidates = pending & enabled;
        if (candidates == 0) {
            return 0;
        }
        int machine = candidates & ~delegated;
        if (machine != 0 && (hart.privilege < Hart.MACHINE || hart.status.machineInterrupts())) {
            return machine;
        }
        boolean supervisor = hart.privilege < Hart.SUPERVISOR
                || hart.privilege == Hart.SUPERVISOR && hart.status.supervisorInterrupts();
        return supervisor ? candidates & delegated : 0;
    }

    /// The bit number of highest priority in a set that is not empty.
    static int first(int set) {
        for (int bit : PRIORITY) {
            if ((set & 1 << bit) != 0) {
                return bit;
            }
        }
        throw new IllegalArgumentException("no interrupt in " + set);
    }

    private void changed() {
        int software = timerInCharge ? written & ~STIP | (timerExpired ? STIP : 0) : written;
        pending = lines | software;
        hart.interruptsChanged();
    }

    /// Saves or restores its state.
    void transfer(State state) {
        lines = state.number(lines);
        posted = lines;
        written = state.number(written);
        pending = state.number(pending);
        enabled = state.number(enabled);
        delegated = state.number(delegated);
        timerInCharge = state.flag(timerInCharge);
        timerExpired = state.flag(timerExpired);
    }
}
