// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.Pmp;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.Translation;
import org.penumbra.paging.PagingModel;
import org.penumbra.timing.TimedHart;

/// Translates the loads and stores of a hart that missed its TLB: first what the TLB still holds for the page, then the
/// paging model, then physical memory protection.
final class DataPath {
    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;

    private final Hart hart;
    private final boolean parallel;
    private final GuestMemory memory;
    private final CodePages code;
    private final MonitorCounts counts;
    private final Translation translation = new Translation();
    private PagingModel model;
    private ShadowTlb tlb;
    private long watchedPage = -1;
    private Watch watch;
    private Misses misses;
    /// Or null.
    private final TimedHart timed;
    private long host;

    DataPath(Hart hart, GuestMemory memory, CodePages code, MonitorCounts counts, PagingModel model, TimedHart timed) {
        this.timed = timed;
        this.hart = hart;
        this.parallel = hart.isParallel();
        this.memory = memory;
        this.code = code;
        this.counts = counts;
        this.model = model;
    }

    void continueWith(PagingModel fresh) {
        model = fresh;
    }

    /// Activates the TLB of the hart's current context.
    void contextChanged() {
        int privilege = hart.dataPrivilege();
        if (hart.dataVirtual()) {
            var hypervisor = hart.hypervisor;
            hart.spaces().selectGuest(hypervisor.guestRoot(), hypervisor.secondRoot());
            tlb = hart.spaces().guestData(privilege, hypervisor.guestStatus.sum(), hypervisor.readable());
        } else {
            tlb = hart.translates(privilege) ? hart.spaces().data(privilege, hart.sum(), hart.mxr())
                    : hart.spaces().bareData(privilege);
        }
        hart.dataTlb = tlb.address();
    }

    void watch(long gpa) {
        watchedPage = gpa & PAGE_MASK;
    }

    boolean isWatched(long gpa) {
        return (gpa & PAGE_MASK) == watchedPage;
    }

    /// Returns the guest-physical address of an access within one page, and fills the TLB if the access may be cached.
    ///
    /// @throws GuestTrap the page or access fault
    long locate(long gva, int size, AccessType access) {
        boolean store = access == AccessType.STORE;
        ShadowTlb active = tlb;
        long page = active.guestPage(gva);
        if (page == -1 || (page & (store ? ShadowTlb.STORABLE : ShadowTlb.LOADABLE)) == 0) {
            page = translate(active, gva, access, page != -1);
        }
        long gpa = (page & PAGE_MASK) | (gva & GuestMemory.PAGE_OFFSET);
        int privilege = hart.dataPrivilege();
        int permissions = hart.pmp.pagePermissions(gpa & PAGE_MASK, privilege);
        if (permissions == Pmp.MIXED ? !hart.pmp.allows(gpa, size, access, privilege)
                : (permissions & (store ? Pmp.WRITE : Pmp.READ)) == 0) {
            throw new GuestTrap(access.accessFault(), gva);
        }
        host = 0;
        if (memory.contains(gpa, size)) {
            long hostPage = active.hostPage(gva);
            host = hostPage | gva & GuestMemory.PAGE_OFFSET;
            if (permissions > 0 && !(watch != null && watch.onPageOf(gva))) {
                boolean fast = (page & ShadowTlb.STORABLE) != 0 && (permissions & Pmp.WRITE) != 0
                        && !code.holdsCode(gpa) && !isWatched(gpa);
                if (fast && parallel) {
                    fast = letStoresHit(active, gva, gpa, hostPage);
                }
                active.allow(gva, hostPage, (page & ShadowTlb.LOADABLE) != 0 && (permissions & Pmp.READ) != 0, fast);
            }
            if (timed != null) {
                time(gva, gpa, store, (page & ShadowTlb.STORABLE) != 0);
            }
        }
        return gpa;
    }

    /// Lets stores hit a page, unless another hart is making it one of code: that says so, then looks for pages that
    /// stores hit. So one of both sees what the other did.
    private boolean letStoresHit(ShadowTlb active, long gva, long gpa, long hostPage) {
        active.allow(gva, hostPage, false, true);
        HostMemory.fullFence();
        return !code.holdsCode(gpa);
    }

    /// Tells of the access that has just been located. A store to a protected page is the monitor's to perform.
    private void time(long gva, long gpa, boolean store, boolean storable) {
        timed.located(gpa, host);
        if (!store) {
            timed.load(gva, host);
        } else if (storable) {
            timed.store(gva, host);
        } else {
            timed.emulated(gpa);
        }
    }

    /// Host address of the byte that [#locate] found last, or 0 unless the whole access is in RAM.
    long host() {
        return host;
    }

    /// Listens for translations that the TLB cannot serve; called before each is done.
    interface Misses {
        /// @param counted true for a miss, false for an access that the entry does not permit
        void missed(long gva, AccessType access, boolean counted);
    }

    /// Sets the listener; null removes it.
    void observe(Misses listener) {
        misses = listener;
    }

    /// Sets the watched addresses; null watches nothing.
    void lookAt(Watch addresses) {
        watch = addresses;
    }

    private long translate(ShadowTlb active, long gva, AccessType access, boolean present) {
        if (present) {
            counts.now().tlbPermissionMisses++;
        } else {
            counts.now().tlbMisses++;
            hart.performance.missed(access);
        }
        if (misses != null) {
            misses.missed(gva, access, !present);
        }
        if (timed != null) {
            timed.missing(gva, access);
        }
        int privilege = hart.dataPrivilege();
        boolean guest = hart.dataVirtual();
        if (guest) {
            model.translateForGuest(hart, gva, access, privilege, translation);
        } else if (hart.translates(privilege)) {
            model.translate(hart, gva, access, privilege, translation);
        } else {
            model.translateBare(hart, gva, access, translation);
        }
        long gpa = translation.gpa & PAGE_MASK;
        long page = gpa | (translation.loadable ? ShadowTlb.LOADABLE : 0)
                | (translation.storable ? ShadowTlb.STORABLE : 0);
        long hostPage = translation.hostAddress != 0 ? translation.hostAddress & PAGE_MASK
                : memory.contains(gpa, GuestMemory.PAGE_SIZE) ? memory.hostAddress(gpa) : 0;
        active.fill(gva, page, hostPage);
        if (guest) {
            active.noteBetweenStages(gva, translation.betweenStages);
        }
        return page;
    }

    /// Whether the model must be notified before a store to the page of `gva`, which has been located for a store.
    boolean isProtected(long gva) {
        long page = tlb.guestPage(gva);
        return page != -1 && (page & ShadowTlb.STORABLE) == 0;
    }

    /// The guest-physical address that the TLB holds for `gva`, or -1.
    long held(long gva) {
        long page = tlb.guestPage(gva);
        return page == -1 ? -1 : (page & PAGE_MASK) | (gva & GuestMemory.PAGE_OFFSET);
    }
}
