// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;
import org.penumbra.code.CodePage;
import org.penumbra.snapshot.State;

/// The shadow TLBs of one hart: one set per address space, evicted in LRU order.
///
/// A space is keyed by all of satp (mode, ASID and root), so switching back to it costs a pointer update, not a flush.
/// A hypervisor's guests have spaces of their own, keyed by all of vsatp and hgatp (with the VMID). Untranslated
/// accesses have a separate space that no fence touches.
public final class AddressSpaces implements AutoCloseable {
    /// Number of contexts per space that have a TLB of their own: U, S, S+SUM, each without and with MXR.
    private static final int VARIANTS = 6;
    private static final int BARE_VARIANTS = 4;
    /// The same for a hypervisor's guests: U, S, S+SUM, each with four ways to read.
    private static final int GUEST_VARIANTS = 12;

    private final int entries;
    /// Spaces of the first kind; behind them in [#spaces], those of guests.
    private final int capacity;
    private final Space[] spaces;
    private final ShadowTlb[] bareData = new ShadowTlb[BARE_VARIANTS];
    private final FetchTlb[] bareFetch = new FetchTlb[BARE_VARIANTS];
    private Space current;
    /// The current space of guests, or null.
    private Space currentGuest;
    private long clock;
    /// Listener, or null.
    private TlbDrops drops;

    private static final class Space {
        private final ShadowTlb[] data;
        private final FetchTlb[] fetch = new FetchTlb[2];
        /// For guests vsatp.
        private long satp;
        /// For guests.
        private long hgatp;
        private boolean live;
        private long lastUsed;

        Space(int variants) {
            data = new ShadowTlb[variants];
        }

        boolean ofGuests() {
            return data.length == GUEST_VARIANTS;
        }

        boolean covered(FenceScope scope) {
            return scope.covers(TranslationMode.asid(satp));
        }
    }

    /// @param entries  TLB entries per space and privilege, a power of two
    /// @param capacity address spaces kept, at least 1
    public AddressSpaces(int entries, int capacity) {
        this(entries, capacity, false);
    }

    /// @param guests whether as many address spaces of a hypervisor's guests are kept besides
    public AddressSpaces(int entries, int capacity, boolean guests) {
        this.entries = entries;
        this.capacity = capacity;
        this.spaces = new Space[guests ? 2 * capacity : capacity];
        for (int i = 0; i < spaces.length; i++) {
            spaces[i] = new Space(i < capacity ? VARIANTS : GUEST_VARIANTS);
        }
        this.current = spaces[0];
        this.currentGuest = guests ? spaces[capacity] : null;
    }

    public int entries() {
        return entries;
    }

    /// Sets who is told of what is dropped, besides; null for nobody.
    public void tell(TlbDrops listener) {
        drops = listener;
    }

    /// Makes the space of `satp` current.
    /// @return whether the space was still cached; if not, its TLBs are now empty
    public boolean select(long satp) {
        return select(satp, 0, 0, capacity);
    }

    /// Makes the space of a guest's vsatp and its hypervisor's hgatp the current one of guests.
    public void selectGuest(long vsatp, long hgatp) {
        if (!currentGuest.live || currentGuest.satp != vsatp || currentGuest.hgatp != hgatp) {
            select(vsatp, hgatp, capacity, spaces.length);
        }
    }

    private boolean select(long satp, long hgatp, int from, int to) {
        clock++;
        Space victim = spaces[from];
        for (int i = from; i < to; i++) {
            Space space = spaces[i];
            if (space.live && space.satp == satp && space.hgatp == hgatp) {
                space.lastUsed = clock;
                use(space, from);
                return true;
            }
            if (victim.live && (!space.live || space.lastUsed < victim.lastUsed)) {
                victim = space;
            }
        }
        clear(victim);
        victim.satp = satp;
        victim.hgatp = hgatp;
        victim.live = true;
        victim.lastUsed = clock;
        use(victim, from);
        return false;
    }

    private void use(Space space, int from) {
        if (from == 0) {
            current = space;
        } else {
            currentGuest = space;
        }
    }

    /// The current space's data TLB for a privilege (0 U, 1 S) under SUM and MXR.
    public ShadowTlb data(int privilege, boolean sum, boolean mxr) {
        return data(current, privilege, sum, mxr ? 1 : 0);
    }

    /// The same of the current space of guests.
    ///
    /// @param readable what loads can read, 0 to 3
    public ShadowTlb guestData(int privilege, boolean sum, int readable) {
        return data(currentGuest, privilege, sum, readable);
    }

    private ShadowTlb data(Space space, int privilege, boolean sum, int readable) {
        int variant = (privilege == 0 ? 0 : sum ? 2 : 1) + 3 * readable;
        ShadowTlb tlb = space.data[variant];
        if (tlb == null) {
            tlb = new ShadowTlb(entries, space.ofGuests());
            space.data[variant] = tlb;
        }
        return tlb;
    }

    /// The current space's fetch TLB for a privilege (0 U, 1 S).
    public FetchTlb fetch(int privilege) {
        return fetch(current, privilege);
    }

    /// The same of the current space of guests.
    public FetchTlb guestFetch(int privilege) {
        return fetch(currentGuest, privilege);
    }

    private FetchTlb fetch(Space space, int privilege) {
        FetchTlb tlb = space.fetch[privilege];
        if (tlb == null) {
            tlb = new FetchTlb(entries, space.ofGuests());
            space.fetch[privilege] = tlb;
        }
        return tlb;
    }

    public ShadowTlb bareData(int privilege) {
        ShadowTlb tlb = bareData[privilege];
        if (tlb == null) {
            tlb = new ShadowTlb(entries);
            bareData[privilege] = tlb;
        }
        return tlb;
    }

    public FetchTlb bareFetch(int privilege) {
        FetchTlb tlb = bareFetch[privilege];
        if (tlb == null) {
            tlb = new FetchTlb(entries);
            bareFetch[privilege] = tlb;
        }
        return tlb;
    }

    /// Drops the translations that a fence covers, and no others of its addresses but in the spaces it covers.
    /// @return whether a fetch translation was dropped
    public boolean drop(FenceScope scope) {
        if (drops != null) {
            drops.dropped(scope);
        }
        boolean dropped = false;
        for (int i = 0; i < capacity; i++) {
            if (spaces[i].covered(scope)) {
                dropped |= drop(spaces[i], scope);
            }
        }
        return dropped;
    }

    /// The same for the spaces of guests.
    ///
    /// @param vmid whose, or [FenceScope#ALL]
    public boolean dropGuests(FenceScope scope, int vmid) {
        boolean dropped = false;
        for (int i = capacity; i < spaces.length; i++) {
            boolean named = vmid == FenceScope.ALL || TranslationMode.vmid(spaces[i].hgatp) == vmid;
            if (named && spaces[i].covered(scope)) {
                dropped |= drop(spaces[i], scope);
            }
        }
        return dropped;
    }

    /// Drops the translations of guests whose addresses between the stages a fence of the second stage covers.
    ///
    /// @param scope of guest-physical addresses, with a VMID in place of an ASID
    /// @return whether a fetch translation was dropped
    public boolean dropBetweenStages(FenceScope scope) {
        boolean dropped = false;
        for (int i = capacity; i < spaces.length; i++) {
            if (!scope.covers(TranslationMode.vmid(spaces[i].hgatp))) {
                continue;
            }
            for (ShadowTlb tlb : spaces[i].data) {
                if (tlb != null) {
                    tlb.flushBetweenStages(scope.gva(), scope.bytes());
                }
            }
            for (FetchTlb tlb : spaces[i].fetch) {
                dropped |= tlb != null && tlb.flushBetweenStages(scope.gva(), scope.bytes());
            }
        }
        return dropped;
    }

    private static boolean drop(Space space, FenceScope scope) {
        return scope.hasGva() ? drop(space, scope.gva(), scope.bytes()) : clear(space);
    }

    private static boolean drop(Space space, long gva, long bytes) {
        boolean dropped = false;
        for (ShadowTlb tlb : space.data) {
            if (tlb != null) {
                tlb.flushRange(gva, bytes);
            }
        }
        for (FetchTlb tlb : space.fetch) {
            if (tlb != null) {
                dropped |= bytes == 4096 ? tlb.flushPage(gva) : tlb.flushRange(gva, bytes);
            }
        }
        return dropped;
    }

    /// Empties every translated space, those of guests too.
    /// @return whether a fetch translation was dropped
    public boolean flush() {
        return drop(FenceScope.EVERYTHING) | dropGuests(FenceScope.EVERYTHING, FenceScope.ALL);
    }

    /// Empties all spaces, including untranslated entries: for changes of physical memory protection or of host frames.
    public boolean flushAll() {
        if (drops != null) {
            drops.everythingDropped();
        }
        boolean dropped = flush();
        for (ShadowTlb tlb : bareData) {
            if (tlb != null) {
                tlb.flush();
            }
        }
        for (FetchTlb tlb : bareFetch) {
            dropped |= tlb != null && tlb.flush();
        }
        return dropped;
    }

    /// Drops every data entry that translates to a guest page, or only its store permission.
    public void dropGuestPage(long guestPage, boolean storesOnly) {
        if (drops != null) {
            drops.guestPageDropped(guestPage);
        }
        for (Space space : spaces) {
            for (ShadowTlb tlb : space.data) {
                if (tlb != null) {
                    tlb.dropGuestPage(guestPage, storesOnly);
                }
            }
        }
        for (ShadowTlb tlb : bareData) {
            if (tlb != null) {
                tlb.dropGuestPage(guestPage, storesOnly);
            }
        }
    }

    /// Makes the next access to each page go to the monitor; the translations are kept.
    public void denyAll() {
        for (Space space : spaces) {
            for (ShadowTlb tlb : space.data) {
                if (tlb != null) {
                    tlb.denyAll();
                }
            }
        }
        for (ShadowTlb tlb : bareData) {
            if (tlb != null) {
                tlb.denyAll();
            }
        }
    }

    /// Makes fetches from watched pages go instruction by instruction, and those from all others at full speed again;
    /// the translations are kept.
    ///
    /// @param watched tells whether the page of a guest-virtual address is watched
    public void retwin(LongPredicate watched) {
        for (Space space : spaces) {
            for (FetchTlb tlb : space.fetch) {
                if (tlb != null) {
                    tlb.retwin(watched);
                }
            }
        }
        for (FetchTlb tlb : bareFetch) {
            if (tlb != null) {
                tlb.retwin(watched);
            }
        }
    }

    /// Returns to the state after power-on: all spaces are empty.
    public void reset() {
        flushAll();
        for (Space space : spaces) {
            space.live = false;
            space.lastUsed = 0;
        }
        current = spaces[0];
        currentGuest = currentGuest == null ? null : spaces[capacity];
        clock = 0;
    }

    /// Frees all TLBs; they must not be used afterwards.
    @Override
    public void close() {
        for (Space space : spaces) {
            close(space.data);
        }
        close(bareData);
    }

    private static void close(ShadowTlb[] tlbs) {
        for (int i = 0; i < tlbs.length; i++) {
            if (tlbs[i] != null) {
                tlbs[i].close();
                tlbs[i] = null;
            }
        }
    }

    /// Whether stores to a host page may hit in any TLB; may be asked by another thread that keeps this hart from
    /// filling them.
    public boolean letsStoresHit(long hostPage) {
        for (Space space : spaces) {
            for (ShadowTlb tlb : space.data) {
                if (tlb != null && tlb.letsStoresHit(hostPage)) {
                    return true;
                }
            }
        }
        for (ShadowTlb tlb : bareData) {
            if (tlb != null && tlb.letsStoresHit(hostPage)) {
                return true;
            }
        }
        return false;
    }

    /// Drops every data entry that maps to a host page, or only its store permission.
    public void dropHostPage(long hostPage, boolean storesOnly) {
        for (Space space : spaces) {
            for (ShadowTlb tlb : space.data) {
                if (tlb != null) {
                    tlb.dropHostPage(hostPage, storesOnly);
                }
            }
        }
        for (ShadowTlb tlb : bareData) {
            if (tlb != null) {
                tlb.dropHostPage(hostPage, storesOnly);
            }
        }
    }

    /// Drops every fetch translation to a page.
    /// @return whether any entry was dropped
    public boolean dropCodePage(CodePage page) {
        boolean dropped = false;
        for (Space space : spaces) {
            for (FetchTlb tlb : space.fetch) {
                dropped |= tlb != null && tlb.dropGuestPage(page);
            }
        }
        for (FetchTlb tlb : bareFetch) {
            dropped |= tlb != null && tlb.dropGuestPage(page);
        }
        return dropped;
    }

    private static boolean clear(Space space) {
        boolean dropped = false;
        for (ShadowTlb tlb : space.data) {
            if (tlb != null) {
                tlb.flush();
            }
        }
        for (FetchTlb tlb : space.fetch) {
            dropped |= tlb != null && tlb.flush();
        }
        return dropped;
    }

    /// Saves all translations, or replaces them by those saved.
    ///
    /// @param hostOf the host address of a guest page, or 0 if it is not RAM
    /// @param pageOf the page of code at a guest-physical address
    public void transfer(State state, LongUnaryOperator hostOf, LongFunction<CodePage> pageOf) {
        clock = state.number(clock);
        int used = 0;
        int usedByGuest = capacity;
        for (int i = 0; i < spaces.length; i++) {
            Space space = spaces[i];
            if (i >= capacity) {
                space.hgatp = state.number(space.hgatp);
                usedByGuest = space == currentGuest ? i : usedByGuest;
            }
            space.satp = state.number(space.satp);
            space.live = state.flag(space.live);
            space.lastUsed = state.number(space.lastUsed);
            transfer(space.data, space.ofGuests(), state, hostOf);
            transfer(space.fetch, space.ofGuests(), state, pageOf);
            used = space == current ? i : used;
        }
        current = spaces[state.number(used)];
        if (currentGuest != null) {
            currentGuest = spaces[state.number(usedByGuest)];
        }
        transfer(bareData, false, state, hostOf);
        transfer(bareFetch, false, state, pageOf);
    }

    private void transfer(ShadowTlb[] tlbs, boolean guests, State state, LongUnaryOperator hostOf) {
        for (int i = 0; i < tlbs.length; i++) {
            if (state.flag(tlbs[i] != null)) {
                tlbs[i] = tlbs[i] == null ? new ShadowTlb(entries, guests) : tlbs[i];
                tlbs[i].transfer(state, hostOf);
            }
        }
    }

    private void transfer(FetchTlb[] tlbs, boolean guests, State state, LongFunction<CodePage> pageOf) {
        for (int i = 0; i < tlbs.length; i++) {
            if (state.flag(tlbs[i] != null)) {
                tlbs[i] = tlbs[i] == null ? new FetchTlb(entries, guests) : tlbs[i];
                tlbs[i].transfer(state, pageOf);
            }
        }
    }
}
