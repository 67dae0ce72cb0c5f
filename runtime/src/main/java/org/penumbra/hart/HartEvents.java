// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.mmu.FenceScope;

/// Events from a hart to its monitor: changes of state that cached translations or timers depend on.
///
/// When an event arrives, the hart's state has already changed.
public interface HartEvents {
    /// Privilege, V, MPRV with MPP and MPV, SUM or MXR changed, so that other TLBs become active.
    void contextChanged();

    /// The guest wrote satp.
    ///
    /// @param newSatp the legalised value; may equal the old one
    void rootWritten(long oldSatp, long newSatp);

    /// The guest executed `sfence.vma` or `sinval.vma`.
    void fenced(FenceScope scope);

    /// The guest executed `sret`.
    void returned();

    /// vsatp was written.
    void guestRootWritten();

    /// hgatp was written.
    ///
    /// @param hgatp the legalised value; may equal the old one
    void secondRootWritten(long hgatp);

    /// A fence was executed for the first stage of a hypervisor's guests: `sfence.vma` by a guest, or `hfence.vvma`.
    ///
    /// @param vmid whose translations
    void guestFenced(FenceScope scope, int vmid);

    /// A fence was executed for the second stage: `hfence.gvma`.
    ///
    /// @param scope of guest-physical addresses, with a VMID in place of an ASID
    void secondStageFenced(FenceScope scope);

    /// A trap is taken from VS or VU mode to the guest's hypervisor.
    void guestExited(boolean interrupt, int cause);

    /// PMP, menvcfg.ADUE or menvcfg.PBMTE changed.
    void protectionChanged();

    /// The time at which [Hart#updateTimer] must be called changed: see [Hart#stimecmpDeadline].
    void timerChanged();

    /// The value of mtime, for the time CSR.
    long time();
}
