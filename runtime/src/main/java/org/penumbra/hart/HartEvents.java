// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.mmu.FenceScope;

/// Events from a hart to its monitor: changes of state that cached translations or timers depend on.
///
/// When an event arrives, the hart's state has already changed.
public interface HartEvents {
    /// Privilege, MPRV with MPP, SUM or MXR changed, so that other TLBs become active.
    void contextChanged();

    /// The guest wrote satp.
    ///
    /// @param newSatp the legalised value; may equal the old one
    void rootWritten(long oldSatp, long newSatp);

    /// The guest executed `sfence.vma` or `sinval.vma`.
    void fenced(FenceScope scope);

    /// The guest executed `sret`.
    void returned();

    /// PMP, menvcfg.ADUE or menvcfg.PBMTE changed.
    void protectionChanged();

    /// The time at which [Hart#updateTimer] must be called changed: see [Hart#stimecmpDeadline].
    void timerChanged();

    /// The value of mtime, for the time CSR.
    long time();
}
