// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.Translation;
import org.penumbra.snapshot.State;

/// Translation of the guests of a guest that is a hypervisor, where there is a monitor below it: its second stage is
/// shadowed, by the rules of the model ([Keeper]), and its guests' first stage is hardware's.
final class NestedPaging implements AutoCloseable {
    private final GuestMemory memory;
    private final Keeper keeper;
    private final PerHart<Guests> harts;

    /// What a model decides.
    interface Keeper {
        /// A shadow of second stages.
        ///
        /// @param statistics the hart's counts
        ShadowHart createStage(Hart hart, ExitStatistics statistics);

        /// Makes the root of a second stage current in a shadow.
        void select(ShadowHart shadow, long root);

        /// Whether stores to a RAM page have to be emulated.
        boolean isProtected(long gpa);

        /// The walk of a guest's first stage has set A or D in an entry on a protected page.
        void tableWritten(Hart hart, long gpa);

        /// Translates an address where the second stage is off, as the hypervisor's own are without translation.
        void translateBare(Hart hart, long gpa, AccessType access, Translation result);

        /// Counts a fence for guests that their hypervisor has executed.
        void countFence(ExitStatistics statistics, FenceScope scope);

        /// Counts a fence for guests that another hart asked for through the firmware.
        void countRemoteFence(ExitStatistics statistics);

        /// Brings a shadow up to date at a fence.
        ///
        /// @param scope of guest-physical addresses, with a VMID in place of an ASID; of a byte of one page, or of all
        void obey(ShadowHart shadow, FenceScope scope);

        /// hgatp was written.
        void countRoot(ShadowHart shadow, long hgatp);

        /// The counts of a hart.
        ExitStatistics statistics(Hart hart);
    }

    /// What belongs to a hart.
    private static final class Guests {
        final Hart hart;
        final ShadowStage stage;
        final TwoStages stages;

        Guests(Hart hart, ShadowStage stage, ExitStatistics statistics) {
            this.hart = hart;
            this.stage = stage;
            this.stages = new TwoStages(hart, statistics, stage);
        }

        void transfer(State state) {
            stage.shadow().transfer(state);
            stages.transfer(state);
        }
    }

    NestedPaging(GuestMemory memory, Keeper keeper) {
        this.memory = memory;
        this.keeper = keeper;
        this.harts = new PerHart<>(this::create);
    }

    private Guests create(Hart hart) {
        ExitStatistics statistics = keeper.statistics(hart);
        var stage = new ShadowStage(hart, memory, keeper.createStage(hart, statistics), keeper);
        return new Guests(hart, stage, statistics);
    }

    void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        harts.of(hart).stages.translate(gva, access, privilege, result);
    }

    /// A fence of the first stage, which hardware performs: one of a guest itself needs no more.
    void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
        Guests guests = harts.of(hart);
        if (remote || !hart.virtual) {
            count(hart, scope, remote);
        }
        RemoteFence.split(scope, part -> guests.stages.drop(part, vmid));
    }

    void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
        Guests guests = harts.of(hart);
        count(hart, scope, remote);
        RemoteFence.split(scope, part -> {
            keeper.obey(guests.stage.shadow(), part);
            guests.stages.dropSecond(part);
        });
    }

    private void count(Hart hart, FenceScope scope, boolean remote) {
        if (remote) {
            keeper.countRemoteFence(keeper.statistics(hart));
        } else {
            keeper.countFence(keeper.statistics(hart), scope);
        }
    }

    void secondRootWritten(Hart hart, long hgatp) {
        ShadowHart shadow = harts.of(hart).stage.shadow();
        if (shadow.roots.current() != null && ShadowStage.hgatp(shadow.roots.current().satp) != hgatp) {
            // What a fence reads at once may be used only if the VMID that it is for is active.
            shadow.deselect();
        }
        keeper.countRoot(shadow, hgatp);
    }

    void hostPageMoved(long gpa) {
        for (Guests guests : harts) {
            guests.stage.shadow().tables.dropPage(memory.pageIndex(gpa));
        }
    }

    void protectionChanged(Hart hart) {
        harts.of(hart).stage.shadow().forget();
    }

    void transfer(State state, List<Hart> all) {
        harts.transfer(state, all, Guests::transfer, one -> one.hart.id());
    }

    @Override
    public void close() {
        for (Guests guests : harts) {
            guests.stage.shadow().close();
        }
    }
}
