// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.code.CodePage;
import org.penumbra.device.Bus;
import org.penumbra.device.BusFault;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.AtomicUnit;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartEvents;
import org.penumbra.hart.Interrupts;
import org.penumbra.hart.TrapCause;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.paging.PagingModel;
import org.penumbra.snapshot.State;
import org.penumbra.timing.TimedHart;

/// Handles everything of one hart that is not a TLB hit: misses, MMIO, misaligned and page-crossing accesses, stores to
/// code and to protected pages, faults.
///
/// Accesses never throw: a fault is recorded in the hart ([Hart#raise]) and a yield requested, so compiled code needs a
/// single test after its slow path and no exception crosses a compiled frame. Before each call the engine stores the
/// instruction's pc and instruction count in the hart.
public final class Monitor implements HartEvents, AtomicUnit.StoreListener {
    /// Services of the machine that a hart's monitor calls.
    public interface Platform {
        long time();

        void timerChanged();

        /// A store went to the watched page; `gpa` and `size` say where.
        void watchedStore(long gpa, int size);

        /// A hart executed an instruction for which [Measurement#marks][org.penumbra.exits.Measurement#marks] holds.
        void marked(long immediate);
    }

    private final Hart hart;
    private final GuestMemory memory;
    private final Bus bus;
    private PagingModel model;
    private final Platform platform;
    private final CodePages code;
    private final MonitorCounts counts;
    private final DataPath data;
    private final FetchPath fetches;
    /// Or null.
    private final TimedHart timed;
    /// The lock of a machine whose harts run in parallel, or null.
    private final MachineLock lock;
    /// Whether the model is asked without it.
    private boolean apart;
    /// Event listener, or null.
    private MachineEvents events;
    private Watch watch;
    private boolean stops;
    /// The guest-virtual and guest-physical address that an exit concerns, or -1.
    private long subject = -1;
    private long subjectPhysical = -1;

    /// @param code the code pages shared by all harts
    public Monitor(Hart hart, GuestMemory memory, CodePages code, Bus bus, PagingModel model, Platform platform) {
        this(hart, memory, code, bus, model, platform, null, null);
    }

    /// @param timed the hart as the timing model sees it, or null
    /// @param lock  taken for everything that other harts see, if they run in parallel; or null
    public Monitor(Hart hart, GuestMemory memory, CodePages code, Bus bus, PagingModel model, Platform platform,
            TimedHart timed, MachineLock lock) {
        this.hart = hart;
        this.lock = lock;
        this.timed = timed;
        this.memory = memory;
        this.bus = bus;
        this.model = model;
        this.apart = model.servesHartsApart();
        this.platform = platform;
        this.code = code;
        code.add(hart);
        this.counts = new MonitorCounts(hart, model, timed);
        this.data = new DataPath(hart, memory, code, counts, model, timed);
        this.fetches = new FetchPath(hart, code, counts, model, timed);
        hart.connect(this);
        hart.spaces().tell(timed);
        timeAgain();
        contextChanged();
    }

    public Hart hart() {
        return hart;
    }

    private void enter() {
        if (lock != null) {
            lock.enter(hart);
        }
    }

    private void leave() {
        if (lock != null) {
            lock.leave();
        }
    }

    /// Takes the machine's lock for the model, if that is needed.
    private void enterModel() {
        if (lock != null && !apart) {
            lock.enter(hart);
        }
    }

    private void leaveModel() {
        if (lock != null && !apart) {
            lock.leave();
        }
    }

    /// Lets this hart, another one than the caller, come to a place where its TLBs and code may be changed, and stay
    /// there as long as the caller has the machine's lock.
    ///
    /// @param soon only asks for it, so that several come at the same time
    public void halt(boolean soon) {
        if (lock != null && soon) {
            lock.call(hart);
        } else if (lock != null) {
            lock.reach(hart);
        }
    }

    /// Something may have ended this hart's waiting.
    public void wake() {
        if (lock != null) {
            lock.call(hart);
        }
    }

    /// Makes the hart's supervisor software interrupt pending, from any hart.
    public void interrupt() {
        if (lock != null && lock.isInside(hart)) {
            hart.interrupts.postSoftware();
        } else {
            hart.interrupts.writePending(hart.interrupts.pendingForUpdate() | 1 << Interrupts.SUPERVISOR_SOFTWARE);
        }
        wake();
    }

    /// Sets the event listener, or null, and the addresses watched for loads and stores and for execution. Observing
    /// changes no counts.
    public void observe(MachineEvents listener, Watch accesses, Watch breakpoints) {
        events = listener;
        watch = listener == null || accesses.isEmpty() ? null : accesses;
        stops = listener != null && !breakpoints.isEmpty();
        counts.listen(listener == null ? null : new ExitStatistics.Listener() {
            @Override
            public void exit(ExitCause cause) {
                listener.happened(EventKind.EXIT, hart, cause.ordinal(), subject, subjectPhysical);
            }

            @Override
            public void fastPath(FastPathEntry entry) {
                listener.happened(EventKind.FAST_PATH, hart, entry.ordinal(), subject, -1);
            }
        });
        data.lookAt(watch);
        data.observe(listener == null ? null : this::missed);
        fetches.observe(listener == null ? null : this::missed);
        hart.observe(listener == null ? null : (interrupt, cause, tval) ->
                listener.happened(interrupt ? EventKind.INTERRUPT : EventKind.TRAP, hart, cause, tval, 0));
        fetches.lookAt(stops ? breakpoints : null);
        if (watch != null) {
            hart.spaces().denyAll();
        }
    }

    private void missed(long gva, AccessType access, boolean counted) {
        subject = gva;
        subjectPhysical = -1;
        if (counted) {
            events.happened(EventKind.TLB_MISS, hart, access.ordinal(), gva, 0);
        }
    }

    private void accessed(long gva, int size, boolean store, long value) {
        if (watch != null && watch.touches(gva, size) && !hart.trapPending()) {
            events.happened(store ? EventKind.STORE : EventKind.LOAD, hart, size, gva, value);
        }
    }

    /// Another event begins, which is about these addresses.
    private void about(long gva, long gpa) {
        if (timed != null) {
            timed.settle();
        }
        subject = gva;
        subjectPhysical = gpa;
    }

    /// Whether the hart has to stop before the instruction at its pc, which lies in a guarded page.
    public boolean stopsHere() {
        return stops && events.stopsAt(hart);
    }

    /// The hart as the timing model sees it, which the engine tells of what goes past this monitor; or null.
    public TimedHart timed() {
        return timed;
    }

    /// The timing model continues under the current model.
    private void timeAgain() {
        if (timed != null) {
            timed.continueWith(model, memory);
        }
    }

    /// The same without what it has charged so far.
    private void timeAnew() {
        if (timed != null) {
            timed.clear();
        }
        timeAgain();
    }

    public PagingModel model() {
        return model;
    }

    /// A copy of all counts of the hart, including those from before resets.
    public ExitStatistics statistics() {
        return counts.all();
    }

    /// Clears all counts except those of the current model.
    public void clearStatistics() {
        counts.clear();
        if (timed != null) {
            timed.clear();
        }
    }

    /// The hart executes an instruction for which [Measurement#marks][org.penumbra.exits.Measurement#marks] holds.
    public void marked(long immediate) {
        enter();
        try {
            platform.marked(immediate);
        } finally {
            leave();
        }
    }

    /// Called after the hart was reset and RAM cleared: drops all state derived from them except the code pages.
    ///
    /// @param fresh takes the place of the model
    public void reset(PagingModel fresh) {
        counts.continueWith(fresh);
        begin(fresh);
        timeAgain();
        contextChanged();
        hart.yieldRequested = true;
    }

    /// Puts another model in the place of the old one, with empty TLBs.
    private void begin(PagingModel fresh) {
        model = fresh;
        apart = fresh.servesHartsApart();
        data.continueWith(fresh);
        fetches.continueWith(fresh);
        hart.spaces().reset();
        hart.fetchTlb = null;
    }

    /// Called when the hart's state or the model has been replaced: drops all state derived from the old one except the
    /// code pages, and starts with empty TLBs and tables.
    ///
    /// @param fresh   takes the place of the model
    /// @param counted the counts to continue from
    public void continueWith(PagingModel fresh, ExitStatistics counted) {
        begin(fresh);
        timeAnew();
        fresh.rootWritten(hart, 0, hart.satp());
        counts.continueWith(fresh, counted);
        contextChanged();
        hart.yieldRequested = true;
    }

    /// The same, but TLBs and tables are those of the saved state.
    ///
    /// @param fresh     takes the place of the model, its tables already restored
    /// @param counted   the counts to continue from
    /// @param state     from which the TLBs are restored
    public void continueWith(PagingModel fresh, ExitStatistics counted, State state) {
        begin(fresh);
        timeAnew();
        transferTranslations(state);
        counts.continueWith(fresh, counted);
        contextChanged();
        fetches.twinAgain();
        hart.yieldRequested = true;
    }

    /// Saves the hart's TLBs, or restores them.
    public void transferTranslations(State state) {
        hart.spaces().transfer(state,
                page -> memory.contains(page, GuestMemory.PAGE_SIZE) ? memory.hostAddress(page) : 0,
                gpa -> code.at(gpa, 0));
    }

    /// Makes every store to the page of `gpa` reach the platform.
    public void watch(long gpa) {
        data.watch(gpa);
    }

    // ---- loads

    /// A load whose TLB tag did not match.
    /// @return the zero-extended value; meaningless when a trap is pending afterwards
    public long load(long computed, int size) {
        long gva = hart.accessed(computed);
        enterModel();
        try {
            long value = (gva & (size - 1)) != 0 ? loadMisaligned(gva, size) : loadAligned(gva, size);
            if (watch != null) {
                accessed(gva, size, false, value);
            }
            return value;
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return 0;
        } finally {
            leaveModel();
        }
    }

    private long loadAligned(long gva, int size) {
        long gpa = data.locate(gva, size, AccessType.LOAD);
        if (data.host() != 0) {
            return HostMemory.load(data.host(), size);
        }
        enter();
        try {
            long value = bus.read(gpa, size);
            if (events != null) {
                events.happened(EventKind.MMIO, hart, 0, gpa, value);
            }
            return value;
        } catch (BusFault fault) {
            throw new GuestTrap(AccessType.LOAD.accessFault(), gva);
        } finally {
            leave();
        }
    }

    private long loadMisaligned(long gva, int size) {
        int first = bytesInFirstPage(gva, size);
        data.locate(gva, first, AccessType.LOAD);
        long low = data.host();
        long high = low;
        if (first < size) {
            data.locate(gva + first, size - first, AccessType.LOAD);
            high = data.host();
        }
        if (low == 0 || high == 0) {
            throw new GuestTrap(AccessType.LOAD.accessFault(), gva);
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (HostMemory.getByte(i < first ? low + i : high + i - first) & 0xffL) << (8 * i);
        }
        return value;
    }

    private static int bytesInFirstPage(long gva, int size) {
        return (int) Math.min(size, GuestMemory.PAGE_SIZE - (gva & GuestMemory.PAGE_OFFSET));
    }

    // ---- stores

    /// A store whose TLB tag did not match.
    public void store(long computed, int size, long value) {
        long gva = hart.accessed(computed);
        enterModel();
        try {
            if ((gva & (size - 1)) != 0) {
                storeMisaligned(gva, size, value);
            } else {
                storeAligned(gva, size, value);
            }
            if (watch != null) {
                accessed(gva, size, true, value);
            }
        } catch (GuestTrap trap) {
            hart.raise(trap);
        } finally {
            leaveModel();
        }
    }

    private void storeAligned(long gva, int size, long value) {
        long gpa = data.locate(gva, size, AccessType.STORE);
        about(gva, gpa);
        if (data.host() != 0) {
            storeToRam(gpa, data.host(), data.isProtected(gva), size, value);
            return;
        }
        if (events != null) {
            events.happened(EventKind.MMIO, hart, 1, gpa, value);
        }
        enter();
        try {
            bus.write(gpa, size, value);
        } catch (BusFault fault) {
            throw new GuestTrap(AccessType.STORE.accessFault(), gva);
        } finally {
            leave();
        }
    }

    private void storeMisaligned(long gva, int size, long value) {
        int first = bytesInFirstPage(gva, size);
        long low = data.locate(gva, first, AccessType.STORE);
        long lowHost = data.host();
        boolean lowProtected = data.isProtected(gva);
        long high = low;
        long highHost = lowHost;
        boolean highProtected = false;
        if (first < size) {
            high = data.locate(gva + first, size - first, AccessType.STORE);
            highHost = data.host();
            highProtected = data.isProtected(gva + first);
        }
        about(gva, low);
        if (lowHost == 0 || highHost == 0) {
            throw new GuestTrap(AccessType.STORE.accessFault(), gva);
        }
        if (first < size) {
            // Locating the second part may have made a table of the page that the first one lies in.
            storePart(low, lowHost, true, first, value);
            storePart(high, highHost, highProtected, size - first, value >>> 8 * first);
        } else {
            storePart(low, lowHost, lowProtected, size, value);
        }
    }

    /// Stores bytes within one page that cannot be written to a host address directly.
    private void storePart(long gpa, long host, boolean guarded, int size, long value) {
        if (guarded) {
            model.protectedStore(hart, gpa, size, value);
        }
        for (int i = 0; i < size; i++) {
            HostMemory.putByte(host + i, (byte) (value >>> 8 * i));
        }
        stored(gpa, size);
    }

    /// @param guarded whether the model must be notified first
    private void storeToRam(long gpa, long host, boolean guarded, int size, long value) {
        if (guarded) {
            model.protectedStore(hart, gpa, size, value);
        }
        HostMemory.store(host, size, value);
        stored(gpa, size);
    }

    /// Handles the consequences of a change to RAM that did not come through a TLB hit.
    public void stored(long gpa, int size) {
        if (lock != null) {
            // Another hart that makes the page one of code says so, then reads: one of both sees what the other did.
            HostMemory.fullFence();
            if (!code.holdsCode(gpa) && !data.isWatched(gpa)) {
                return;
            }
        }
        enter();
        try {
            storedToWatched(gpa, size);
        } finally {
            leave();
        }
    }

    private void storedToWatched(long gpa, int size) {
        if (code.stored(gpa, size, hart.instret())) {
            hart.yieldRequested = true;
        }
        if (data.isWatched(gpa)) {
            platform.watchedStore(gpa, size);
        }
    }

    /// Handles, for all harts, the consequences of a write to RAM from outside the guest. This hart is the running one.
    public void written(long gpa, long length) {
        if (code.written(gpa, length)) {
            hart.yieldRequested = true;
        }
        model.memoryWritten(gpa, length);
    }

    /// Host address for an atomic access to `gva`, to which pointer masking has been applied, whose TLB tag did not
    /// match, or 0 with a trap pending.
    ///
    /// The caller notifies this monitor before and after its store, see [AtomicUnit.StoreListener].
    /// @param store false for load-reserved
    public long atomic(long gva, int size, boolean store) {
        AccessType access = store ? AccessType.STORE : AccessType.LOAD;
        enterModel();
        try {
            if ((gva & (size - 1)) != 0) {
                throw new GuestTrap(store ? TrapCause.STORE_MISALIGNED : TrapCause.LOAD_MISALIGNED, gva);
            }
            data.locate(gva, size, access);
            if (data.host() == 0) {
                throw new GuestTrap(access.accessFault(), gva);
            }
            if (watch != null) {
                accessed(gva, size, store, 0);
            }
            return data.host();
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return 0;
        } finally {
            leaveModel();
        }
    }

    /// Performs an atomic operation from its translation to its store, between which no event of another hart may come
    /// that drops the one, or protects the page from the other.
    ///
    /// @param alone for one that the host cannot do at once: no other hart accesses memory meanwhile
    public void atomically(boolean alone, Runnable operation) {
        if (lock == null || apart && !alone) {
            operation.run(); // nothing takes this hart outside in between
            return;
        }
        lock.enter(hart);
        try {
            if (alone) {
                lock.reachAll();
            }
            operation.run();
        } finally {
            lock.leave();
        }
    }

    @Override
    public void beforeAtomicStore(long gva, int size, long value) {
        enterModel();
        try {
            if (data.isProtected(gva)) {
                about(gva, data.held(gva));
                model.protectedStore(hart, data.held(gva), size, value);
            }
        } finally {
            leaveModel();
        }
    }

    @Override
    public void storedAtomically(long gva, int size) {
        long gpa = data.held(gva);
        if (gpa != -1) {
            stored(gpa, size);
        }
    }

    /// Zeroes the 64-byte cache block at an address, or only checks access to it. A management operation is permitted
    /// wherever a load is, but its faults are store faults (CMO specification, section 2.5.2).
    public void cacheBlock(long computed, boolean zero) {
        long gva = hart.accessed(computed);
        enterModel();
        try {
            long gpa = data.locate(gva & -64, 64, zero ? AccessType.STORE : AccessType.LOAD);
            long host = data.host();
            if (host == 0) {
                throw new GuestTrap((zero ? AccessType.STORE : AccessType.LOAD).accessFault(), gva);
            }
            if (zero) {
                storePart(gpa, host, data.isProtected(gva & -64), 64, 0);
            }
        } catch (GuestTrap trap) {
            boolean access = trap.cause() == AccessType.LOAD.accessFault() || trap.cause()
                    == AccessType.STORE.accessFault();
            boolean second = trap.cause() == AccessType.LOAD.guestPageFault() || trap.cause()
                    == AccessType.STORE.guestPageFault();
            hart.raise(new GuestTrap(access ? AccessType.STORE.accessFault() : second
                    ? AccessType.STORE.guestPageFault() : AccessType.STORE.pageFault(), gva, trap.guestPhysical(),
                    trap.instruction()));
        } finally {
            leaveModel();
        }
    }

    // ---- fetches

    /// The page that the instruction at `gva` lies in, or null with a trap pending.
    public CodePage fetch(long gva) {
        CodePage page = hart.fetchTlb.lookup(gva);
        if (page != null) {
            return page;
        }
        enterModel();
        try {
            return fetches.miss(gva);
        } catch (GuestTrap trap) {
            hart.raise(trap);
            return null;
        } finally {
            leaveModel();
        }
    }

    /// Checks the fetch of the half-word at `gva` in `page`, for pages whose permissions are not the same throughout.
    public void checkFetch(CodePage page, long gva) {
        if (page.isGuarded()
                && !hart.pmp.allows(page.gpa() | gva & GuestMemory.PAGE_OFFSET, 2, AccessType.FETCH, hart.privilege)) {
            throw new GuestTrap(AccessType.FETCH.accessFault(), gva);
        }
    }

    /// Called when instructions of the page have been decoded: from now on, stores to the page must come here.
    public void decoded(CodePage page) {
        if (page.holdsCode()) {
            return;
        }
        enter();
        try {
            code.decoded(page);
        } finally {
            leave();
        }
    }

    /// Called when a RAM page has moved to another host frame with its content unchanged. The model and the TLBs of all
    /// harts drop the old frame, the page's decoded code is dropped, and reservations in it move to the new frame. This
    /// hart is the running one.
    ///
    /// @param oldHost host address the page had
    public void hostPageMoved(long gpa, long oldHost) {
        counts.now().hostPagesMoved++;
        model.hostPageMoved(gpa, oldHost);
        code.moved(gpa, oldHost);
    }

    // ---- events of the hart

    @Override
    public void contextChanged() {
        if (timed != null) {
            timed.contextChanged();
        }
        data.contextChanged();
        fetches.contextChanged();
    }

    @Override
    public void rootWritten(long oldSatp, long newSatp) {
        about(-1, -1);
        if (events != null) {
            events.happened(EventKind.ROOT, hart, 0, oldSatp, newSatp);
        }
        enterModel();
        try {
            model.rootWritten(hart, oldSatp, newSatp);
        } finally {
            leaveModel();
        }
        contextChanged();
        hart.yieldRequested = true;
    }

    @Override
    public void fenced(FenceScope scope) {
        about(scope.gva(), -1);
        if (events != null) {
            events.happened(EventKind.FENCE, hart, 0, scope.gva(), scope.asid());
        }
        enterModel();
        try {
            model.fenced(hart, scope);
        } finally {
            leaveModel();
        }
        hart.yieldRequested = true;
    }

    @Override
    public void returned() {
        if (!model.followsReturns()) {
            return;
        }
        enterModel();
        try {
            model.returned(hart);
        } finally {
            leaveModel();
        }
    }

    /// The firmware executes a remote fence on this hart for another hart: see [PagingModel#remoteFenced].
    ///
    /// @param start of the addresses; with `bytes` zero as well, or with `bytes` all ones, all addresses are meant
    public void remoteFenced(long start, long bytes, long asid, boolean hasAsid) {
        boolean all = start == 0 && bytes == 0;
        halt(false);
        FenceScope scope = hart.fenceScope(start, all ? FenceScope.ALL : bytes, asid, hasAsid);
        about(scope.gva(), -1);
        model.remoteFenced(hart, scope);
        hart.yieldRequested = true;
    }

    @Override
    public void guestRootWritten() {
        contextChanged();
        hart.yieldRequested = true;
    }

    @Override
    public void secondRootWritten(long hgatp) {
        about(-1, -1);
        enterModel();
        try {
            model.secondRootWritten(hart, hgatp);
        } finally {
            leaveModel();
        }
        guestRootWritten();
    }

    @Override
    public void guestFenced(FenceScope scope, int vmid) {
        about(scope.gva(), -1);
        fenceGuests(() -> model.guestFenced(hart, scope, vmid, false));
    }

    @Override
    public void secondStageFenced(FenceScope scope) {
        about(-1, scope.gva());
        fenceGuests(() -> model.secondStageFenced(hart, scope, false));
    }

    private void fenceGuests(Runnable fence) {
        enterModel();
        try {
            fence.run();
        } finally {
            leaveModel();
        }
        hart.yieldRequested = true;
    }

    /// The firmware executes a remote fence for the first stage of a hypervisor's guests on this hart for another hart.
    ///
    /// @param start of the addresses; with `bytes` zero as well, or with `bytes` all ones, all addresses are meant
    /// @param vmid  whose translations
    public void remoteGuestFenced(long start, long bytes, long asid, boolean hasAsid, int vmid) {
        boolean all = start == 0 && bytes == 0;
        halt(false);
        FenceScope scope = hart.fenceScope(start, all ? FenceScope.ALL : bytes, asid, hasAsid);
        about(scope.gva(), -1);
        fenceGuests(() -> model.guestFenced(hart, scope, vmid, true));
    }

    /// The same for the second stage.
    ///
    /// @param start guest-physical
    /// @param vmid  whose translations, or [FenceScope#ALL]
    public void remoteSecondStageFenced(long start, long bytes, int vmid) {
        boolean all = start == 0 && bytes == 0;
        halt(false);
        var scope = new FenceScope(start, all ? FenceScope.ALL : bytes, vmid);
        about(-1, scope.gva());
        fenceGuests(() -> model.secondStageFenced(hart, scope, true));
    }

    @Override
    public void guestExited(boolean interrupt, int cause) {
        counts.now().guests.exited(interrupt, cause);
    }

    @Override
    public void protectionChanged() {
        enterModel();
        try {
            model.protectionChanged(hart);
            hart.spaces().flushAll();
        } finally {
            leaveModel();
        }
        hart.yieldRequested = true;
    }

    @Override
    public void timerChanged() {
        if (lock != null && lock.isInside(hart)) {
            lock.call(hart); // its next deadline has to be found anew
        } else {
            platform.timerChanged();
        }
    }

    @Override
    public long time() {
        return platform.time();
    }
}
