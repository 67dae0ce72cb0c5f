// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.monitor.Monitor;
import org.penumbra.paging.TranslationOracle.Stage;

/// A guest that does everything a page-table writer can do, at random, on one or two harts, through the real monitor and
/// its TLBs, with the oracle looking on.
final class RandomGuest {
    /// How a run is set up.
    ///
    /// @param fencesOften whether most page-table changes are followed by the fence that makes them certain
    /// @param stage       what the tables are; the guest is a hypervisor's, with its other stage off, unless its own
    record Setup(String model, ModelOptions options, int harts, boolean hardwareAD, boolean pbmt, int asidBits,
            boolean fencesOften, Stage stage, long seed) {
        Setup with(ModelOptions other) {
            return new Setup(model, other, harts, hardwareAD, pbmt, asidBits, fencesOften, stage, seed);
        }

        Setup of(Stage other) {
            int bits = other == Stage.OWN ? asidBits : other == Stage.FIRST ? ASID_BITS : VMID_BITS;
            return new Setup(model, options, harts, hardwareAD, pbmt, bits, fencesOften, other, seed);
        }

        private boolean second() {
            return stage == Stage.SECOND;
        }
    }

    private static final int VMID_BITS = 14;
    private static final int ASID_BITS = 16;
    private static final int TLB_ENTRIES = 16;
    private static final int SPACES = 3;
    private static final int WORKING_SET = 6;
    private static final long SUM = 1 << 18;
    private static final long MXR = 1 << 19;
    /// ADUE and PBMTE, as far as menvcfg has them.
    private static final long ENVIRONMENT = 3L << 61;

    private static final int[] HOT = {0, 1, 2, 3, 511};
    private static final int[] HOT_LEAVES = {0, 1, 2, 3, 16, 17, 31, 511};

    private final Setup setup;
    private final SplittableRandom random;
    private final RandomEntries entries;
    private final TestMachine machine;
    private final GuestMemory memory;
    private final PagingModel model;
    private final Hart[] harts;
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
        entries = new RandomEntries(random);
        machine = setup.stage() != Stage.OWN
                ? TestMachine.ofGuests(factory, setup.model(), setup.options(), setup.harts(), TLB_ENTRIES, SPACES)
                : new TestMachine(factory, setup.model(), setup.options(), setup.harts(), setup.asidBits(), TLB_ENTRIES, SPACES);
        memory = machine.memory();
        model = machine.model();
        harts = new Hart[setup.harts()];
        for (int i = 0; i < harts.length; i++) {
            harts[i] = machine.hart(i);
            TestHart.environment(harts[i], setup.hardwareAD(), setup.pbmt());
            if (setup.stage() == Stage.FIRST) {
                write(harts[i], "henvcfg", ENVIRONMENT);
            }
        }
        oracle = new TranslationOracle(memory, setup.pbmt(), setup.stage());
        workingSet = new long[harts.length * WORKING_SET];
        prepare();
    }

    private static void write(Hart hart, String csr, long value) {
        hart.csrs.write(hart.csrs.number(csr), value);
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
        for (int id = 0; id < harts.length; id++) {
            switchRoot(id);
        }
    }

    private void repair() {
        for (int table = 0; table < RandomEntries.TABLES; table++) {
            for (int index : table >= RandomEntries.LEAVES && table < RandomEntries.TOPS ? HOT_LEAVES : HOT) {
                storeBare(0, TestMachine.page(table) + index * 8L, 8, entries.usual(table));
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
            switchRoot(id);
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

    private int pick(int[] of) {
        return of[random.nextInt(of.length)];
    }

    private int asid() {
        return random.nextInt(3) & (1 << setup.asidBits()) - 1;
    }

    private long satp() {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return 0;
        }
        int mode = kind < 3 ? TranslationMode.SV48 : kind < 5 ? TranslationMode.SV57 : TranslationMode.SV39;
        int root = mode == TranslationMode.SV39 ? RandomEntries.ROOTS + random.nextInt(4) : RandomEntries.TOPS + random.nextInt(4);
        long table = random.nextInt(100) == 0 ? 0x1000_0000L : TestMachine.page(
                random.nextInt(30) == 0 ? random.nextInt(RandomEntries.TABLES) : root);
        return TranslationMode.satp(mode, asid(), table);
    }

    /// One of a few addresses most of the time, so that there is something in the TLBs.
    private long address(Hart hart) {
        int i = hart.id() * WORKING_SET + random.nextInt(WORKING_SET);
        if (random.nextInt(40) == 0 || !TranslationMode.isBare(oracle.root(hart))
                && !isAddress(workingSet[i], TranslationMode.levels(oracle.root(hart)))) {
            workingSet[i] = anyAddress(hart);
        }
        return random.nextInt(20) == 0 ? anyAddress(hart) : workingSet[i] & -4096 | random.nextInt(512) << 3;
    }

    private boolean isAddress(long gva, int levels) {
        return setup.second() ? TranslationMode.isGuestPhysical(gva, levels) : TranslationMode.isCanonical(gva, levels);
    }

    private long anyAddress(Hart hart) {
        int levels = Math.max(3, TranslationMode.levels(oracle.root(hart)));
        long gva = 0;
        for (int level = levels - 1; level > 0; level--) {
            gva = gva << 9 | pick(HOT);
        }
        gva = (gva << 9 | pick(HOT_LEAVES)) << 12;
        int unused = 64 - 12 - 9 * levels;
        gva = setup.second() ? gva | (long) random.nextInt(4) << 12 + 9 * levels : gva << unused >> unused;
        if (random.nextInt(200) == 0) {
            gva ^= 1L << 60;
        }
        return gva | random.nextInt(512) << 3;
    }

    // ---- actions

    private void writeTable(int id) {
        int table = random.nextInt(RandomEntries.TABLES);
        int index = pick(table >= RandomEntries.LEAVES && table < RandomEntries.TOPS ? HOT_LEAVES : HOT);
        long gpa = TestMachine.page(table) + index * 8L;
        long value = switch (random.nextInt(8)) {
            case 0 -> entries.anything();
            // V, permissions, A and D change in place.
            case 1, 2 -> memory.load(gpa, 8) ^ 1L << random.nextInt(8);
            default -> entries.usual(table);
        };
        int size = random.nextInt(20) == 0 ? 1 << random.nextInt(3) : 8;
        storeBare(id, gpa, size, value);
        if (setup.fencesOften() && random.nextInt(4) != 0) {
            boolean wide = table < RandomEntries.LEAVES || table >= RandomEntries.TOPS;
            for (int hart = 0; hart < harts.length; hart++) {
                fence(hart, address(harts[hart]), !wide && random.nextBoolean(), 0, false);
            }
        }
        // From the handler of its last fault, if there was one.
        machine.monitor(id).returned();
    }

    private void switchRoot(int id) {
        Hart hart = harts[id];
        long from = oracle.root(hart);
        write(hart, switch (setup.stage()) {
            case OWN -> "satp";
            case FIRST -> "vsatp";
            case SECOND -> "hgatp";
        }, satp());
        oracle.switched(id, from, oracle.root(hart));
    }

    private void status(int id) {
        Hart hart = harts[id];
        boolean sum = random.nextInt(4) != 0;
        boolean mxr = random.nextInt(3) == 0;
        if (setup.stage() == Stage.FIRST) {
            write(hart, "vsstatus", (sum ? SUM : 0) | (mxr ? MXR : 0));
        } else {
            TestHart.status(hart, sum, mxr);
        }
        machine.setPrivilege(id, random.nextInt(3) == 0 ? Hart.SUPERVISOR : Hart.USER);
    }

    private void fence(int id) {
        fence(id, address(harts[id]), random.nextInt(3) != 0, asid(), random.nextBoolean());
    }

    private void fence(int id, long gva, boolean hasGva, int asid, boolean hasAsid) {
        // Bits above those implemented are ignored.
        long operand = asid | (long) random.nextInt(2) << setup.asidBits();
        switch (setup.stage()) {
            case OWN -> machine.fence(id, gva, hasGva, operand, hasAsid);
            case FIRST -> machine.guestFence(id, random.nextBoolean(), gva, hasGva, operand, hasAsid);
            case SECOND -> machine.secondStageFence(id, gva, hasGva, operand, hasAsid);
        }
        oracle.fenced(id, gva, hasGva, asid, hasAsid);
    }

    private void remoteFence(int id) {
        int asid = asid();
        boolean hasAsid = random.nextBoolean();
        int kind = random.nextInt(4);
        int pages = 1 + random.nextInt(70);
        long start = kind == 0 ? 0 : (address(harts[id]) & -4096) - random.nextInt(pages) * 4096L;
        long bytes = kind == 0 ? 0 : kind == 1 ? -1 : pages * 4096L;
        // Bits above those implemented are ignored.
        Monitor target = machine.monitor(id);
        switch (setup.stage()) {
            case OWN -> target.remoteFenced(start, bytes, asid | 1L << setup.asidBits(), hasAsid);
            case FIRST -> target.remoteGuestFenced(start, bytes, asid | 1L << setup.asidBits(), hasAsid, 0);
            case SECOND -> target.remoteSecondStageFenced(start, bytes, hasAsid ? asid : FenceScope.ALL);
        }
        if (kind < 2) {
            oracle.fenced(id, 0, false, asid, hasAsid);
        } else {
            for (int i = 0; i < pages; i++) {
                oracle.fenced(id, start + i * 4096L, true, asid, hasAsid);
            }
        }
    }

    private void move() {
        if (machine.frames() instanceof ScatteredFrames scattered) {
            int page = random.nextInt(RandomEntries.TABLES + 20);
            long old = scattered.move(page);
            machine.monitor(random.nextInt(harts.length)).hostPageMoved(TestMachine.page(page), old);
        }
    }

    private void deviceWrite() {
        long gpa = TestMachine.page(random.nextInt(RandomEntries.TABLES)) + pick(HOT) * 8L;
        long value = entries.anything();
        memory.store(gpa, 8, value);
        machine.monitor(0).written(gpa, 8);
        oracle.stored(gpa, value);
    }

    private void storeBare(int id, long gpa, int size, long value) {
        machine.storeBare(id, gpa + random.nextInt(8 / size) * size, size, value);
        oracle.stored(gpa, memory.load(gpa, 8));
    }

    private void access(int id) {
        Hart hart = harts[id];
        if (TranslationMode.isBare(oracle.root(hart))) {
            return;
        }
        if (hart.privilege == Hart.MACHINE) {
            machine.setPrivilege(id, Hart.USER);
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
        long gpa = machine.access(id, AccessType.FETCH, gva, 0);
        if (gpa < 0) {
            trapped(id, gva, AccessType.FETCH, (int) ~gpa);
            return;
        }
        if (miss) {
            oracle.observe(hart, gva, AccessType.FETCH);
        }
        oracle.used(hart, gva, AccessType.FETCH, hart.privilege, gpa);
        successes++;
        if (hart.fetchTlb.lookup(gva).hostAddress() != memory.hostAddress(gpa & -4096)) {
            throw new TranslationOracle.Violation("code is fetched from a frame its page has left");
        }
    }

    private void data(int id, long gva, AccessType access) {
        Hart hart = harts[id];
        boolean store = access == AccessType.STORE;
        long value = random.nextInt(4) == 0 ? entries.anything() : random.nextLong();
        if (machine.hits(id, gva, 8, store ? ShadowTlb.STORE_TAG : ShadowTlb.LOAD_TAG)) {
            hit(id, gva, access, value);
        } else if (store) {
            storeMissed(id, gva, value);
        } else {
            long gpa = machine.access(id, access, gva, 0);
            if (gpa < 0) {
                trapped(id, gva, access, (int) ~gpa);
                return;
            }
            oracle.observe(hart, gva, access);
            checkUse(id, gva, access);
        }
    }

    private void hit(int id, long gva, AccessType access, long value) {
        hits++;
        long gpa = checkUse(id, gva, access);
        long host = machine.hitAddress(id, gva);
        if (host != memory.hostAddress(gpa)) {
            throw new TranslationOracle.Violation("the TLB sends " + Long.toHexString(gpa) + " to a frame it has left");
        }
        if (access == AccessType.STORE) {
            HostMemory.putLong(host, value);
            oracle.stored(gpa, value);
        }
    }

    /// Done as an atomic access, whose translation and store are separate steps: the store may be to an entry of the very
    /// path that translated it.
    private void storeMissed(int id, long gva, long value) {
        Hart hart = harts[id];
        Monitor monitor = machine.monitor(id);
        long host = monitor.atomic(gva, 8, true);
        if (hart.trapPending()) {
            trapped(id, gva, AccessType.STORE, machine.trap(id, gva));
            return;
        }
        oracle.observe(hart, gva, AccessType.STORE);
        long gpa = checkUse(id, gva, AccessType.STORE);
        monitor.beforeAtomicStore(gva, 8, value);
        HostMemory.putLong(host, value);
        monitor.storedAtomically(gva, 8);
        oracle.stored(gpa, value);
    }

    private long checkUse(int id, long gva, AccessType access) {
        long page = machine.tlb(id).guestPage(gva);
        if (page == -1) {
            throw new TranslationOracle.Violation("an access left nothing in the TLB");
        }
        long gpa = page & -4096 | gva & 4095;
        oracle.used(harts[id], gva, access, harts[id].privilege, gpa);
        successes++;
        return gpa;
    }

    /// An exception was taken: did it have to be?
    private void trapped(int id, long gva, AccessType access, int cause) {
        Hart hart = harts[id];
        oracle.observe(hart, gva, access);
        faults++;
        if (cause == access.accessFault() && oracle.outcome(hart, gva, access, hart.privilege) != cause
                && access != AccessType.FETCH) {
            long page = machine.tlb(id).guestPage(gva);
            if (page != -1 && !memory.contains(page & -4096, 1)) {
                // Nothing is there; the translation may be one of the past.
                oracle.used(hart, gva, access, hart.privilege, page & -4096 | gva & 4095);
                return;
            }
        }
        oracle.faulted(hart, gva, access, hart.privilege, cause);
    }
}
