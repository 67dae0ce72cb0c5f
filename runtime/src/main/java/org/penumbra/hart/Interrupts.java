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

    /// Those of a hypervisor's guests.
    public static final int GUEST_SOFTWARE = 2;
    public static final int GUEST_TIMER = 6;
    public static final int GUEST_EXTERNAL = 10;

    /// Their bits.
    public static final int OF_GUESTS = 1 << GUEST_SOFTWARE | 1 << GUEST_TIMER | 1 << GUEST_EXTERNAL;
    public static final int GUEST_SOFTWARE_BIT = 1 << GUEST_SOFTWARE;

    private static final int SSIP = 1 << SUPERVISOR_SOFTWARE;
    private static final int STIP = 1 << SUPERVISOR_TIMER;
    private static final int SEIP = 1 << SUPERVISOR_EXTERNAL;
    private static final int LCOFIP = 1 << COUNTER_OVERFLOW;
    private static final int LINES = 1 << MACHINE_SOFTWARE | 1 << MACHINE_TIMER | SEIP | 1 << MACHINE_EXTERNAL;

    /// Bit numbers, highest priority first.
    private static final int[] PRIORITY = {
        MACHINE_EXTERNAL, MACHINE_SOFTWARE, MACHINE_TIMER, SUPERVISOR_EXTERNAL, SUPERVISOR_SOFTWARE, SUPERVISOR_TIMER,
        GUEST_EXTERNAL, GUEST_SOFTWARE, GUEST_TIMER, COUNTER_OVERFLOW
    };

    /// The name under which exits for an interrupt are reported.
    public static String name(int interrupt) {
        return switch (interrupt) {
            case SUPERVISOR_SOFTWARE -> "software_interrupt";
            case SUPERVISOR_TIMER -> "timer_interrupt";
            case SUPERVISOR_EXTERNAL -> "external_interrupt";
            default -> "interrupt_" + interrupt;
        };
    }

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
    /// [#OF_GUESTS] if the hart has the hypervisor extension.
    private int ofGuests;
    /// Interrupts of guests that the hypervisor injects, and of these and others those that guests take themselves.
    private int injected;
    private int delegatedToGuest;
    private boolean guestTimerExpired;

    Interrupts(Hart hart) {
        this.hart = hart;
    }

    void reset() {
        overflow = hart.has(Extension.SSCOFPMF) ? LCOFIP : 0;
        written = 0;
        timerInCharge = false;
        timerExpired = false;
        enabled = 0;
        ofGuests = hart.has(Extension.RV_H) ? OF_GUESTS : 0;
        delegated = ofGuests;
        injected = 0;
        delegatedToGuest = 0;
        guestTimerExpired = false;
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

    /// Sets whether vstimecmp has been reached and henvcfg.STCE lets it count.
    void setGuestTimer(boolean expired) {
        if (expired != guestTimerExpired) {
            guestTimerExpired = expired;
            changed();
        }
    }

    boolean guestTimerExpired() {
        return guestTimerExpired;
    }

    /// hvip.
    public int injected() {
        return injected;
    }

    /// @param mask which bits of hvip to replace
    public void inject(int value, int mask) {
        injected = injected & ~mask | value & mask & ofGuests;
        changed();
    }

    /// hideleg.
    public int delegatedToGuest() {
        return delegatedToGuest;
    }

    public void delegateToGuest(int value) {
        delegatedToGuest = value & ofGuests;
        changed();
    }

    /// Those of mideleg that sip and sie show.
    public int delegatedToSupervisor() {
        return delegated & ~ofGuests;
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
        injected = injected & ~GUEST_SOFTWARE_BIT | value & GUEST_SOFTWARE_BIT & ofGuests;
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
        enabled = enabled & ~mask | value & mask & (supervisor() | LINES | ofGuests);
        changed();
    }

    public int delegated() {
        return delegated;
    }

    public void delegate(int value) {
        delegated = value & supervisor() | ofGuests;
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
        int supervisor = candidates & delegated & ~delegatedToGuest;
        if (supervisor != 0 && (hart.virtual || hart.privilege < Hart.SUPERVISOR
                || hart.privilege == Hart.SUPERVISOR && hart.status.supervisorInterrupts())) {
            return supervisor;
        }
        boolean guest = hart.virtual
                && (hart.privilege < Hart.SUPERVISOR || hart.hypervisor.guestStatus.interrupts());
        return guest ? candidates & delegatedToGuest : 0;
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
        pending = lines | software | injected | (guestTimerExpired ? 1 << GUEST_TIMER : 0);
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
        if (ofGuests != 0) {
            injected = state.number(injected);
            delegatedToGuest = state.number(delegatedToGuest);
            guestTimerExpired = state.flag(guestTimerExpired);
        }
    }
}
