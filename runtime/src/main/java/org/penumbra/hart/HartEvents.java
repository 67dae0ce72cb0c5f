// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

/// What a hart tells the monitor: changes of its state that cached translations or timers depend on.
///
/// The hart's state is the new one already when an event arrives.
public interface HartEvents {
    /// Privilege, MPRV with MPP, SUM or MXR changed so that other TLBs have to be active.
    void contextChanged();

    /// The guest wrote satp.
    ///
    /// @param newSatp already legalised, and different or not
    void rootWritten(long oldSatp, long newSatp);

    /// The guest executed `sfence.vma` or `sinval.vma`.
    ///
    /// @param gva  the address named, meaningful where `hasGva`
    /// @param asid the ASID named, without bits that satp does not have, meaningful where `hasAsid`
    void fenced(long gva, boolean hasGva, int asid, boolean hasAsid);

    /// What PMP allows, or what menvcfg.ADUE or PBMTE say of page tables, changed.
    void protectionChanged();

    /// The time at which the hart wants [Hart#updateTimer] changed: see [Hart#stimecmpDeadline].
    void timerChanged();

    /// The value of mtime, for the time CSR.
    long time();
}
