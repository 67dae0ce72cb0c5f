// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.HashMap;
import java.util.Map;
import org.penumbra.device.Bus;
import org.penumbra.device.BusFault;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartEvents;
import org.penumbra.hart.Pmp;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.CodePage;
import org.penumbra.mmu.FetchTlb;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.Translation;

/// One hart's door into everything that is not a TLB hit: misses, MMIO, misaligned and page-crossing accesses, stores to
/// code and to protected pages, faults.
///
/// Accesses never throw: a fault is left in the hart ([Hart#raise]) and `attention` set, so that compiled code needs one
/// test behind its slow path and no exception crosses a compiled frame. Before a call the engine puts the pc and the
/// instruction count of the instruction into the hart.
public final class Monitor implements HartEvents {
    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;

    /// What the machine around a hart does for its monitor.
    public interface Platform {
        long time();

        void timerChanged();

        /// A store went to the watched page; `gpa` and `size` say where.
        void watchedStore(long gpa, int size);
    }

    private final Hart hart;
    private final GuestMemory memory;
    private final Bus bus;
    private PagingModel model;
    private final Platform platform;
    private final CodePage[] codePages;
    private final Map<Long, CodePage> romPages = new HashMap<>();
    private final Translation translation = new Translation();
    private ShadowTlb tlb;
    /// Counts of models that a reset has replaced.
    private ExitStatistics before = new ExitStatistics();
    private long watchedPage = -1;
    private long tlbMisses;
    private long codePagesDropped;
    private Measurement measurement = new Measurement();

    public Monitor(Hart hart, GuestMemory memory, Bus bus, PagingModel model, Platform platform) {
        this.hart = hart;
        this.memory = memory;
        this.bus = bus;
        this.model = model;
        this.platform = platform;
        this.codePages = new CodePage[memory.pageCount()];
        hart.connect(this);
        contextChanged();
    }

    public Hart hart() {
        return hart;
    }

    public PagingModel model() {
        return model;
    }

    public long tlbMisses() {
        return tlbMisses;
    }

    /// Counts of the model, those before resets included; a copy.
    public ExitStatistics statistics() {
        var sum = new ExitStatistics();
        ExitStatistics now = model.statistics(hart);
        sum.add(before);
        sum.add(now);
        sum.pagesLive = now.pagesLive;
        sum.pagesPeak = Math.max(before.pagesPeak, now.pagesPeak);
        return sum;
    }

    /// Forgets all counts but the present model's.
    public void clearStatistics() {
        before = new ExitStatistics();
        tlbMisses = 0;
        codePagesDropped = 0;
        measurement = new Measurement();
    }

    /// The part of the run that the guest marked.
    public Measurement measurement() {
        return measurement;
    }

    /// The hart executes an instruction for which [Measurement#marks] holds.
    public void marked(long immediate) {
        measurement.mark(immediate, new Measurement.Point(hart.instret(), statistics(), tlbMisses, System.nanoTime()));
    }

    /// After a reset of the hart, and with RAM cleared: drops everything that was derived from them.
    ///
    /// @param fresh takes the place of the model
    public void reset(PagingModel fresh) {
        before = statistics();
        model = fresh;
        for (int i = 0; i < codePages.length; i++) {
            if (codePages[i] != null) {
                codePages[i].drop();
                codePages[i] = null;
            }
        }
        hart.spaces().reset();
        hart.fetchTlb = null;
        contextChanged();
        hart.attention = true;
    }

    public long codePagesDropped() {
        return codePagesDropped;
    }

    /// Makes every store to the page of `gpa` reach the platform.
    public void watch(long gpa) {
        watchedPage = gpa & PAGE_MASK;
    }

    /// Lets code be fetched from read-only memory outside RAM.
    /// @param contents whole pages
    public void addRom(long gpa, byte[] contents) {
        long copy = HostMemory.allocate(contents.length);
        HostMemory.write(copy, contents, 0, contents.length);
        for (long offset = 0; offset < contents.length; offset += GuestMemory.PAGE_SIZE) {
            romPages.put(gpa + offset, new CodePage(gpa + offset, copy + offset));
        }
    }

    // ---- loads

    /// A load whose TLB tag did not match.
    /// @return the zero-extended value; meaningless when a trap is pending afterwards
    public long load(long gva, int size) {
        try {
            if ((gva & (size - 1)) != 0) {
                return loadMisaligned(gva, size);
            }
            return loadAligned(gva, size);
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return 0;
        }
    }

    private long loadAligned(long gva, int size) {
        long gpa = locate(gva, size, AccessType.LOAD);
        if (memory.contains(gpa, size)) {
            return HostMemory.load(memory.hostAddress(gpa), size);
        }
        try {
            return bus.read(gpa, size);
        } catch (BusFault fault) {
            throw new GuestTrap(AccessType.LOAD.accessFault(), gva);
        }
    }

    private long loadMisaligned(long gva, int size) {
        int first = (int) Math.min(size, GuestMemory.PAGE_SIZE - (gva & GuestMemory.PAGE_OFFSET));
        long low = locate(gva, first, AccessType.LOAD);
        long high = first == size ? 0 : locate(gva + first, size - first, AccessType.LOAD);
        if (!memory.contains(low, first) || first != size && !memory.contains(high, size - first)) {
            throw new GuestTrap(AccessType.LOAD.accessFault(), gva);
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            long gpa = i < first ? low + i : high + i - first;
            value |= (HostMemory.getByte(memory.hostAddress(gpa)) & 0xffL) << (8 * i);
        }
        return value;
    }

    // ---- stores

    /// A store whose TLB tag did not match.
    public void store(long gva, int size, long value) {
        try {
            if ((gva & (size - 1)) != 0) {
                storeMisaligned(gva, size, value);
            } else {
                storePart(gva, locate(gva, size, AccessType.STORE), size, value);
            }
        } catch (GuestTrap trap) {
            hart.raise(trap);
        }
    }

    private void storeMisaligned(long gva, int size, long value) {
        int first = (int) Math.min(size, GuestMemory.PAGE_SIZE - (gva & GuestMemory.PAGE_OFFSET));
        long low = locate(gva, first, AccessType.STORE);
        long high = first == size ? 0 : locate(gva + first, size - first, AccessType.STORE);
        if (!memory.contains(low, first) || first != size && !memory.contains(high, size - first)) {
            throw new GuestTrap(AccessType.STORE.accessFault(), gva);
        }
        for (int i = 0; i < size; i++) {
            storePart(gva + i, i < first ? low + i : high + i - first, 1, value >>> (8 * i));
        }
    }

    private void storePart(long gva, long gpa, int size, long value) {
        if (memory.contains(gpa, size)) {
            if (protectedByModel(gva)) {
                model.protectedStore(hart, gpa, size, value);
            }
            HostMemory.store(memory.hostAddress(gpa), size, value);
            stored(gpa, size);
            return;
        }
        try {
            bus.write(gpa, size, value);
        } catch (BusFault fault) {
            throw new GuestTrap(AccessType.STORE.accessFault(), gva);
        }
    }

    private boolean protectedByModel(long gva) {
        long page = tlb.guestPage(gva);
        return page != -1 && (page & ShadowTlb.STORABLE) == 0;
    }

    /// Consequences of bytes of RAM having changed other than through a TLB hit.
    public void stored(long gpa, int size) {
        CodePage page = codePages[memory.pageIndex(gpa)];
        if (page != null && page.holdsCode() && page.overwrite((int) (gpa & GuestMemory.PAGE_OFFSET), size, hart.instret())) {
            codePagesDropped++;
            hart.attention = true;
        }
        if ((gpa & PAGE_MASK) == watchedPage) {
            platform.watchedStore(gpa, size);
        }
    }

    /// Consequences of a range of RAM having been written from outside the guest.
    public void written(long gpa, long length) {
        for (long at = gpa; at < gpa + length;) {
            int part = (int) Math.min(gpa + length - at, GuestMemory.PAGE_SIZE - (at & GuestMemory.PAGE_OFFSET));
            CodePage page = codePages[memory.pageIndex(at)];
            if (page != null && page.holdsCode()) {
                page.drop();
                codePagesDropped++;
                hart.attention = true;
            }
            at += part;
        }
        model.memoryWritten(gpa, length);
    }

    /// Host address for an atomic access whose TLB tag did not match, or 0 with a trap pending.
    ///
    /// The caller tells of the store with [#storedAtomically].
    /// @param store false for load-reserved
    public long atomic(long gva, int size, boolean store) {
        AccessType access = store ? AccessType.STORE : AccessType.LOAD;
        try {
            if ((gva & (size - 1)) != 0) {
                throw new GuestTrap(store ? 6 : 4, gva);
            }
            long gpa = locate(gva, size, access);
            if (!memory.contains(gpa, size)) {
                throw new GuestTrap(access.accessFault(), gva);
            }
            return memory.hostAddress(gpa);
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return 0;
        }
    }

    /// Before an atomic store through [#atomic] is done: what a store to a page of this kind must tell.
    public void beforeAtomicStore(long gva, int size, long value) {
        if (protectedByModel(gva)) {
            model.protectedStore(hart, (tlb.guestPage(gva) & PAGE_MASK) | (gva & GuestMemory.PAGE_OFFSET), size, value);
        }
    }

    /// After an atomic store through [#atomic].
    public void storedAtomically(long gva, int size) {
        long page = tlb.guestPage(gva);
        if (page != -1) {
            stored((page & PAGE_MASK) | (gva & GuestMemory.PAGE_OFFSET), size);
        }
    }

    /// Zeroes or merely checks the 64-byte cache block at `gva`.
    public void cacheBlock(long gva, boolean zero) {
        long block = gva & -64;
        try {
            long gpa = locate(block, 64, AccessType.STORE);
            if (!memory.contains(gpa, 64)) {
                throw new GuestTrap(AccessType.STORE.accessFault(), gva);
            }
            if (zero) {
                for (int i = 0; i < 64; i += 8) {
                    storePart(block + i, gpa + i, 8, 0);
                }
            }
        } catch (GuestTrap trap) {
            hart.raise(new GuestTrap(trap.cause(), gva));
        }
    }

    // ---- translation

    /// Guest-physical address of an access that lies within one page, with the TLB filled where it may be.
    private long locate(long gva, int size, AccessType access) {
        boolean store = access == AccessType.STORE;
        ShadowTlb active = tlb;
        long page = active.guestPage(gva);
        if (page == -1 || (page & (store ? ShadowTlb.STORABLE : ShadowTlb.LOADABLE)) == 0) {
            page = translate(active, gva, access);
        }
        long gpa = (page & PAGE_MASK) | (gva & GuestMemory.PAGE_OFFSET);
        int privilege = hart.dataPrivilege();
        int permissions = hart.pmp.pagePermissions(gpa & PAGE_MASK, privilege);
        if (permissions < 0 ? !hart.pmp.allows(gpa, size, access, privilege)
                : (permissions & (store ? 2 : 1)) == 0) {
            throw new GuestTrap(access.accessFault(), gva);
        }
        if (memory.contains(gpa, size) && permissions > 0) {
            long hostPage = memory.hostAddress(gpa & PAGE_MASK);
            CodePage code = codePages[memory.pageIndex(gpa)];
            boolean fast = (page & ShadowTlb.STORABLE) != 0 && (permissions & 2) != 0
                    && (code == null || !code.holdsCode()) && (gpa & PAGE_MASK) != watchedPage;
            active.allow(gva, hostPage, (page & ShadowTlb.LOADABLE) != 0 && (permissions & 1) != 0, fast);
        }
        return gpa;
    }

    private long translate(ShadowTlb active, long gva, AccessType access) {
        tlbMisses++;
        int privilege = hart.dataPrivilege();
        if (hart.translates(privilege)) {
            model.translate(hart, gva, access, privilege, translation);
        } else {
            model.translateBare(hart, gva, access, translation);
        }
        long page = (translation.gpa & PAGE_MASK) | (translation.loadable ? ShadowTlb.LOADABLE : 0)
                | (translation.storable ? ShadowTlb.STORABLE : 0);
        active.fill(gva, page);
        return page;
    }

    /// The page that the instruction at `gva` lies in, or null with a trap pending.
    public CodePage fetch(long gva) {
        CodePage page = hart.fetchTlb.lookup(gva);
        if (page != null) {
            return page;
        }
        try {
            return fetchMiss(gva);
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return null;
        }
    }

    private CodePage fetchMiss(long gva) {
        tlbMisses++;
        if (hart.translates(hart.privilege)) {
            model.translate(hart, gva, AccessType.FETCH, hart.privilege, translation);
        } else {
            model.translateBare(hart, gva, AccessType.FETCH, translation);
        }
        long gpa = translation.gpa & PAGE_MASK;
        int permissions = hart.pmp.pagePermissions(gpa, hart.privilege);
        if (permissions != Pmp.MIXED && (permissions & Pmp.EXECUTE) == 0) {
            throw new GuestTrap(AccessType.FETCH.accessFault(), gva);
        }
        CodePage page = memory.contains(gpa, GuestMemory.PAGE_SIZE) ? codePage(gpa) : romPages.get(gpa);
        if (page == null) {
            throw new GuestTrap(AccessType.FETCH.accessFault(), gva);
        }
        if (permissions == Pmp.MIXED) {
            page = page.guarded();
        }
        hart.fetchTlb.fill(gva, page);
        return page;
    }

    /// Checks the fetch of the half-word at `gva`, which lies in `page`, where the page does not speak for all of it.
    public void checkFetch(CodePage page, long gva) {
        if (page.isGuarded()
                && !hart.pmp.allows(page.gpa() | gva & GuestMemory.PAGE_OFFSET, 2, AccessType.FETCH, hart.privilege)) {
            throw new GuestTrap(AccessType.FETCH.accessFault(), gva);
        }
    }

    private CodePage codePage(long gpa) {
        int index = memory.pageIndex(gpa);
        CodePage page = codePages[index];
        if (page == null) {
            page = new CodePage(gpa, memory.hostAddress(gpa));
            codePages[index] = page;
        }
        return page;
    }

    /// Says that instructions of the page have been decoded, so that stores to it must come here from now on.
    public void decoded(CodePage page) {
        if (!page.holdsCode()) {
            page.markDecoded();
            hart.spaces().dropHostPage(page.hostAddress(), true);
        }
    }

    /// The host frame of a RAM page has been replaced, content kept: what this hart decoded of the page, and a reservation
    /// in it, go. The model is told by [PagingModel#hostPageMoved].
    public void hostPageMoved(long gpa) {
        int index = memory.pageIndex(gpa);
        CodePage page = codePages[index];
        if (page != null) {
            codePages[index] = null;
            page.drop();
            hart.spaces().dropCodePage(page);
        }
        hart.reservation = Hart.NO_RESERVATION;
        hart.attention = true;
    }

    // ---- events of the hart

    @Override
    public void contextChanged() {
        int privilege = hart.dataPrivilege();
        tlb = hart.translates(privilege) ? hart.spaces().data(privilege, hart.sum(), hart.mxr())
                : hart.spaces().bareData(privilege);
        hart.dataTlb = tlb.address();
        FetchTlb fetch = hart.translates(hart.privilege) ? hart.spaces().fetch(hart.privilege)
                : hart.spaces().bareFetch(hart.privilege);
        if (fetch != hart.fetchTlb) {
            hart.fetchTlb = fetch;
            hart.attention = true;
        }
    }

    @Override
    public void rootWritten(long oldSatp, long newSatp) {
        model.rootWritten(hart, oldSatp, newSatp);
        contextChanged();
        hart.attention = true;
    }

    @Override
    public void fenced(long gva, boolean hasGva, int asid, boolean hasAsid) {
        model.fenced(hart, gva, hasGva, asid, hasAsid);
        hart.attention = true;
    }

    /// Firmware fences this hart for another: see [PagingModel#remoteFenced].
    public void remoteFenced(long start, long bytes, int asid, boolean hasAsid) {
        model.remoteFenced(hart, start, bytes, asid & hart.config().asidMask(), hasAsid);
        hart.attention = true;
    }

    @Override
    public void protectionChanged() {
        model.protectionChanged(hart);
        hart.spaces().flushAll();
        hart.attention = true;
    }

    @Override
    public void timerChanged() {
        platform.timerChanged();
    }

    @Override
    public long time() {
        return platform.time();
    }
}
