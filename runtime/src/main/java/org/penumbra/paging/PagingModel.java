// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.Translation;

/// How guest-virtual becomes host-physical: a handler of events, which knows no instruction (cf. KVM's mmu.rst).
///
/// Each hart has tables and counts of its own. An event of one hart is delivered on that hart's thread, or while it is
/// stopped; where an event concerns other harts' TLBs too (a page that becomes protected), those must be stopped.
public interface PagingModel extends AutoCloseable {
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

    /// The guest executed `sfence.vma` or `sinval.vma`.
    ///
    /// @param gva  the address named, meaningful where `hasGva`
    /// @param asid the ASID named, meaningful where `hasAsid`; bits above those implemented are ignored
    void fenced(Hart hart, long gva, boolean hasGva, int asid, boolean hasAsid);

    /// Firmware fences `target` on behalf of another hart (SBI RFENCE); done when this returns.
    ///
    /// @param start first address; with `bytes` zero, or all ones, every address
    void remoteFenced(Hart target, long start, long bytes, int asid, boolean hasAsid);

    /// A store is about to be done to a guest page that [#translate] or [#translateBare] said is not storable although
    /// it succeeded for a store, or that may have become so since; the monitor does the store itself right after.
    ///
    /// @param gpa   first byte stored to; all `size` bytes lie in one page
    /// @param size  1 to 8, or 64
    /// @param value the bytes, the lowest first; those behind the eighth are zero
    void protectedStore(Hart hart, long gpa, int size, long value);

    /// RAM was written behind the guest's back (a device, or the host); told afterwards.
    void memoryWritten(long gpa, long bytes);

    /// The host frame of a guest page has been replaced, content kept. The model drops what it knows of the old one,
    /// in its tables and in the data TLBs of the harts it has seen; the caller drops decoded code.
    ///
    /// @param gpa     the guest page
    /// @param oldHost host address the page had
    void hostPageMoved(long gpa, long oldHost);

    /// What the hart's walker may read, or what the bits of an entry mean (PMP, menvcfg.ADUE or PBMTE), changed. The
    /// monitor empties the TLBs itself.
    default void protectionChanged(Hart hart) {
    }

    /// Gives the model's tables back to the host. Only [#statistics] may be asked afterwards.
    @Override
    default void close() {
    }

    /// Counts of one hart so far; the object is live.
    ExitStatistics statistics(Hart hart);
}
