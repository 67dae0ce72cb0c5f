// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.ArrayList;
import java.util.List;
import org.penumbra.hart.Hart;
import org.penumbra.machine.Machine;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.TranslationMode;

/// A walk of the guest's page tables from outside: it counts nothing and sets no A or D bits.
final class TableWalk {
    private final GuestMemory memory;
    private final Hart hart;

    TableWalk(Machine machine, Hart hart) {
        this.memory = machine.memory();
        this.hart = hart;
    }

    /// An entry read on the way.
    ///
    /// @param address of the entry, guest-physical
    record Step(int level, long address, long pte, int kind) {
    }

    /// From the root down; empty under Bare, ends at the first entry that is no pointer, or in front of one outside of
    /// RAM.
    List<Step> steps(long gva) {
        long satp = hart.satp();
        var steps = new ArrayList<Step>();
        if (TranslationMode.isBare(satp) || !TranslationMode.isCanonical(gva, TranslationMode.levels(satp))) {
            return steps;
        }
        long table = TranslationMode.root(satp);
        for (int level = TranslationMode.levels(satp) - 1; level >= 0; level--) {
            long address = table + 8L * TranslationMode.index(gva, level);
            if (!memory.contains(address, Long.BYTES)) {
                break;
            }
            long pte = memory.load(address, Long.BYTES);
            int kind = PageTableEntry.kind(pte, level, hart.entryBits());
            steps.add(new Step(level, address, pte, kind));
            if (kind != PageTableEntry.POINTER) {
                break;
            }
            table = PageTableEntry.frame(pte);
        }
        return steps;
    }

    /// The guest-physical address of `gva` at the hart's current privilege, or -1 if it is not mapped.
    long translate(long gva) {
        if (!hart.translates(hart.privilege)) {
            return gva;
        }
        List<Step> steps = steps(gva);
        Step last = steps.isEmpty() ? null : steps.getLast();
        return last == null || last.kind() != PageTableEntry.LEAF ? -1
                : PageTableEntry.target(last.pte(), last.level(), gva);
    }

    /// A step as a line of text.
    String line(Step step, long gva) {
        boolean leaf = step.kind() == PageTableEntry.LEAF;
        return String.format("level %d  entry 0x%x  pte 0x%x  %s  %s", step.level(), step.address(), step.pte(),
                flags(step.pte()), leaf ? "leaf, gpa 0x" + Long.toHexString(PageTableEntry.target(step.pte(),
                        step.level(), gva)) : step.kind() == PageTableEntry.POINTER ? "pointer" : "invalid");
    }

    /// The steps as scripts see them.
    ValueList entries(long gva) {
        return new ValueList(steps(gva).stream().map(step -> entry(step, gva)).toArray());
    }

    private Object entry(Step step, long gva) {
        boolean leaf = step.kind() == PageTableEntry.LEAF;
        return new ValueMap().put("level", step.level()).put("address", step.address())
                .put("offset", step.address() - memory.base()).put("pte", new Unsigned(step.pte()))
                .put("kind", leaf ? "leaf" : step.kind() == PageTableEntry.POINTER ? "pointer" : "invalid")
                .put("flags", flags(step.pte()))
                .put("frame", PageTableEntry.frame(step.pte()))
                .put("gpa", leaf ? (Object) PageTableEntry.target(step.pte(), step.level(), gva) : Nothing.INSTANCE);
    }

    /// As `vrwxugad`, a dash for each that is clear.
    private static String flags(long pte) {
        var text = new StringBuilder();
        for (int bit = 0; bit < 8; bit++) {
            text.append((pte >>> bit & 1) != 0 ? "vrwxugad".charAt(bit) : '-');
        }
        return text.toString();
    }
}
