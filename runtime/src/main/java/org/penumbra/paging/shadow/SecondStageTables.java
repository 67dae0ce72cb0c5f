// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.SecondStage;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.snapshot.State;

/// Second-stage page tables in host memory, Sv39x4 or Sv48x4, filled page by page as the guest touches them.
///
/// The root is four pages, so that it covers two bits of guest-physical address more (privileged specification,
/// "Guest-Physical Address Translation").
public final class SecondStageTables implements SecondStage, AutoCloseable {
    private static final long PAGE = GuestMemory.PAGE_SIZE;
    private static final long LARGE_PAGE = GuestMemory.LARGE_PAGE_SIZE;
    private static final int ROOT_INDEX = 2047;
    /// Permissions of every leaf.
    public static final long LEAF = PageTableEntry.VALID | PageTableEntry.READ | PageTableEntry.WRITE
            | PageTableEntry.EXECUTE | PageTableEntry.USER | PageTableEntry.ACCESSED | PageTableEntry.DIRTY;

    private final GuestMemory memory;
    private final int levels;
    private final SparseRegion region;
    private long next;

    public SecondStageTables(GuestMemory memory, int levels) {
        this.memory = memory;
        this.levels = levels;
        // Root, a lowest-level table for each 2 MiB that RAM touches, and a generous number above those.
        region = new SparseRegion((memory.size() / LARGE_PAGE + 64) * PAGE);
        next = region.address() + 4 * PAGE;
    }

    @Override
    public void close() {
        region.close();
    }

    @Override
    public long hostAddress(long gpa, WalkReferences count) {
        return hostAddress(gpa, count, null);
    }

    /// The same for who is told of each reference, or null.
    public long hostAddress(long gpa, WalkReferences count, TableTrace trace) {
        long entry = region.address() + ((gpa >>> 12 + 9 * (levels - 1) & ROOT_INDEX) << 3);
        for (int level = levels - 1; ; level--) {
            count.host++;
            if (trace != null) {
                trace.secondStage(gpa, entry - region.address(), level);
            }
            long pte = HostMemory.getLongAcquire(entry);
            if (pte == 0) {
                return 0;
            }
            if ((pte & PageTableEntry.READ) != 0) {
                return PageTableEntry.target(pte, level, gpa);
            }
            entry = PageTableEntry.frame(pte) + ((long) TranslationMode.index(gpa, level - 1) << 3);
        }
    }

    /// Maps the page of `gpa`, which is RAM, with the largest page size that its host frame permits.
    public void map(long gpa) {
        long page = memory.pageIndex(gpa);
        boolean large = memory.frames().isLarge(page) && (memory.base() & LARGE_PAGE - 1) == 0;
        long entry = entry(gpa, large ? 1 : 0, true);
        long host = memory.hostAddress(gpa & -PAGE);
        HostMemory.putLong(entry, (large ? host & -LARGE_PAGE : host) >>> 12 << 10 | LEAF);
    }

    /// Removes the mapping that covers `gpa`, whose host frame has changed.
    public void unmap(long gpa) {
        long entry = entry(gpa, 0, false);
        if (entry != 0) {
            HostMemory.putLong(entry, 0);
        }
    }

    /// With `make`: address of the entry for `gpa` at a level, creating the tables above it. Without: address of the
    /// leaf that covers it, or 0.
    private long entry(long gpa, int lowest, boolean make) {
        long entry = region.address() + ((gpa >>> 12 + 9 * (levels - 1) & ROOT_INDEX) << 3);
        for (int level = levels - 1; level > lowest; level--) {
            long pte = HostMemory.getLong(entry);
            if (pte == 0) {
                if (!make) {
                    return 0;
                }
                pte = next >>> 12 << 10 | PageTableEntry.VALID;
                next += PAGE;
                HostMemory.putLong(entry, pte);
            } else if ((pte & PageTableEntry.READ) != 0) {
                return entry;
            }
            entry = PageTableEntry.frame(pte) + ((long) TranslationMode.index(gpa, level - 1) << 3);
        }
        return entry;
    }

    /// Saves the tables, or restores them into new ones, after the frames of RAM.
    public void transfer(State state) {
        int pages = state.number((int) ((next - region.address()) / PAGE));
        next = region.address() + pages * PAGE;
        for (long at = region.address(); at < next; at += Long.BYTES) {
            long pte = HostMemory.getLong(at);
            boolean leaf = state.flag((pte & PageTableEntry.READ) != 0);
            long origin = (leaf ? memory.frames().origin() : region.address()) >>> 12 << 10;
            long saved = state.number(pte == 0 ? 0 : pte - origin);
            HostMemory.putLong(at, saved == 0 ? 0 : saved + origin);
        }
    }
}
