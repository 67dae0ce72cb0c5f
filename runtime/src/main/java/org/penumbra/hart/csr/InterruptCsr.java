// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.Hart;

/// mip, mie and mideleg, with the views sip and sie that show delegated interrupts only.
final class InterruptCsr extends Csr {
    enum Register {
        MIP, MIE, MIDELEG, SIP, SIE
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
                yield interrupts.pending() & interrupts.delegated();
            }
            case MIE -> interrupts.enabled();
            case SIE -> interrupts.enabled() & interrupts.delegated();
            case MIDELEG -> interrupts.delegated();
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
            case SIE -> interrupts.enable(low, interrupts.delegated());
            case MIDELEG -> interrupts.delegate(low);
        }
    }
}
