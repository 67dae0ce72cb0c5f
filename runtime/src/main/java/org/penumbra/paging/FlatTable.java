// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.SecondStage;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.paging.shadow.SecondStageTables;

/// A second stage of one level: an array of host frames by guest page, so that each address takes one reference.
///
/// Which pages it has is what the second-stage tables have that untranslated accesses use.
final class FlatTable implements SecondStage {
    /// Distance of the array from the second-stage tables: beyond them, whatever the size of the guest.
    private static final long OFFSET = 1L << 36;

    private final GuestMemory memory;
    private final SecondStageTables pages;
    private final TableTrace trace;
    private final WalkReferences uncounted = new WalkReferences();

    /// @param trace who follows the references, or null
    FlatTable(GuestMemory memory, SecondStageTables pages, TableTrace trace) {
        this.memory = memory;
        this.pages = pages;
        this.trace = trace;
    }

    @Override
    public long hostAddress(long gpa, WalkReferences count) {
        return hostAddress(gpa, count, trace);
    }

    /// The same for who is told of the reference instead, or null.
    long hostAddress(long gpa, WalkReferences count, TableTrace told) {
        count.host++;
        if (told != null) {
            told.secondStage(gpa, OFFSET + 8L * memory.pageIndex(gpa), 0);
        }
        return pages.hostAddress(gpa, uncounted);
    }

    /// Whether it has the page of a RAM address, without a reference.
    boolean has(long gpa) {
        return pages.hostAddress(gpa, uncounted) != 0;
    }
}
