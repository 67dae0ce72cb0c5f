// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import org.penumbra.exits.Cycles;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostFrames;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.TlbDrops;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.TimingParameter;
import org.penumbra.options.TimingParameters;
import org.penumbra.options.TimingParameters.Policy;
import org.penumbra.paging.PagingModel;

/// One hart as the timing model sees it: its TLBs, walk caches and data caches, and the cycles charged so far.
///
/// It is told of every fetched line, load and store after it was done, of misses of the counted TLB before the model is
/// asked, of exits and fast-path entries, of the monitor's references to tables, and of what fences drop. It changes
/// nothing but itself: whatever it is told, the guest and all counts are as without it.
///
/// The core is in order and waits for each miss. A walk reads the tables as they are at that moment, entry by entry,
/// through the same caches as the program. The guest's memory lies in the modelled physical memory where the guest has
/// it, under every model: where a hypervisor happens to place pages would else decide which of them conflict in caches.
public final class TimedHart implements ExitStatistics.Listener, TlbDrops {
    /// Where things that are not in the guest's RAM lie in the modelled physical memory: far apart.
    private static final long SECOND_STAGE = 1L << 48;
    private static final long SHADOW = 2L << 48;
    private static final long MONITOR_CODE = 3L << 48;
    private static final long MONITOR_DATA = 4L << 48;
    private static final int HART_SHIFT = 40;
    /// Bytes between the code of two handlers of the monitor.
    private static final long HANDLER = 1 << 16;
    private static final int INSTRUCTION_BYTES = 4;
    private static final int WORD_BYTES = 8;

    private static final long NOTHING = -1;

    private final Hart hart;
    private final TimingParameters parameters;
    private Cycles cycles = new Cycles();
    /// Where charges go: there, or while it does not follow, to what is not kept.
    private Cycles charged = cycles;
    private final Caches caches;
    private final int lineShift;
    private final Tlb fetchTlb;
    private final Tlb dataTlb;
    /// Or null.
    private final Tlb secondTlb;
    private final WalkCache guestTables;
    private final WalkCache secondStageTables;
    private final WalkCache shadowTables;
    /// Second-stage leaves by guest-physical page, or null.
    private final SetAssociative nestedTlb;
    private final boolean tagsVmid;
    private final SoftwareReferences software;

    private PagingModel model;
    /// Host address where the guest's RAM begins, and the guest page in each frame from there on, where it is known.
    private long origin;
    private int[] guestPages = new int[0];

    /// What was used last, so that using it again needs no search and changes nothing: virtual pages, which the first
    /// TLBs hold, and physical lines.
    private long dataPage = NOTHING;
    private boolean dataStorable;
    private long fetchPage = NOTHING;
    private long dataLine = NOTHING;
    /// The host's line that `dataLine` is in; nothing where that is not known.
    private long dataHostLine = NOTHING;
    private long fetchLine = NOTHING;

    /// Whether it follows what the hart does, or only drops what becomes invalid.
    private boolean following = true;

    /// Cycles of the monitor's references since the last exit or fast-path entry, and what that was.
    private long pending;
    private ExitCause lastExit;
    private FastPathEntry lastEntry;

    TimedHart(Hart hart, TimingParameters parameters, SetAssociative lastLevel) {
        this.hart = hart;
        this.parameters = parameters;
        this.caches = new Caches(parameters, lastLevel);
        this.lineShift = caches.lineShift();
        Policy policy = parameters.tlbPolicy();
        long seed = parameters.get(TimingParameter.SEED);
        this.fetchTlb = tlb(TimingParameter.ITLB_4K_ENTRIES);
        this.dataTlb = tlb(TimingParameter.DTLB_4K_ENTRIES);
        int entries = parameters.number(TimingParameter.L2TLB_ENTRIES);
        this.secondTlb = entries == 0 ? null : new Tlb(new int[] {entries, 0, 0},
                new int[] {parameters.ways(TimingParameter.L2TLB_WAYS, entries), 0, 0}, policy, seed);
        this.guestTables = walkCache(TimingParameter.PWC_GUEST_ENTRIES, TimingParameter.PWC_GUEST_WAYS);
        this.secondStageTables = walkCache(TimingParameter.PWC_SECOND_ENTRIES, TimingParameter.PWC_SECOND_WAYS);
        this.shadowTables = walkCache(TimingParameter.PWC_SHADOW_ENTRIES, TimingParameter.PWC_SHADOW_WAYS);
        int nested = parameters.number(TimingParameter.NTLB_ENTRIES);
        this.nestedTlb = nested == 0 ? null
                : new SetAssociative(nested, parameters.ways(TimingParameter.NTLB_WAYS, nested), policy, seed);
        this.tagsVmid = parameters.get(TimingParameter.TAGS_VMID) != 0;
        this.software = new SoftwareReferences(this, parameters.get(TimingParameter.TABLE_INSTRUCTIONS));
    }

    /// The TLB whose six parameters, entries and ways for each page size, begin with this one.
    private Tlb tlb(TimingParameter first) {
        int[] entries = new int[Tlb.SIZES];
        int[] ways = new int[Tlb.SIZES];
        for (int size = 0; size < Tlb.SIZES; size++) {
            entries[size] = parameters.number(TimingParameter.values()[first.ordinal() + 2 * size]);
            ways[size] = parameters.ways(TimingParameter.values()[first.ordinal() + 2 * size + 1], entries[size]);
        }
        return new Tlb(entries, ways, parameters.tlbPolicy(), parameters.get(TimingParameter.SEED));
    }

    private WalkCache walkCache(TimingParameter entries, TimingParameter ways) {
        int count = parameters.number(entries);
        return new WalkCache(count, parameters.ways(ways, count), parameters.tlbPolicy(),
                parameters.get(TimingParameter.SEED));
    }

    /// What has been charged so far; live.
    public Cycles cycles() {
        return cycles;
    }

    /// Whether it follows what the hart does. If not, it need not be told of fetches, loads and stores.
    public boolean follows() {
        return following;
    }

    /// Whether it follows only some of what the hart does.
    public boolean samples() {
        return parameters.share() > 1;
    }

    /// Begins to follow, with TLBs and caches as they were left, or ceases to.
    ///
    /// @param after whether that is after a stretch that was not followed
    void follow(boolean now, boolean after) {
        settle();
        caches.presume(now && after);
        following = now;
        charged = now ? cycles : new Cycles();
        lastExit = null;
        lastEntry = null;
        contextChanged();
        forgetDataLine();
    }

    /// Who is to be told of the monitor's references to tables.
    SoftwareReferences software() {
        return software;
    }

    /// Forgets all charges.
    public void clear() {
        cycles = new Cycles();
        charged = following ? cycles : new Cycles();
    }

    /// Continues under a model, which may be new, with empty TLBs; caches and charges stay.
    public void continueWith(PagingModel fresh, GuestMemory memory) {
        model = fresh;
        HostFrames frames = memory.frames();
        origin = frames.origin();
        guestPages = new int[(int) (frames.span() >>> GuestMemory.PAGE_SHIFT)];
        everythingDropped();
    }

    // ---- the program's references

    /// Right shift that makes of the offset of a half-word's decoded word in its page (eight bytes for two) the number
    /// of a line: of two fetches from the same one, only the first need be told.
    public int fetchShift() {
        return lineShift + 2;
    }

    /// An instruction is executed.
    public void fetch(long gva, long gpa) {
        if (gva >>> 12 != fetchPage) {
            fetchPage = done(gva, AccessType.FETCH) ? gva >>> 12 : NOTHING;
        }
        long line = gpa >>> lineShift;
        if (line != fetchLine) {
            settle();
            fetchLine = line;
            int level = caches.fetch(line);
            charged.reference(Cycles.FETCH, level);
            charged.fetchStalls += caches.stall(level);
            presumed(Cycles.FETCH, level);
        }
    }

    /// An address in RAM is at a host address, and so is all of its page.
    public void located(long gpa, long host) {
        guestPages[frame(host)] = (int) (gpa >>> GuestMemory.PAGE_SHIFT);
        caches.used(gpa >>> GuestMemory.PAGE_SHIFT);
        dataHostLine = NOTHING;
    }

    private int frame(long host) {
        return (int) (host - origin >>> GuestMemory.PAGE_SHIFT);
    }

    /// A load from a host address, which has been located before, has been done.
    public void load(long gva, long host) {
        if (gva >>> 12 != dataPage || host >>> lineShift != dataHostLine) {
            loadElsewhere(gva, host);
        }
    }

    private void loadElsewhere(long gva, long host) {
        if (!following) {
            return;
        }
        if (gva >>> 12 != dataPage) {
            dataPage = done(gva, AccessType.LOAD) ? gva >>> 12 : NOTHING;
            dataStorable = false;
        }
        data(host);
    }

    /// A store to a host address has been done, or is certain.
    public void store(long gva, long host) {
        if (gva >>> 12 != dataPage || host >>> lineShift != dataHostLine || !dataStorable) {
            storeElsewhere(gva, host);
        }
    }

    private void storeElsewhere(long gva, long host) {
        if (!following) {
            return;
        }
        if (gva >>> 12 != dataPage || !dataStorable) {
            dataPage = done(gva, AccessType.STORE) ? gva >>> 12 : NOTHING;
            dataStorable = true;
        }
        data(host);
    }

    private void data(long host) {
        long gpa = (long) guestPages[frame(host)] << GuestMemory.PAGE_SHIFT | host & GuestMemory.PAGE_OFFSET;
        long line = gpa >>> lineShift;
        dataHostLine = host >>> lineShift;
        if (line != dataLine) {
            dataLine = line;
            caches.used(gpa >>> GuestMemory.PAGE_SHIFT);
            int level = caches.data(line);
            charged.reference(Cycles.DATA, level);
            charged.dataStalls += caches.stall(level);
            presumed(Cycles.DATA, level);
        }
    }

    private void presumed(int requester, int level) {
        if (isPresumed(level)) {
            charged.presumed(requester, caches.presumption() > 0);
        }
    }

    private boolean isPresumed(int level) {
        return level >= caches.outermost() && level > Caches.FIRST && caches.presumption() != 0;
    }

    /// What the first-level data cache has used last is not the program's any more.
    private void forgetDataLine() {
        dataLine = NOTHING;
        dataHostLine = NOTHING;
    }

    // ---- translation

    /// The counted TLB cannot serve an access, and the model will be asked next. If this one cannot either, the
    /// hardware walks first, perhaps to a fault.
    public void missing(long gva, AccessType access) {
        settle();
        boolean translated = hart.translates(privilege(access));
        if (!translated && !model.translatesBare()) {
            return;
        }
        Tlb tlb = access == AccessType.FETCH ? fetchTlb : dataTlb;
        int space = translated ? TranslationMode.asid(hart.satp()) : Tlb.BARE;
        int slot = tlb.find(gva, space);
        if (slot != Tlb.NONE) {
            int flags = tlb.flags(tlb.foundSize(), slot);
            // A page that may not be written faults at once; one that is clean is walked to.
            if (access != AccessType.STORE || (flags & Tlb.WRITABLE) == 0 || (flags & Tlb.DIRTY) != 0) {
                return;
            }
        } else {
            missed(access);
            if (foundInSecond(tlb, gva, space, access)) {
                return;
            }
        }
        HardwareWalk walk = walk(gva, translated, space);
        if (walk.hasLeaf() && (!translated || permits(walk.leaf(), access))) {
            fill(tlb, gva, space, walk, access);
        }
    }

    private int privilege(AccessType access) {
        return access == AccessType.FETCH ? hart.privilege : hart.dataPrivilege();
    }

    private boolean permits(long leaf, AccessType access) {
        return PageTableEntry.allows(leaf, access, privilege(access), hart.sum(), hart.mxr())
                && ((~leaf & PageTableEntry.touched(access)) == 0 || hart.updatesAccessedDirty());
    }

    private void missed(AccessType access) {
        if (access == AccessType.FETCH) {
            charged.fetchTlbMisses++;
        } else {
            charged.dataTlbMisses++;
        }
    }

    /// Finds the translation that an access has just used, by a walk if need be.
    ///
    /// @return whether the first TLB holds it now, so that the next access of the kind to the page hits
    private boolean done(long gva, AccessType access) {
        boolean translated = hart.translates(privilege(access));
        if (!translated && !model.translatesBare()) {
            return false;
        }
        Tlb tlb = access == AccessType.FETCH ? fetchTlb : dataTlb;
        int space = translated ? TranslationMode.asid(hart.satp()) : Tlb.BARE;
        int slot = tlb.find(gva, space);
        if (slot == Tlb.NONE) {
            missed(access);
            if (foundInSecond(tlb, gva, space, access)) {
                return true;
            }
        } else if (access != AccessType.STORE
                || tlb.flags(tlb.foundSize(), slot) == (Tlb.WRITABLE | Tlb.DIRTY)) {
            return true;
        }
        fill(tlb, gva, space, walk(gva, translated, space), access);
        return true;
    }

    /// Looks into the second TLB, and copies what it has into the first, unless it does not permit a store.
    private boolean foundInSecond(Tlb tlb, long gva, int space, AccessType access) {
        if (secondTlb == null) {
            charged.tlbMisses++;
            return false;
        }
        charged.tlb += parameters.get(TimingParameter.L2TLB_LATENCY);
        int slot = secondTlb.find(gva, space);
        int size = secondTlb.foundSize();
        if (slot == Tlb.NONE) {
            charged.tlbMisses++;
            return false;
        }
        int flags = secondTlb.flags(size, slot);
        if (access == AccessType.STORE && flags != (Tlb.WRITABLE | Tlb.DIRTY)) {
            return false;
        }
        forget(tlb);
        tlb.fill(gva, secondTlb.isGlobal(size, slot) ? Tlb.GLOBAL : space, size, flags, secondTlb.page(size, slot));
        return true;
    }

    /// Enters the leaf of a walk into the TLBs. Where the tables say nothing any more about an access that was done,
    /// which an older entry of the counted TLB has allowed, it is a page of 4 KiB.
    private void fill(Tlb tlb, long gva, int space, HardwareWalk walk, AccessType access) {
        long leaf = walk.leaf();
        boolean stored = access == AccessType.STORE;
        int flags = (stored || (leaf & PageTableEntry.WRITE) != 0 ? Tlb.WRITABLE : 0)
                | (stored || (leaf & PageTableEntry.DIRTY) != 0 ? Tlb.DIRTY : 0);
        int owner = space != Tlb.BARE && (leaf & PageTableEntry.GLOBAL) != 0 ? Tlb.GLOBAL : space;
        int size = walk.hasLeaf() ? Tlb.size(walk.leafLevel()) : 0;
        long gpa = walk.hasLeaf() ? walk.gpa() : -1;
        forget(tlb);
        tlb.fill(gva, owner, size, flags, gpa);
        if (secondTlb != null) {
            secondTlb.fill(gva, owner, size, flags, gpa);
        }
    }

    /// Makes the next access to any page search the TLB again, because an entry may leave it.
    private void forget(Tlb tlb) {
        if (tlb == fetchTlb) {
            fetchPage = NOTHING;
        } else {
            dataPage = NOTHING;
        }
    }

    // ---- walks

    private HardwareWalk walk(long gva, boolean translated, int space) {
        HardwareWalk walk = model.hardwareWalk(hart, gva, translated);
        int count = walk.count();
        int last = lastOfProgram(walk);
        WalkCache tables = last >= 0 && walk.stage(last) == HardwareWalk.SHADOW ? shadowTables : guestTables;
        int lowest = last < 0 ? 0 : walk.level(last);
        int known = last < 0 ? 0 : tables.lowest(gva, space, lowest);
        long sum = last >= 0 && tables.exists() ? lookup() : 0;
        for (int i = 0; i < count; i++) {
            if (walk.stage(i) == HardwareWalk.SECOND_STAGE) {
                int end = i;
                while (end + 1 < count && walk.stage(end + 1) == HardwareWalk.SECOND_STAGE) {
                    end++;
                }
                boolean skipped = known > 0 && end + 1 < count && walk.level(end + 1) >= known;
                if (!skipped) {
                    sum += secondStage(walk, i, end);
                }
                i = end;
                continue;
            }
            int level = walk.level(i);
            if (known == 0 || level < known) {
                sum += reference(walk, i);
                if (level > lowest) {
                    tables.add(gva, space, level);
                }
            }
        }
        if (count > 0) {
            charged.walk(sum);
        }
        forgetDataLine();
        return walk;
    }

    /// The last reference to the tables that are found by virtual address, or -1.
    private static int lastOfProgram(HardwareWalk walk) {
        int last = walk.count() - 1;
        while (last >= 0 && walk.stage(last) == HardwareWalk.SECOND_STAGE) {
            last--;
        }
        return last;
    }

    /// One translation of a guest-physical address.
    private long secondStage(HardwareWalk walk, int first, int last) {
        long gpa = walk.subject(first);
        boolean complete = last + 1 < walk.count() || walk.hasLeaf();
        long sum = nestedTlb != null || secondStageTables.exists() ? lookup() : 0;
        if (nestedTlb != null && nestedTlb.find(gpa >>> 12, gpa >>> 12) != SetAssociative.NONE) {
            nestedTlb.use(gpa >>> 12, gpa >>> 12);
            return sum;
        }
        int lowest = walk.level(last);
        int known = secondStageTables.lowest(gpa, 0, lowest);
        for (int i = first; i <= last; i++) {
            int level = walk.level(i);
            if (known == 0 || level < known) {
                sum += reference(walk, i);
                if (level > lowest) {
                    secondStageTables.add(gpa, 0, level);
                }
            }
        }
        if (nestedTlb != null && complete) {
            nestedTlb.use(gpa >>> 12, gpa >>> 12);
        }
        return sum;
    }

    private long lookup() {
        long latency = parameters.get(TimingParameter.PWC_LATENCY);
        charged.walkCaches += latency;
        return latency;
    }

    private long reference(HardwareWalk walk, int i) {
        if (!following) {
            return 0;
        }
        int stage = walk.stage(i);
        long place = switch (stage) {
            case HardwareWalk.GUEST -> walk.place(i);
            case HardwareWalk.SECOND_STAGE -> SECOND_STAGE + walk.place(i);
            default -> shadow(walk.place(i));
        };
        int level = caches.walk(place >>> lineShift);
        long latency = caches.latency(level);
        charged.reference(Cycles.WALK, level);
        charged.walkReference(stage, walk.level(i), latency);
        if (isPresumed(level)) {
            charged.presumedOfWalk(stage, walk.level(i), caches.presumption() > 0);
        }
        return latency;
    }

    private long shadow(long offset) {
        return SHADOW + ((long) hart.id() << HART_SHIFT) + offset;
    }

    // ---- software

    /// The monitor refers to an entry of a guest's table.
    void guestTable(long gpa) {
        table(gpa);
    }

    void secondStageTable(long offset) {
        table(SECOND_STAGE + offset);
    }

    void shadowTable(long offset) {
        table(shadow(offset));
    }

    private void table(long place) {
        if (!following) {
            return;
        }
        int level = caches.data(place >>> lineShift);
        charged.reference(Cycles.SOFTWARE, level);
        pending += caches.latency(level) + parameters.cycles(software.instructions());
        forgetDataLine();
    }

    /// The monitor performs a guest's store to a protected table itself.
    public void emulated(long gpa) {
        table(gpa);
    }

    @Override
    public void exit(ExitCause cause) {
        if (following) {
            charge(cause);
        }
        if (!tagsVmid) {
            everythingDropped();
        }
    }

    private void charge(ExitCause cause) {
        boolean emulates = cause == ExitCause.PT_WRITE_LEAF || cause == ExitCause.PT_WRITE_NONLEAF;
        long instructions = parameters.get(TimingParameter.EXIT_INSTRUCTIONS)
                + (emulates ? parameters.get(TimingParameter.EMULATE_INSTRUCTIONS) : 0);
        long memory = handler(cause.ordinal(), instructions, parameters.get(TimingParameter.EXIT_REFERENCES));
        charged.exit(cause, parameters.get(TimingParameter.EXIT_CYCLES) + parameters.cycles(instructions),
                memory + pending);
        pending = 0;
        lastExit = cause;
        lastEntry = null;
    }

    @Override
    public void fastPath(FastPathEntry entry) {
        if (!following) {
            return;
        }
        long instructions = parameters.get(TimingParameter.FAST_INSTRUCTIONS);
        long memory = handler(ExitCause.values().length + entry.ordinal(), instructions,
                parameters.get(TimingParameter.FAST_REFERENCES));
        charged.fastPath(entry, parameters.get(TimingParameter.FAST_CYCLES) + parameters.cycles(instructions) + memory,
                pending);
        pending = 0;
        lastEntry = entry;
        lastExit = null;
    }

    /// Runs a handler's code, straight on, and saves and restores registers.
    ///
    /// @return cycles that the caches take beyond hits
    private long handler(int number, long instructions, long words) {
        long stalls = 0;
        long code = MONITOR_CODE + number * HANDLER >>> lineShift;
        for (long line = 0; line << lineShift < instructions * INSTRUCTION_BYTES; line++) {
            int level = caches.fetch(code + line);
            charged.reference(Cycles.SOFTWARE, level);
            stalls += caches.stall(level);
        }
        long area = MONITOR_DATA + ((long) hart.id() << HART_SHIFT) >>> lineShift;
        for (long line = 0; line << lineShift < words * WORD_BYTES; line++) {
            int level = caches.data(area + line);
            charged.reference(Cycles.SOFTWARE, level);
            stalls += caches.stall(level);
        }
        fetchLine = NOTHING;
        forgetDataLine();
        return stalls;
    }

    /// The monitor begins with another event, or the guest goes on: references that were made after the last exit or
    /// fast-path entry are charged to it.
    public void settle() {
        if (pending == 0) {
            return;
        }
        if (lastExit != null) {
            charged.exit(lastExit, 0, pending);
        } else if (lastEntry != null) {
            charged.fastPath(lastEntry, 0, pending);
        }
        pending = 0;
    }

    // ---- what becomes invalid

    /// Privilege or root have changed: another page may be meant by the same address.
    public void contextChanged() {
        dataPage = NOTHING;
        fetchPage = NOTHING;
        fetchLine = NOTHING;
    }

    /// A fence with an address covers leaves only (privileged specification, "Supervisor Memory-Management Fence
    /// Instruction"), so walk caches keep their entries.
    @Override
    public void dropped(FenceScope scope) {
        fence();
        fetchTlb.drop(scope);
        dataTlb.drop(scope);
        if (secondTlb != null) {
            secondTlb.drop(scope);
        }
        if (!scope.hasGva()) {
            dropPointers();
        }
    }

    /// The monitor has protected a page, and fences what leads to it.
    @Override
    public void guestPageDropped(long gpa) {
        pending += following ? parameters.get(TimingParameter.FENCE_CYCLES) : 0;
        contextChanged();
        fetchTlb.dropGuestPage(gpa);
        dataTlb.dropGuestPage(gpa);
        if (secondTlb != null) {
            secondTlb.dropGuestPage(gpa);
        }
    }

    @Override
    public void everythingDropped() {
        contextChanged();
        fetchTlb.clear();
        dataTlb.clear();
        if (secondTlb != null) {
            secondTlb.clear();
        }
        dropPointers();
        secondStageTables.clear();
        if (nestedTlb != null) {
            nestedTlb.clear();
        }
    }

    private void fence() {
        cycles.fences += parameters.get(TimingParameter.FENCE_CYCLES);
        contextChanged();
    }

    private void dropPointers() {
        guestTables.clear();
        shadowTables.clear();
    }
}
