// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.penumbra.device.Bus;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostFrames;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.CodePage;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;

/// A guest that does everything a page-table writer can do, at random, on one or two harts, through the real monitor and
/// its TLBs, with the oracle looking on.
final class RandomGuest {
    /// How a run is set up.
    ///
    /// @param fencesOften whether most page-table changes are followed by the fence that makes them certain
    record Setup(String model, ModelOptions options, int harts, boolean hardwareAD, boolean pbmt, int asidBits,
            boolean fencesOften, long seed) {
    }

    static final long BASE = 0x8000_0000L;
    static final long SIZE = 8 << 20;
    private static final int TLB_ENTRIES = 16;
    private static final int SPACES = 3;
    private static final int WORKING_SET = 6;

    // Guest pages by what they mostly hold; anything may be anywhere now and then.
    private static final int ROOTS = 0;
    private static final int MIDDLES = 4;
    private static final int LEAVES = 9;
    private static final int TOPS = 16;
    private static final int TABLES = 20;
    private static final int[] HOT = {0, 1, 2, 3, 511};
    private static final int[] HOT_LEAVES = {0, 1, 2, 3, 16, 17, 31, 511};

    private final Setup setup;
    private final SplittableRandom random;
    private final GuestMemory memory;
    private final HostFrames frames;
    private final PagingModel model;
    private final Hart[] harts;
    private final Monitor[] monitors;
    private final TranslationOracle oracle;
    private final long[] workingSet;
    private long hits;
    private long successes;
    private long faults;

    RandomGuest(Setup setup) {
        this(setup, UnaryOperator.identity());
    }

    /// @param mutation makes the model another, such as a broken one
    RandomGuest(Setup setup, UnaryOperator<PagingModel> mutation) {
        this(setup, (context, options) -> mutation.apply(Models.create(setup.model(), context, options)));
    }

    RandomGuest(Setup setup, Models.Factory factory) {
        this.setup = setup;
        random = new SplittableRandom(setup.seed());
        frames = Models.frames(setup.model(), SIZE, setup.options());
        memory = new GuestMemory(BASE, SIZE, frames);
        model = factory.create(new PagingContext(memory, (hart, gpa, update) ->
                hart.pmp.allows(gpa, 8, update ? AccessType.STORE : AccessType.LOAD, Hart.SUPERVISOR)), setup.options());
        harts = new Hart[setup.harts()];
        monitors = new Monitor[setup.harts()];
        for (int i = 0; i < harts.length; i++) {
            harts[i] = new Hart(i, new HartConfig(57, setup.asidBits(), true, true, false),
                    new AddressSpaces(TLB_ENTRIES, SPACES));
            harts[i].csrs.write(0x3b0, -1);
            harts[i].csrs.write(0x3a0, 0x1f);
            TestHart.environment(harts[i], setup.hardwareAD(), setup.pbmt());
            monitors[i] = new Monitor(harts[i], memory, new Bus(), model, new NoPlatform());
        }
        oracle = new TranslationOracle(memory, setup.pbmt());
        workingSet = new long[harts.length * WORKING_SET];
        prepare();
    }

    private static final class NoPlatform implements Monitor.Platform {
        @Override
        public long time() {
            return 0;
        }

        @Override
        public void timerChanged() {
        }

        @Override
        public void watchedStore(long gpa, int size) {
        }
    }

    PagingModel model() {
        return model;
    }

    Hart hart(int i) {
        return harts[i];
    }

    long hits() {
        return hits;
    }

    long successes() {
        return successes;
    }

    long faults() {
        return faults;
    }

    /// A tree in every root, so that most addresses translate at first.
    private void prepare() {
        repair();
        for (Hart hart : harts) {
            TestHart.satp(hart, satp());
        }
    }

    private void repair() {
        for (int table = 0; table < TABLES; table++) {
            for (int index : table >= LEAVES && table < TOPS ? HOT_LEAVES : HOT) {
                storeBare(0, page(table) + index * 8L, 8, usual(table));
            }
        }
    }

    void run(long count) {
        for (long i = 0; i < count; i++) {
            step();
        }
        oracle.checkMemory();
    }

    private void step() {
        int id = random.nextInt(harts.length);
        int what = random.nextInt(1000);
        if (what < 760) {
            access(id);
        } else if (what < 870) {
            writeTable(id);
        } else if (what < 895) {
            status(id);
        } else if (what < 945) {
            fence(id);
        } else if (what < 980) {
            TestHart.satp(harts[id], satp());
        } else if (what < 985) {
            remoteFence(random.nextInt(harts.length));
        } else if (what < 992) {
            move();
        } else if (what < 994) {
            deviceWrite();
        } else if (what < 998) {
            repair();
        } else if (what == 999) {
            forget();
        }
    }

    private void forget() {
        for (int id = 0; id < harts.length; id++) {
            fence(id, 0, false, 0, false);
        }
        oracle.forget();
    }

    // ---- choices

    private static long page(int index) {
        return BASE + index * 4096L;
    }

    private int pick(int[] of) {
        return of[random.nextInt(of.length)];
    }

    private int asid() {
        return random.nextInt(3) & harts[0].config().asidMask();
    }

    private long satp() {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return 0;
        }
        int mode = kind < 3 ? TranslationMode.SV48 : kind < 5 ? TranslationMode.SV57 : TranslationMode.SV39;
        int root = mode == TranslationMode.SV39 ? ROOTS + random.nextInt(4) : TOPS + random.nextInt(4);
        long table = random.nextInt(100) == 0 ? 0x1000_0000L : page(random.nextInt(30) == 0 ? random.nextInt(TABLES) : root);
        return TranslationMode.satp(mode, asid(), table);
    }

    /// One of a few addresses most of the time, so that there is something in the TLBs.
    private long address(Hart hart) {
        int i = hart.id() * WORKING_SET + random.nextInt(WORKING_SET);
        if (random.nextInt(40) == 0 || !TranslationMode.isBare(hart.satp())
                && !TranslationMode.isCanonical(workingSet[i], TranslationMode.levels(hart.satp()))) {
            workingSet[i] = anyAddress(hart);
        }
        return random.nextInt(20) == 0 ? anyAddress(hart) : workingSet[i] & -4096 | random.nextInt(512) << 3;
    }

    private long anyAddress(Hart hart) {
        int levels = Math.max(3, TranslationMode.levels(hart.satp()));
        long gva = 0;
        for (int level = levels - 1; level > 0; level--) {
            gva = gva << 9 | pick(HOT);
        }
        gva = (gva << 9 | pick(HOT_LEAVES)) << 12;
        int unused = 64 - 12 - 9 * levels;
        gva = gva << unused >> unused;
        if (random.nextInt(200) == 0) {
            gva ^= 1L << 60;
        }
        return gva | random.nextInt(512) << 3;
    }

    /// An entry of the kind that a table usually holds.
    private long usual(int table) {
        if (random.nextInt(25) == 0) {
            return anything();
        }
        if (table < MIDDLES) {
            return random.nextInt(12) == 0 ? leaf(page(0) & -(1L << 30)) : pointer(MIDDLES + random.nextInt(5));
        }
        if (table < LEAVES) {
            return random.nextInt(3) == 0 ? leaf(BASE + (long) random.nextInt(4) * (2 << 20))
                    : pointer(LEAVES + random.nextInt(7));
        }
        return table < TOPS ? leaf(dataPage()) : pointer(random.nextInt(2) == 0 ? ROOTS + random.nextInt(4)
                : TOPS + random.nextInt(4));
    }

    private long dataPage() {
        return switch (random.nextInt(16)) {
            case 0 -> page(random.nextInt(TABLES));
            case 1 -> BASE + random.nextInt((int) (SIZE >> 12)) * 4096L;
            case 2 -> 0x1000_0000L;
            default -> page(TABLES + random.nextInt(40));
        };
    }

    private static long pointer(int table) {
        return page(table) >>> 12 << 10 | 1;
    }

    private long leaf(long target) {
        long bits = 1 | pickBits();
        if (random.nextInt(12) == 0) {
            return (target & -65536 | 0x8000) >>> 12 << 10 | bits | 1L << 63;
        }
        long type = random.nextInt(40) == 0 ? (long) random.nextInt(4) << 61 : 0;
        return target >>> 12 << 10 | bits | type;
    }

    private long pickBits() {
        long user = random.nextInt(5) != 0 ? 16 : 0;
        long global = random.nextInt(8) == 0 ? 32 : 0;
        long touched = random.nextInt(4) == 0 ? random.nextInt(4) << 6 : 0xc0;
        long permissions = switch (random.nextInt(10)) {
            case 0 -> 2;
            case 1 -> 8;
            case 2 -> 10;
            case 3 -> 6;
            default -> 14;
        };
        return user | global | touched | permissions;
    }

    private long anything() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> 0;
            case 2 -> pointer(random.nextInt(TABLES)) | (random.nextInt(4) == 0 ? 32 : 0);
            case 3 -> leaf(dataPage());
            case 4 -> leaf(BASE + (long) random.nextInt(4) * (2 << 20));
            case 5 -> pointer(0) | 1L << random.nextInt(64);
            case 6 -> 0x1000_0000L >>> 2 | 1;
            default -> random.nextLong();
        };
    }

    // ---- actions

    private void writeTable(int id) {
        int table = random.nextInt(TABLES);
        int index = pick(table >= LEAVES && table < TOPS ? HOT_LEAVES : HOT);
        long gpa = page(table) + index * 8L;
        long value = switch (random.nextInt(8)) {
            case 0 -> anything();
            // V, permissions, A and D change in place.
            case 1, 2 -> memory.load(gpa, 8) ^ 1L << random.nextInt(8);
            default -> usual(table);
        };
        int size = random.nextInt(20) == 0 ? 1 << random.nextInt(3) : 8;
        storeBare(id, gpa, size, value);
        if (setup.fencesOften() && random.nextInt(4) != 0) {
            boolean wide = table < LEAVES || table >= TOPS;
            for (int hart = 0; hart < harts.length; hart++) {
                fence(hart, address(harts[hart]), !wide && random.nextBoolean(), 0, false);
            }
        }
    }

    private void status(int id) {
        Hart hart = harts[id];
        TestHart.status(hart, random.nextInt(4) != 0, random.nextInt(3) == 0);
        hart.privilege = random.nextInt(3) == 0 ? Hart.SUPERVISOR : Hart.USER;
        hart.contextChanged();
    }

    private void fence(int id) {
        fence(id, address(harts[id]), random.nextInt(3) != 0, asid(), random.nextBoolean());
    }

    private void fence(int id, long gva, boolean hasGva, int asid, boolean hasAsid) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        hart.privilege = Hart.MACHINE;
        // Bits above those implemented are ignored.
        hart.supervisorFence(gva, hasGva, asid | (long) random.nextInt(2) << setup.asidBits(), hasAsid, 0);
        hart.privilege = privilege;
        oracle.fenced(id, gva, hasGva, asid, hasAsid);
    }

    private void remoteFence(int id) {
        int asid = asid();
        boolean hasAsid = random.nextBoolean();
        int kind = random.nextInt(4);
        int pages = 1 + random.nextInt(70);
        long start = kind == 0 ? 0 : (address(harts[id]) & -4096) - random.nextInt(pages) * 4096L;
        long bytes = kind == 0 ? 0 : kind == 1 ? -1 : pages * 4096L;
        model.remoteFenced(harts[id], start, bytes, asid, hasAsid);
        if (kind < 2) {
            oracle.fenced(id, 0, false, asid, hasAsid);
        } else {
            for (int i = 0; i < pages; i++) {
                oracle.fenced(id, start + i * 4096L, true, asid, hasAsid);
            }
        }
    }

    private void move() {
        if (frames instanceof ScatteredFrames scattered) {
            int page = random.nextInt(TABLES + 20);
            model.hostPageMoved(page(page), scattered.move(page));
        }
    }

    private void deviceWrite() {
        long gpa = page(random.nextInt(TABLES)) + pick(HOT) * 8L;
        long value = anything();
        memory.store(gpa, 8, value);
        monitors[0].written(gpa, 8);
        oracle.stored(gpa, value);
    }

    private void storeBare(int id, long gpa, int size, long value) {
        Hart hart = harts[id];
        int privilege = hart.privilege;
        hart.privilege = Hart.MACHINE;
        hart.contextChanged();
        long at = gpa + random.nextInt(8 / size) * size;
        if (!storeHits(hart, at, size, value)) {
            monitors[id].store(at, size, value);
        }
        if (hart.trapPending()) {
            throw new TranslationOracle.Violation("a store without translation trapped");
        }
        oracle.stored(gpa, memory.load(gpa, 8));
        hart.privilege = privilege;
        hart.contextChanged();
    }

    private boolean storeHits(Hart hart, long gva, int size, long value) {
        long entry = ShadowTlb.entry(hart.dataTlb, gva, TLB_ENTRIES);
        if (HostMemory.getLong(entry + ShadowTlb.STORE_TAG) != ShadowTlb.wanted(gva, size)) {
            return false;
        }
        HostMemory.store(gva + HostMemory.getLong(entry + ShadowTlb.ADDEND), size, value);
        return true;
    }

    private void access(int id) {
        Hart hart = harts[id];
        if (TranslationMode.isBare(hart.satp())) {
            return;
        }
        if (hart.privilege == Hart.MACHINE) {
            hart.privilege = Hart.USER;
            hart.contextChanged();
        }
        long gva = address(hart);
        switch (random.nextInt(4)) {
            case 0 -> fetch(id, gva);
            case 1 -> data(id, gva, AccessType.STORE);
            default -> data(id, gva, AccessType.LOAD);
        }
    }

    private void fetch(int id, long gva) {
        Hart hart = harts[id];
        boolean miss = hart.fetchTlb.lookup(gva) == null;
        CodePage page = monitors[id].fetch(gva);
        if (page == null) {
            trapped(hart, gva, AccessType.FETCH);
            return;
        }
        if (miss) {
            oracle.observe(hart, gva, AccessType.FETCH);
        }
        oracle.used(hart, gva, AccessType.FETCH, hart.privilege, page.gpa() + (gva & 4095));
        successes++;
    }

    private void data(int id, long gva, AccessType access) {
        Hart hart = harts[id];
        boolean store = access == AccessType.STORE;
        long value = random.nextInt(4) == 0 ? anything() : random.nextLong();
        long entry = ShadowTlb.entry(hart.dataTlb, gva, TLB_ENTRIES);
        boolean hit = HostMemory.getLong(entry + (store ? ShadowTlb.STORE_TAG : ShadowTlb.LOAD_TAG))
                == ShadowTlb.wanted(gva, 8);
        ShadowTlb tlb = hart.spaces().data(hart.privilege, hart.sum(), hart.mxr());
        if (!hit) {
            if (store) {
                storeMissed(id, tlb, gva, value);
            } else {
                monitors[id].load(gva, 8);
                if (hart.trapPending()) {
                    trapped(hart, gva, access);
                    return;
                }
                oracle.observe(hart, gva, access);
                checkUse(hart, tlb, gva, access);
            }
            return;
        }
        hits++;
        long gpa = checkUse(hart, tlb, gva, access);
        long host = gva + HostMemory.getLong(entry + ShadowTlb.ADDEND);
        if (host != memory.hostAddress(gpa)) {
            throw new TranslationOracle.Violation("the TLB sends " + Long.toHexString(gpa) + " to a frame it has left");
        }
        if (store) {
            HostMemory.putLong(host, value);
            oracle.stored(gpa, value);
        }
    }

    /// Done as an atomic access, whose translation and store are separate steps: the store may be to an entry of the very
    /// path that translated it.
    private void storeMissed(int id, ShadowTlb tlb, long gva, long value) {
        Hart hart = harts[id];
        long host = monitors[id].atomic(gva, 8, true);
        if (hart.trapPending()) {
            trapped(hart, gva, AccessType.STORE);
            return;
        }
        oracle.observe(hart, gva, AccessType.STORE);
        long gpa = checkUse(hart, tlb, gva, AccessType.STORE);
        monitors[id].beforeAtomicStore(gva, 8, value);
        HostMemory.putLong(host, value);
        monitors[id].storedAtomically(gva, 8);
        oracle.stored(gpa, value);
    }

    private long checkUse(Hart hart, ShadowTlb tlb, long gva, AccessType access) {
        long page = tlb.guestPage(gva);
        if (page == -1) {
            throw new TranslationOracle.Violation("an access left nothing in the TLB");
        }
        long gpa = page & -4096 | gva & 4095;
        oracle.used(hart, gva, access, hart.privilege, gpa);
        successes++;
        return gpa;
    }

    /// Takes the exception as the machine does, and asks whether it had to be.
    private void trapped(Hart hart, long gva, AccessType access) {
        int privilege = hart.privilege;
        hart.takePendingTrap();
        int cause = (int) hart.csrs.read(0x342);
        long value = hart.csrs.read(0x343);
        hart.privilege = privilege;
        hart.contextChanged();
        if (value != gva) {
            throw new TranslationOracle.Violation("a trap names another address");
        }
        oracle.observe(hart, gva, access);
        faults++;
        if (cause == access.accessFault() && access != AccessType.FETCH) {
            long page = hart.spaces().data(privilege, hart.sum(), hart.mxr()).guestPage(gva);
            if (page != -1 && !memory.contains(page & -4096, 1)) {
                // Nothing is there; the translation may be one of the past.
                oracle.used(hart, gva, access, privilege, page & -4096 | gva & 4095);
                return;
            }
        }
        oracle.faulted(hart, gva, access, privilege, cause);
    }
}
