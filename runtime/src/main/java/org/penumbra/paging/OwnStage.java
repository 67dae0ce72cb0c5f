// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;

/// The hypervisor's own tables, which hardware walks where there is no monitor below it.
final class OwnStage extends HardwareStage {
    private final GuestMemory memory;
    private final WalkReferences references;
    private final PageTableWalker walker;

    OwnStage(GuestMemory memory, WalkReferences references) {
        this.memory = memory;
        this.references = references;
        this.walker = PageTableWalker.ofSecondStage(memory, references);
    }

    @Override
    int walk(TranslationContext context, long root, long gpa, AccessType access) {
        int outcome = PageTableWalker.OK;
        if (TranslationMode.isBare(root)) {
            physical = gpa;
            leaf = EVERYTHING;
            leafLevel = 0;
        } else {
            outcome = walker.walk(context, root, gpa, access, Hart.USER);
            physical = walker.gpa();
            leaf = walker.leaf();
            leafLevel = walker.leafLevel();
        }
        host = outcome == PageTableWalker.OK && memory.contains(physical, 1) ? memory.hostAddress(physical) : 0;
        return outcome;
    }

    @Override
    long references() {
        return references.guest;
    }
}
