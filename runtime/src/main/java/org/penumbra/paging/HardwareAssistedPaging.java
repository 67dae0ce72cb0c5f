// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.Translation;
import org.penumbra.options.Synchronisation;

/// Two-stage translation in hardware: every access to a guest table also goes through the second stage, and only the
/// first touch of a page exits. The second stage of a guest that is a hypervisor is shadowed: hardware has two.
class HardwareAssistedPaging extends VirtualPaging<HartTranslation> implements GuestTablePaging {
    HardwareAssistedPaging(PagingContext context, ModelOptions options) {
        super(context, options);
    }

    @Override
    HartTranslation createState(Hart hart) {
        return new HartTranslation(hart, context, (gpa, count) -> stage(gpa, count, null));
    }

    @Override
    public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        HartTranslation state = harts.of(hart);
        PageTableWalker walker = state.walker;
        while (true) {
            int outcome = state.walk(gva, access, privilege);
            if (outcome == PageTableWalker.SECOND_STAGE_MISS) {
                secondStageFault(state, walker.missingGpa());
            } else if (outcome != PageTableWalker.OK) {
                throw HartTranslation.fault(outcome, gva, access);
            } else {
                long host = 0;
                if (memory.contains(walker.gpa(), 1)) {
                    host = stage(walker.gpa(), state.statistics.walk, null);
                    if (host == 0) {
                        // The hardware restarts the access, and with it the walk.
                        secondStageFault(state, walker.gpa());
                        continue;
                    }
                }
                state.report(result, gva, walker.gpa(), walker.leaf(), walker.leafLevel(), privilege);
                result.hostAddress = host;
                return;
            }
        }
    }

    @Override
    void trace(HartTranslation state, long gva) {
        HardwareWalk walk = state.hardware;
        PageTableWalker guest = state.trace(memory, (gpa, _) -> traceSecondStage(gpa, walk), gva);
        if (guest == null) {
            return;
        }
        int level = guest.leafLevel();
        long gpa = PageTableEntry.target(guest.leaf(), level, gva);
        if (!memory.contains(gpa, 1)) {
            walk.found(guest.leaf(), level, gpa);
        } else if (traceSecondStage(gpa, walk) != 0) {
            walk.found(guest.leaf(), Math.min(level, walk.level(walk.count() - 1)), gpa);
        }
    }

    /// The hypervisor's fences, which exit, empty what they name.
    @Override
    NestedPaging.Keeper keeper() {
        return new FollowingKeeper(this, Synchronisation.DROP, null);
    }

    @Override
    public HartTranslation state(Hart hart) {
        return harts.of(hart);
    }
}
