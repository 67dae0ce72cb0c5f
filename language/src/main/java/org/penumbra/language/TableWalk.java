// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.penumbra.hart.Hart;
import org.penumbra.machine.Machine;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.TranslationContext;
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
    /// RAM. While a hypervisor's guest runs, those of the guest's own tables, where the second stage has them.
    List<Step> steps(long gva) {
        return hart.virtual ? steps(hart.hypervisor.guestRoot(), hart.hypervisor.firstStage, gva, this::secondStage)
                : steps(hart.satp(), hart, gva, null);
    }

    /// @param second translates the addresses of tables, to -1 for what it does not; or null
    private List<Step> steps(long root, TranslationContext context, long gva, LongUnaryOperator second) {
        var steps = new ArrayList<Step>();
        if (TranslationMode.isBare(root) || !TranslationMode.isCanonical(gva, TranslationMode.levels(root))) {
            return steps;
        }
        int top = TranslationMode.levels(root) - 1;
        follow(steps, root, context, TranslationMode.index(gva, top), gva, second);
        return steps;
    }

    private void follow(List<Step> steps, long root, TranslationContext context, int first, long gva,
            LongUnaryOperator second) {
        long table = TranslationMode.root(root);
        int index = first;
        for (int level = TranslationMode.levels(root) - 1; level >= 0; level--) {
            long address = table + 8L * index;
            if (second != null) {
                address = second.applyAsLong(address);
            }
            if (!memory.contains(address, Long.BYTES)) {
                break;
            }
            long pte = memory.load(address, Long.BYTES);
            int kind = PageTableEntry.kind(pte, level, context.entryBits());
            steps.add(new Step(level, address, pte, kind));
            if (kind != PageTableEntry.POINTER) {
                break;
            }
            table = PageTableEntry.frame(pte);
            index = level == 0 ? 0 : TranslationMode.index(gva, level - 1);
        }
    }

    /// Where the second stage of a hypervisor's guest has an address, or -1.
    private long secondStage(long gpa) {
        long root = hart.hypervisor.secondRoot();
        if (TranslationMode.isBare(root)) {
            return gpa;
        }
        if (!TranslationMode.isGuestPhysical(gpa, TranslationMode.levels(root))) {
            return -1;
        }
        var steps = new ArrayList<Step>();
        int top = TranslationMode.levels(root) - 1;
        follow(steps, root, hart.hypervisor.secondStage, TranslationMode.rootIndex(gpa, top), gpa, null);
        return target(steps, gpa);
    }

    private static long target(List<Step> steps, long address) {
        Step last = steps.isEmpty() ? null : steps.getLast();
        return last == null || last.kind() != PageTableEntry.LEAF ? -1
                : PageTableEntry.target(last.pte(), last.level(), address);
    }

    /// The guest-physical address of `gva` at the hart's current privilege, or -1 if it is not mapped.
    long translate(long gva) {
        if (hart.virtual) {
            long gpa = TranslationMode.isBare(hart.hypervisor.guestRoot()) ? gva : target(steps(gva), gva);
            return gpa == -1 ? -1 : secondStage(gpa);
        }
        return hart.translates(hart.privilege) ? target(steps(gva), gva) : gva;
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
