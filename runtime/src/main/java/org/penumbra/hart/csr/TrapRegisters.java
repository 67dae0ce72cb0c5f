// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

/// The trap registers of one mode: xtvec, xepc, xcause and xtval.
public final class TrapRegisters {
    private static final long INTERRUPT = 1L << 63;
    private static final long VECTORED = 1;

    /// Bit 1 is reserved: only modes direct and vectored exist.
    final Csr tvec = new PlainCsr(~2L);
    /// Instructions are aligned to 2 bytes.
    final Csr epc = new PlainCsr(~1L);
    final Csr cause = new PlainCsr(PlainCsr.ALL);
    final Csr tval = new PlainCsr(PlainCsr.ALL);

    TrapRegisters() {
    }

    /// Records where and why the trap was taken.
    /// @return address of the handler
    public long enter(long pc, boolean interrupt, int code, long value) {
        epc.write(pc);
        cause.write(interrupt ? INTERRUPT | code : code);
        tval.write(value);
        long vector = tvec.read();
        return (vector & -4) + (interrupt && (vector & VECTORED) != 0 ? 4L * code : 0);
    }

    public long returnAddress() {
        return epc.read();
    }
}
