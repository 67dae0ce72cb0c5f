// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;

/// The one walker of guest page tables: Sv39, Sv48 and Sv57 with Svnapot, Svpbmt, Svade and Svadu.
///
/// Steps are numbered as in "Virtual Address Translation Process" of the privileged specification. The second stage
/// locates tables in host memory. There is one object per hart; its fields hold the result of the last walk.
public final class PageTableWalker {
    public static final int OK = 0;
    public static final int PAGE_FAULT = 1;
    public static final int ACCESS_FAULT = 2;
    /// The second stage has no mapping for [#missingGpa]; only A and D bits may have changed.
    public static final int SECOND_STAGE_MISS = 3;

    /// Where tables can be; null if the second stage says that.
    private final GuestMemory memory;
    private final SecondStage secondStage;
    private final WalkReferences references;
    /// Told of the references to guest tables, or null.
    private final TableTrace trace;
    /// Whether it walks the tables of a second stage, for guest-physical addresses.
    private final boolean guestPhysical;

    private final long[] entries = new long[TranslationMode.MAXIMUM_LEVELS];
    private final long[] tables = new long[TranslationMode.MAXIMUM_LEVELS];
    private final long[] addresses = new long[TranslationMode.MAXIMUM_LEVELS];
    private int leafLevel;
    private long leaf;
    private long leafHost;
    private long gpa;
    private long missingGpa;
    private boolean updated;

    public PageTableWalker(GuestMemory memory, SecondStage secondStage, WalkReferences references) {
        this(memory, secondStage, references, null);
    }

    /// @param trace told of each reference to a guest table as well, or null
    public PageTableWalker(GuestMemory memory, SecondStage secondStage, WalkReferences references, TableTrace trace) {
        this(memory, secondStage, references, trace, false);
    }

    private PageTableWalker(GuestMemory memory, SecondStage secondStage, WalkReferences references, TableTrace trace,
            boolean guestPhysical) {
        this.memory = memory;
        this.secondStage = secondStage;
        this.references = references;
        this.trace = trace;
        this.guestPhysical = guestPhysical;
    }

    /// A walker of the tables of a guest's hypervisor extension that hgatp refers to: those of Sv39x4, Sv48x4 and
    /// Sv57x4.
    public static PageTableWalker ofSecondStage(GuestMemory memory, WalkReferences references) {
        return new PageTableWalker(memory, direct(memory), references, null, true);
    }

    /// A walker of the first of two stages, whose tables lie where a second one says.
    public static PageTableWalker ofFirstStage(SecondStage second, WalkReferences references) {
        return new PageTableWalker(null, second, references, null, false);
    }

    /// A second stage without cost: for `native`, and for software walks by a monitor that knows the host frames.
    public static SecondStage direct(GuestMemory memory) {
        return (gpa, count) -> memory.hostAddress(gpa);
    }

    /// Level of the last entry read; after an [#OK] walk, the leaf's level.
    public int leafLevel() {
        return leafLevel;
    }

    /// The leaf entry including the A and D bits the walk has set.
    public long leaf() {
        return leaf;
    }

    /// Guest-physical address of the requested byte, after an [#OK] walk.
    public long gpa() {
        return gpa;
    }

    public long missingGpa() {
        return missingGpa;
    }

    /// Whether the walk set A or D.
    public boolean updated() {
        return updated;
    }

    /// Entry read at a level, from the root's down to [#leafLevel].
    public long entry(int level) {
        return entries[level];
    }

    /// Guest-physical address of the table read at a level, from the root's down to [#leafLevel].
    public long table(int level) {
        return tables[level];
    }

    /// Translates `gva` under a paged satp.
    ///
    /// @param privilege effective privilege of the access, 0 for user mode or 1 for supervisor mode
    /// @return [#OK], [#PAGE_FAULT], [#ACCESS_FAULT] or [#SECOND_STAGE_MISS]
    public int walk(TranslationContext context, long satp, long gva, AccessType access, int privilege) {
        int shape = find(context, satp, gva, context.entryBits());
        if (shape != OK) {
            return shape;
        }
        // Step 5. Is the access allowed by R, W, X and U under SUM and MXR?
        if (!PageTableEntry.allows(leaf, access, privilege, context)) {
            return PAGE_FAULT;
        }
        // Step 7. A clear, or a store and D clear: fault (Svade), or set them atomically (Svadu).
        if ((~leaf & PageTableEntry.touched(access)) != 0) {
            if (!context.updatesAccessedDirty()) {
                return PAGE_FAULT;
            }
            return update(context, satp, gva, access, privilege);
        }
        // Step 8. Successful: the offset of gva in the page, the rest from the leaf.
        gpa = PageTableEntry.target(leaf, leafLevel, gva);
        return OK;
    }

    /// Steps 1 to 4 and 6: finds the leaf that covers `gva`, without checking permissions.
    ///
    /// @param options see [PageTableEntry#kind]
    /// @return [#OK], [#PAGE_FAULT] (no valid leaf), [#ACCESS_FAULT] or [#SECOND_STAGE_MISS]
    public int find(TranslationContext context, long satp, long gva, long options) {
        updated = false;
        // Step 1. Start at the root, i = LEVELS - 1.
        int level = TranslationMode.levels(satp) - 1;
        long table = TranslationMode.root(satp);
        leafLevel = level;
        if (guestPhysical ? !TranslationMode.isGuestPhysical(gva, level + 1)
                : !TranslationMode.isCanonical(gva, level + 1)) {
            return PAGE_FAULT;
        }
        int index = guestPhysical ? TranslationMode.rootIndex(gva, level) : TranslationMode.index(gva, level);
        while (true) {
            // Step 2. Read the entry; physical memory attributes and protection give access faults.
            long address = table + ((long) index << 3);
            leafLevel = level;
            addresses[level] = address;
            tables[level] = table;
            if (memory != null && !memory.contains(address, 8) || !context.allowsTable(address, false)) {
                return ACCESS_FAULT;
            }
            long host = secondStage.hostAddress(address, references);
            if (host == 0) {
                missingGpa = address;
                return SECOND_STAGE_MISS;
            }
            references.guest++;
            if (trace != null) {
                trace.guest(address, level);
            }
            long pte = HostMemory.getLongAcquire(host);
            entries[level] = pte;
            // Steps 3, 4 and 6. Reserved encodings, pointers (also below level 0), misaligned superpages.
            switch (PageTableEntry.kind(pte, level, options)) {
                case PageTableEntry.POINTER -> {
                    level--;
                    index = TranslationMode.index(gva, level);
                    table = PageTableEntry.frame(pte);
                }
                case PageTableEntry.LEAF -> {
                    leaf = pte;
                    leafHost = host;
                    return OK;
                }
                default -> {
                    return PAGE_FAULT;
                }
            }
        }
    }

    /// Step 7 with hardware update of A and D: a 64-bit compare-and-set of the whole entry. On a mismatch the walk
    /// restarts from the root; the specification goes back to step 2, and restarting earlier only reads fresher
    /// entries.
    private int update(TranslationContext context, long satp, long gva, AccessType access, int privilege) {
        long address = addresses[leafLevel];
        if (!context.allowsTable(address, true)) {
            return ACCESS_FAULT;
        }
        if (!secondStage.isWritable(address, references)) {
            missingGpa = address;
            return SECOND_STAGE_MISS;
        }
        long touched = leaf | PageTableEntry.touched(access);
        if (!HostMemory.compareAndSetLong(leafHost, leaf, touched)) {
            return walk(context, satp, gva, access, privilege);
        }
        leaf = touched;
        entries[leafLevel] = touched;
        updated = true;
        gpa = PageTableEntry.target(leaf, leafLevel, gva);
        return OK;
    }
}
