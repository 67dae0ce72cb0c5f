// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.SecondStage;
import org.penumbra.mmu.Translation;
import org.penumbra.snapshot.State;

/// No virtualisation: the hardware walks the guest's tables, and guest-physical is host-physical. If the guest is a
/// hypervisor, the hardware walks both of its stages, too.
final class NativePaging implements GuestTablePaging {
    private final GuestMemory memory;
    private final SecondStage direct;
    private final PerHart<HartTranslation> harts;
    /// The guests of hypervisors.
    private final PerHart<TwoStages> guests;

    NativePaging(PagingContext context) {
        this.memory = context.memory();
        this.direct = PageTableWalker.direct(memory);
        this.harts = new PerHart<>(hart -> new HartTranslation(hart, context, direct));
        this.guests = new PerHart<>(this::createStages);
    }

    private TwoStages createStages(Hart hart) {
        ExitStatistics statistics = statistics(hart);
        return new TwoStages(hart, statistics, new OwnStage(memory, statistics.walk));
    }

    @Override
    public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        HartTranslation state = harts.of(hart);
        int outcome = state.walk(gva, access, privilege);
        if (outcome != PageTableWalker.OK) {
            throw HartTranslation.fault(outcome, gva, access);
        }
        PageTableWalker walker = state.walker;
        state.report(result, gva, walker.gpa(), walker.leaf(), walker.leafLevel(), privilege);
    }

    @Override
    public void translateBare(Hart hart, long gpa, AccessType access, Translation result) {
        result.set(gpa, true, true, true);
    }

    @Override
    public void translateForGuest(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        guests.of(hart).translate(gva, access, privilege, result);
    }

    @Override
    public void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
        TwoStages stages = guests.of(hart);
        RemoteFence.split(scope, part -> stages.drop(part, vmid));
    }

    @Override
    public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
        RemoteFence.split(scope, guests.of(hart)::dropSecond);
    }

    @Override
    public boolean translatesBare() {
        return false;
    }

    @Override
    public HardwareWalk hardwareWalk(Hart hart, long gva, boolean translated) {
        HartTranslation state = harts.of(hart);
        PageTableWalker guest = state.trace(memory, direct, gva);
        if (guest != null) {
            int level = guest.leafLevel();
            state.hardware.found(guest.leaf(), level, PageTableEntry.target(guest.leaf(), level, gva));
        }
        return state.hardware;
    }

    @Override
    public HartTranslation state(Hart hart) {
        return harts.of(hart);
    }

    @Override
    public void protectedStore(Hart hart, long gpa, int size, long value) {
        // Nothing is protected: a clean page's D bit was set when its store was translated.
    }

    @Override
    public void memoryWritten(long gpa, long bytes) {
        // The next walk reads the new value.
    }

    @Override
    public void hostPageMoved(long gpa, long oldHost) {
        for (HartTranslation state : harts) {
            state.hart.spaces().dropGuestPage(gpa, false);
        }
    }

    @Override
    public boolean servesHartsApart() {
        return true;
    }

    @Override
    public ExitStatistics statistics(Hart hart) {
        return harts.of(hart).statistics;
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        harts.transfer(state, all, HartTranslation::transfer, one -> one.hart.id());
        guests.transfer(state, all, TwoStages::transfer, one -> one.hart().id());
    }
}
