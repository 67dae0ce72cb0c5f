// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;
import org.penumbra.hart.Interrupts;

/// mip, mie and mideleg, with the views sip and sie that show delegated interrupts only; and of the hypervisor
/// extension hvip and hideleg, with the views hip, hie, vsip and vsie. The bits of the last two stand one place lower
/// than in the others.
final class InterruptCsr extends Csr {
    enum Register {
        MIP, MIE, MIDELEG, SIP, SIE, HVIP, HIP, HIE, HIDELEG, VSIP, VSIE
    }

    private final Hart hart;
    private final Register register;

    InterruptCsr(Hart hart, Register register) {
        this.hart = hart;
        this.register = register;
    }

    @Override
    public long read() {
        var interrupts = hart.interrupts;
        return switch (register) {
            case MIP -> {
                hart.updateTimer();
                yield interrupts.pending();
            }
            case SIP -> {
                hart.updateTimer();
                yield interrupts.pending() & interrupts.delegatedToSupervisor();
            }
            case HIP -> {
                hart.updateTimer();
                yield interrupts.pending() & Interrupts.OF_GUESTS;
            }
            case VSIP -> {
                hart.updateTimer();
                yield (interrupts.pending() & interrupts.delegatedToGuest()) >> 1;
            }
            case MIE -> interrupts.enabled();
            case SIE -> interrupts.enabled() & interrupts.delegatedToSupervisor();
            case HIE -> interrupts.enabled() & Interrupts.OF_GUESTS;
            case VSIE -> (interrupts.enabled() & interrupts.delegatedToGuest()) >> 1;
            case MIDELEG -> interrupts.delegated();
            case HIDELEG -> interrupts.delegatedToGuest();
            case HVIP -> interrupts.injected();
        };
    }

    @Override
    public long readForUpdate() {
        return register == Register.MIP ? hart.interrupts.pendingForUpdate() : read();
    }

    @Override
    public void write(long value) {
        var interrupts = hart.interrupts;
        int low = (int) value;
        switch (register) {
            case MIP -> interrupts.writePending(low);
            case SIP -> interrupts.writeSupervisorPending(low);
            case MIE -> interrupts.enable(low, -1);
            case SIE -> interrupts.enable(low, interrupts.delegatedToSupervisor());
            case HIE -> interrupts.enable(low, Interrupts.OF_GUESTS);
            case VSIE -> interrupts.enable(low << 1, interrupts.delegatedToGuest());
            case MIDELEG -> interrupts.delegate(low);
            case HIDELEG -> interrupts.delegateToGuest(low);
            case HVIP -> interrupts.inject(low, Interrupts.OF_GUESTS);
            case HIP -> interrupts.inject(low, Interrupts.GUEST_SOFTWARE_BIT);
            case VSIP -> interrupts.inject(low << 1, interrupts.delegatedToGuest() & Interrupts.GUEST_SOFTWARE_BIT);
        }
    }
}
