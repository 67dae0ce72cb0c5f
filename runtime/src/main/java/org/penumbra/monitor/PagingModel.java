// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.Translation;

/// How guest-virtual becomes host-physical: a handler of events, which knows no instruction (cf. KVM's mmu.rst).
public interface PagingModel {
    String name();

    /// A TLB miss, or an access that the TLB entry did not allow, with translation on.
    ///
    /// @param privilege effective privilege of the access, [Hart#USER] or [Hart#SUPERVISOR]
    /// @throws org.penumbra.hart.GuestTrap the guest's own page or access fault
    void translate(Hart hart, long gva, AccessType access, int privilege, Translation result);

    /// A TLB miss with translation off (machine mode, or satp.MODE = Bare).
    void translateBare(Hart hart, long gpa, AccessType access, Translation result);

    /// The guest wrote satp; already legalised, and different or not.
    void rootWritten(Hart hart, long oldSatp, long newSatp);

    /// The guest executed `sfence.vma` or `sinval.vma` (or firmware does so for it).
    ///
    /// @param gva  the address named, meaningful where `hasGva`
    /// @param asid the ASID named, meaningful where `hasAsid`
    void fenced(Hart hart, long gva, boolean hasGva, int asid, boolean hasAsid);

    /// A store is about to be done to a guest page that [#translate] said is not storable although the guest may
    /// write it; the monitor does the store itself right after.
    void protectedStore(Hart hart, long gpa, int size, long value);
}
