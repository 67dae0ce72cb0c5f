// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.Translation;
import org.penumbra.snapshot.State;

/// Translates guest-virtual to host-physical addresses, as a handler of events that knows nothing of instructions (cf.
/// KVM's mmu.rst).
///
/// Each hart has its own tables and counts. Events of a hart are delivered on its thread or while it stands still. If
/// harts run in parallel, one event is delivered at a time, with the machine's lock, unless [#servesHartsApart] holds;
/// tables and counts of other harts may be changed then, but for their TLBs (a page becomes protected), and for memory
/// not to be changed by other harts, [PagingContext#stopOthers] has to be called before.
public interface PagingModel extends AutoCloseable {
    /// A TLB miss, or an access that the TLB entry did not allow, with translation on.
    ///
    /// @param privilege effective privilege of the access, [Hart#USER] or [Hart#SUPERVISOR]
    /// @throws org.penumbra.hart.GuestTrap the guest's own page or access fault
    void translate(Hart hart, long gva, AccessType access, int privilege, Translation result);

    /// A TLB miss with translation off (machine mode, or satp.MODE = Bare).
    void translateBare(Hart hart, long gpa, AccessType access, Translation result);

    /// A TLB miss, or an access that the TLB entry did not allow, of a guest of a hypervisor: by two stages of tables
    /// of the machine's own guest. Asked only where [org.penumbra.options.ModelName#runsHypervisors] holds; likewise
    /// the following.
    ///
    /// @param privilege effective privilege of the access, [Hart#USER] or [Hart#SUPERVISOR]
    /// @throws org.penumbra.hart.GuestTrap the fault, for the guest or its hypervisor
    default void translateForGuest(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        throw new IllegalStateException("no guests in this model");
    }

    /// A fence was executed for the first stage of guests of a hypervisor, on `hart` or by the firmware on behalf of
    /// another one.
    ///
    /// @param vmid   whose translations
    /// @param remote whether by the firmware
    default void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
        throw new IllegalStateException("no guests in this model");
    }

    /// The same for the second stage.
    ///
    /// @param scope of guest-physical addresses, with a VMID in place of an ASID
    default void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
        throw new IllegalStateException("no guests in this model");
    }

    /// A hypervisor wrote hgatp. The value is legalised and may equal the old one.
    default void secondRootWritten(Hart hart, long hgatp) {
        // Hardware's.
    }

    /// Whether hardware translates addresses also while the guest has translation off, by a second stage.
    boolean translatesBare();

    /// The walk that hardware would make now for an address, without counting or changing anything.
    ///
    /// @param translated whether the guest has translation on; not false unless [#translatesBare]
    /// @return valid until the next call for the hart
    HardwareWalk hardwareWalk(Hart hart, long gva, boolean translated);

    /// The guest wrote satp. The value is legalised and may equal the old one.
    void rootWritten(Hart hart, long oldSatp, long newSatp);

    /// The guest executed `sfence.vma` or `sinval.vma`.
    ///
    /// @param scope made by [Hart#fenceScope]: a byte of one page, or all addresses
    void fenced(Hart hart, FenceScope scope);

    /// The firmware fences `target` on behalf of another hart (SBI RFENCE); the fence is complete when this returns.
    ///
    /// @param scope made by [Hart#fenceScope] of the target
    void remoteFenced(Hart target, FenceScope scope);

    /// The guest executed `sret`. To the guest's tables and memory nothing may happen.
    default void returned(Hart hart) {
    }

    /// Whether [#returned] is to be called: harts under other models need not wait for the machine's lock.
    default boolean followsReturns() {
        return false;
    }

    /// Called before a store to a guest page that a successful [#translate] or [#translateBare] for a store reported as
    /// not storable, or that may have become so since. The monitor performs the store right afterwards.
    ///
    /// @param gpa   first byte stored to; all `size` bytes lie in one page
    /// @param size  1 to 8, or 64
    /// @param value the bytes, little-endian; bytes after the eighth are zero
    void protectedStore(Hart hart, long gpa, int size, long value);

    /// Called after RAM was written by a device or the host.
    void memoryWritten(long gpa, long bytes);

    /// Called when a guest page has moved to another host frame with its content unchanged. The model drops the old
    /// frame from its tables and from the data TLBs of the harts it has seen; the caller drops decoded code.
    ///
    /// @param gpa     the guest page
    /// @param oldHost host address the page had
    void hostPageMoved(long gpa, long oldHost);

    /// Called when PMP, menvcfg.ADUE or menvcfg.PBMTE changed, and with it what the hart's walker may read or what the
    /// bits of an entry mean. The monitor empties the TLBs itself.
    default void protectionChanged(Hart hart) {
    }

    /// Saves its tables to a snapshot, or restores them into a new model of the same kind and options, after the frames
    /// of RAM.
    ///
    /// @param harts of the machine, by id
    void transfer(State state, List<Hart> harts);

    /// Releases the model's tables. Only [#statistics] may be called afterwards.
    @Override
    default void close() {
    }

    /// Whether the events of each hart concern nothing but what belongs to this hart, and memory by atomic accesses, so
    /// that several harts may be served at the same time.
    default boolean servesHartsApart() {
        return false;
    }

    /// The live counts of one hart.
    ExitStatistics statistics(Hart hart);
}
