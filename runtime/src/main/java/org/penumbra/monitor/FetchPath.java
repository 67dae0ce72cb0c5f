// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.code.CodePage;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.Pmp;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FetchTlb;
import org.penumbra.mmu.Translation;
import org.penumbra.paging.PagingModel;
import org.penumbra.timing.TimedHart;

/// Serves the instruction fetches of a hart that missed its fetch TLB: the paging model, then physical memory
/// protection, then the code page.
final class FetchPath {
    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;

    private final Hart hart;
    private final CodePages code;
    private final MonitorCounts counts;
    private final Translation translation = new Translation();
    private PagingModel model;
    private Watch breakpoints;
    private DataPath.Misses misses;
    /// Or null.
    private final TimedHart timed;

    FetchPath(Hart hart, CodePages code, MonitorCounts counts, PagingModel model, TimedHart timed) {
        this.timed = timed;
        this.hart = hart;
        this.code = code;
        this.counts = counts;
        this.model = model;
    }

    void continueWith(PagingModel fresh) {
        model = fresh;
    }

    /// Sets the listener for misses; null removes it.
    void observe(DataPath.Misses listener) {
        misses = listener;
    }

    /// Sets the watched addresses, whose pages are then checked at each instruction; null watches nothing.
    void lookAt(Watch addresses) {
        breakpoints = addresses;
        hart.spaces().retwin(gva -> addresses != null && addresses.onPageOf(gva));
        hart.yieldRequested = true;
    }

    /// Brings pages that have come into the TLBs by other ways into the form that the watched addresses want.
    void twinAgain() {
        if (breakpoints != null) {
            lookAt(breakpoints);
        }
    }

    /// Activates the fetch TLB of the hart's current context.
    void contextChanged() {
        FetchTlb fetch;
        if (hart.virtual) {
            hart.spaces().selectGuest(hart.hypervisor.guestRoot(), hart.hypervisor.secondRoot());
            fetch = hart.spaces().guestFetch(hart.privilege);
        } else {
            fetch = hart.translates(hart.privilege) ? hart.spaces().fetch(hart.privilege)
                    : hart.spaces().bareFetch(hart.privilege);
        }
        if (fetch != hart.fetchTlb) {
            hart.fetchTlb = fetch;
            hart.yieldRequested = true;
        }
    }

    /// Returns the page of the instruction at `gva`, which missed the fetch TLB, and fills the TLB.
    ///
    /// @throws GuestTrap the page or access fault
    CodePage miss(long gva) {
        counts.now().tlbMisses++;
        hart.performance.missed(AccessType.FETCH);
        if (misses != null) {
            misses.missed(gva, AccessType.FETCH, true);
        }
        if (timed != null) {
            timed.missing(gva, AccessType.FETCH);
        }
        if (hart.virtual) {
            model.translateForGuest(hart, gva, AccessType.FETCH, hart.privilege, translation);
        } else if (hart.translates(hart.privilege)) {
            model.translate(hart, gva, AccessType.FETCH, hart.privilege, translation);
        } else {
            model.translateBare(hart, gva, AccessType.FETCH, translation);
        }
        long gpa = translation.gpa & PAGE_MASK;
        int permissions = hart.pmp.pagePermissions(gpa, hart.privilege);
        if (permissions != Pmp.MIXED && (permissions & Pmp.EXECUTE) == 0) {
            throw new GuestTrap(AccessType.FETCH.accessFault(), gva);
        }
        CodePage page = code.at(gpa, translation.hostAddress & PAGE_MASK);
        if (page == null) {
            throw new GuestTrap(AccessType.FETCH.accessFault(), gva);
        }
        if (permissions == Pmp.MIXED) {
            page = page.guarded();
        } else if (breakpoints != null) {
            page = page.watched(breakpoints.onPageOf(gva));
        }
        hart.fetchTlb.fill(gva, page);
        if (hart.virtual) {
            hart.fetchTlb.noteBetweenStages(gva, translation.betweenStages);
        }
        return page;
    }
}
