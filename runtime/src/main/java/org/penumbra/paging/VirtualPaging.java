// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.paging.shadow.SecondStageTables;
import org.penumbra.snapshot.State;

/// Common part of the models in which guest-physical differs from host-physical: the second stage and untranslated
/// accesses.
abstract class VirtualPaging<T extends HartTranslation> implements PagingModel {
    final PagingContext context;
    final ModelOptions options;
    final GuestMemory memory;
    final SecondStageTables secondStage;
    final PerHart<T> harts;
    private final WalkReferences uncounted = new WalkReferences();
    /// The guests of hypervisors, or null where there are none yet.
    private NestedPaging nested;

    VirtualPaging(PagingContext context, ModelOptions options) {
        this.context = context;
        this.options = options;
        this.memory = context.memory();
        this.secondStage = new SecondStageTables(memory, options.secondStageLevels());
        this.harts = new PerHart<>(this::createState);
    }

    abstract T createState(Hart hart);

    /// How the model shadows the second stages of a guest hypervisor.
    NestedPaging.Keeper keeper() {
        throw new IllegalStateException("no guests in this model");
    }

    private NestedPaging nested() {
        if (nested == null) {
            nested = new NestedPaging(memory, keeper());
        }
        return nested;
    }

    @Override
    public final void translateForGuest(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        nested().translate(hart, gva, access, privilege, result);
    }

    @Override
    public final void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
        nested().guestFenced(hart, scope, vmid, remote);
    }

    @Override
    public final void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
        nested().secondStageFenced(hart, scope, remote);
    }

    @Override
    public final void secondRootWritten(Hart hart, long hgatp) {
        nested().secondRootWritten(hart, hgatp);
    }

    /// PMP changed, and with it what shadows may have been read from.
    @Override
    public void protectionChanged(Hart hart) {
        if (nested != null) {
            nested.protectionChanged(hart);
        }
    }

    /// Host address of a RAM byte through the second stage; the first touch of each page is an exit.
    ///
    /// @param software who follows the references, if it is software that makes them, else null
    final long throughSecondStage(T state, long gpa, TableTrace software) {
        while (true) {
            long host = stage(gpa, state.statistics.walk, software);
            if (host != 0) {
                return host;
            }
            secondStageFault(state, gpa);
        }
    }

    /// The second stage has no entry for a RAM page: maps it.
    void secondStageFault(T state, long gpa) {
        state.statistics.exit(ExitCause.G_FAULT);
        secondStage.map(gpa);
    }

    @Override
    public void translateBare(Hart hart, long gpa, AccessType access, Translation result) {
        T state = harts.of(hart);
        boolean ram = memory.contains(gpa, 1);
        long host = ram ? throughSecondStage(state, gpa, null) : 0;
        result.set(gpa, true, !ram || bareStorable(state, gpa, access), true);
        result.hostAddress = host;
    }

    @Override
    public final boolean translatesBare() {
        return true;
    }

    @Override
    public final HardwareWalk hardwareWalk(Hart hart, long gva, boolean translated) {
        T state = harts.of(hart);
        if (translated) {
            trace(state, gva);
        } else {
            HardwareWalk walk = state.hardware.begin();
            if (memory.contains(gva, 1) && traceSecondStage(gva, walk) != 0) {
                walk.found(SecondStageTables.LEAF, walk.level(walk.count() - 1), gva);
            }
        }
        return state.hardware;
    }

    /// Follows the walk that hardware makes for a translated address into the state's [HartTranslation#hardware].
    abstract void trace(T state, long gva);

    /// Host address of a byte through the second stage, uncounted, or 0.
    final long traceSecondStage(long gpa, HardwareWalk walk) {
        return stage(gpa, uncounted, walk);
    }

    /// Host address of a RAM byte by the second stage that hardware walks, or 0.
    ///
    /// @param trace who is told of the references, or null
    long stage(long gpa, WalkReferences count, TableTrace trace) {
        return secondStage.hostAddress(gpa, count, trace);
    }

    /// Whether untranslated stores to a RAM page may bypass the model.
    boolean bareStorable(T state, long gpa, AccessType access) {
        return true;
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
        secondStage.unmap(gpa);
        for (T state : harts) {
            state.hart.spaces().dropGuestPage(gpa, false);
        }
        if (nested != null) {
            nested.hostPageMoved(gpa);
        }
    }

    @Override
    public final void close() {
        secondStage.close();
        for (T state : harts) {
            state.close();
        }
        if (nested != null) {
            nested.close();
        }
    }

    @Override
    public final ExitStatistics statistics(Hart hart) {
        return harts.of(hart).statistics;
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        secondStage.transfer(state);
        harts.transfer(state, all, HartTranslation::transfer, one -> one.hart.id());
        if (state.flag(nested != null)) {
            nested().transfer(state, all);
        }
    }
}
