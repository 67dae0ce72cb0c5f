// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// No virtualisation: the hardware walks the guest's tables, and guest-physical is host-physical.
final class NativePaging implements PagingModel {
    private final PerHart<HartTranslation> harts;

    NativePaging(PagingContext context) {
        this.harts = new PerHart<>(hart -> new HartTranslation(hart, context,
                PageTableWalker.direct(context.memory())));
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
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        if (!TranslationMode.isBare(newSatp)) {
            hart.spaces().select(newSatp);
        }
    }

    @Override
    public void fenced(Hart hart, long gva, boolean hasGva, int asid, boolean hasAsid) {
        harts.of(hart).dropTranslations(gva, hasGva, asid, hasAsid);
    }

    @Override
    public void remoteFenced(Hart target, long start, long bytes, int asid, boolean hasAsid) {
        RemoteFence.split(start, bytes, (gva, hasGva) ->
                harts.of(target).dropTranslations(gva, hasGva, asid & target.config().asidMask(), hasAsid));
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
    public ExitStatistics statistics(Hart hart) {
        return harts.of(hart).statistics;
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        harts.transfer(state, all, HartTranslation::transfer, one -> one.hart.id());
    }
}
