// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.ModelName;

/// Translation of a hypervisor's guests: every combination of the bits of an entry of either stage, access, mode, status
/// bits and A/D scheme, at each level, after each way to make a change certain.
@ParameterizedClass
@MethodSource("models")
final class TwoStageMatrixTest {
    private static final long SUM = 1 << 18;
    private static final long MXR = 1 << 19;
    private static final long MPRV = 1 << 17;
    private static final long MPV = 1L << 39;
    private static final long SPVP = 1 << 8;
    private static final long ADUE = 1L << 61;
    private static final int FULL = 0xcf;
    private static final int USER = 16;

    /// Physical pages: the root of the second stage, its tables, and those of the first with guest-physical addresses that
    /// are other ones.
    private static final long SECOND_ROOT = TestMachine.page(4);
    private static final long SECOND_MIDDLE = TestMachine.page(8);
    private static final long SECOND_LOW = TestMachine.page(9);
    private static final long SECOND_OF_TABLES = TestMachine.page(10);
    private static final long FIRST = TestMachine.page(16);
    private static final long BEFORE = TestMachine.BASE + (4 << 20);
    private static final long AFTER = TestMachine.BASE + (6 << 20);
    /// Guest-physical: of the tables of the first stage, and of the page.
    private static final long TABLES = 0x10_0000_0000L;
    private static final long GPA = 0x80_0000_0000L + (2L << 30) + (7L << 21) + (9L << 12);
    /// Another page, which the first stage leads to before it changes.
    private static final long GPA_BEFORE = GPA + (3 << 12);
    private static final long GVA = 0x40_0000_0000L - (1L << 30) + (3L << 21) + (5L << 12) + 0x128;

    private final ModelName model;
    private final TestMachine machine;
    private final Hart hart;
    private int vmid = 1;
    private int asid = 1;

    TwoStageMatrixTest(ModelName model) {
        this.model = model;
        machine = TestMachine.ofHypervisor(model, ModelOptions.DEFAULTS);
        hart = machine.hart(0);
    }

    static List<ModelName> models() {
        return ModelName.ofHypervisors();
    }

    /// How an access is made: by the guest itself, or for it by its hypervisor or machine mode.
    private enum Way { GUEST, ACCESS_INSTRUCTION, AS_FETCH, MODIFIED_PRIVILEGE }

    /// How a change is made certain.
    private enum Fence { GUEST_ALL, GUEST_ADDRESS, HYPERVISOR_ALL, HYPERVISOR_ADDRESS, SECOND_VMID, SECOND_ALL, NEW_VMID, NEW_ASID,
        REMOTE, SECOND_ADDRESS, SECOND_ADDRESS_VMID, REMOTE_SECOND }

    private static final List<Fence> FENCES_OF_SECOND = List.of(Fence.SECOND_VMID, Fence.SECOND_ALL, Fence.NEW_VMID, Fence.SECOND_ADDRESS,
            Fence.SECOND_ADDRESS_VMID, Fence.REMOTE_SECOND);
    private static final List<Fence> FENCES_OF_FIRST = List.of(Fence.GUEST_ALL, Fence.GUEST_ADDRESS, Fence.HYPERVISOR_ALL,
            Fence.HYPERVISOR_ADDRESS, Fence.SECOND_VMID, Fence.SECOND_ALL, Fence.NEW_VMID, Fence.NEW_ASID, Fence.REMOTE);

    private record Mode(Way way, boolean user, boolean sum, boolean mxr, boolean outerMxr, boolean adueOfGuest, boolean adue) {
    }

    private void write(String csr, long value) {
        hart.csrs.write(hart.csrs.number(csr), value);
    }

    private long read(String csr) {
        return hart.csrs.read(hart.csrs.number(csr));
    }

    private void machineMode() {
        if (hart.virtual) {
            hart.takeTrap(3, 0);
        }
        hart.privilege = Hart.MACHINE;
        write("mstatus", 0);
    }

    private void guestMode(boolean user, boolean outerMxr) {
        write("mstatus", MPV | (user ? 0 : 1 << 11) | (outerMxr ? MXR : 0));
        hart.machineReturn(0);
        assertTrue(hart.virtual);
    }

    /// Stores as a device does, of which models that protect tables are told.
    private void store(long address, long value) {
        machine.memory().store(address, 8, value);
        machine.monitor(0).written(address, 8);
    }

    /// Maps the first stage's tables, which are the pages from [#FIRST] on, at [#TABLES], and the page at [#GPA].
    private void map(long firstLeaf, int firstLevel, long secondLeaf, int secondLevel) {
        long end = FIRST + 3 * 4096;
        for (long word = SECOND_ROOT; word < end; word += 8) {
            machine.memory().store(word, 8, 0);
        }
        machine.monitor(0).written(SECOND_ROOT, end - SECOND_ROOT);
        pointer(SECOND_ROOT, TABLES >>> 30, TestMachine.page(11));
        pointer(TestMachine.page(11), 0, SECOND_OF_TABLES);
        for (int i = 0; i < 3; i++) {
            store(SECOND_OF_TABLES + 8 * i, FIRST + 4096 * i >>> 2 | FULL | USER);
        }
        level(SECOND_ROOT, SECOND_MIDDLE, SECOND_LOW, GPA, secondLeaf, secondLevel, 2047);
        store(FIRST + 8 * TranslationMode.index(GVA, 2), firstLevel == 2 ? firstLeaf : TABLES + 4096 >>> 2 | 1);
        store(FIRST + 4096 + 8 * TranslationMode.index(GVA, 1), firstLevel == 1 ? firstLeaf : TABLES + 8192 >>> 2 | 1);
        store(FIRST + 8192 + 8 * TranslationMode.index(GVA, 0), firstLeaf);
    }

    private void pointer(long table, long index, long to) {
        store(table + 8 * index, to >>> 2 | 1);
    }

    private void level(long root, long middle, long low, long gpa, long leaf, int level, int mask) {
        long top = root + 8 * (gpa >>> 30 & mask);
        store(top, level == 2 ? leaf : middle >>> 2 | 1);
        store(middle + 8 * TranslationMode.index(gpa, 1), level == 1 ? leaf : low >>> 2 | 1);
        store(low + 8 * TranslationMode.index(gpa, 0), leaf);
    }

    private void roots() {
        write("vsatp", TranslationMode.satp(TranslationMode.SV39, asid, TABLES));
        write("hgatp", TranslationMode.satp(TranslationMode.SV39, vmid, SECOND_ROOT));
    }

    /// @return the address that it went to, or the complement of the exception code
    private long access(Mode mode, AccessType access) {
        machineMode();
        write("menvcfg", ADUE);
        write("henvcfg", mode.adueOfGuest ? ADUE : 0);
        write("menvcfg", mode.adue ? ADUE : 0);
        boolean guestUpdates = mode.adueOfGuest && mode.adue;
        assertEquals(guestUpdates, hart.hypervisor.firstStage.updatesAccessedDirty());
        write("vsstatus", (mode.sum ? SUM : 0) | (mode.mxr ? MXR : 0));
        write("hstatus", mode.user ? 0 : SPVP);
        switch (mode.way) {
            case GUEST -> guestMode(mode.user, mode.outerMxr);
            case ACCESS_INSTRUCTION, AS_FETCH -> {
                write("mstatus", mode.outerMxr ? MXR : 0);
                hart.hypervisor.beginAccess(mode.way == Way.AS_FETCH);
            }
            default -> write("mstatus", MPRV | MPV | (mode.user ? 0 : 1 << 11) | (mode.outerMxr ? MXR : 0));
        }
        long result;
        if (access == AccessType.FETCH) {
            var page = machine.monitor(0).fetch(GVA);
            result = page == null ? 0 : page.gpa() + (GVA & 4095);
        } else {
            if (access == AccessType.STORE) {
                machine.monitor(0).store(GVA, 8, 0x1234);
            } else {
                machine.monitor(0).load(GVA, 8);
            }
            result = machine.tlb(0).guestPage(GVA) & -4096 | GVA & 4095;
        }
        if (hart.trapPending()) {
            if (mode.way == Way.ACCESS_INSTRUCTION || mode.way == Way.AS_FETCH) {
                hart.hypervisor.endAccess();
            }
            hart.takePendingTrap();
            assertEquals(GVA, read("mtval"));
            assertEquals(1, read("mstatus") >>> 38 & 1, "GVA");
            return ~read("mcause");
        }
        if (mode.way == Way.ACCESS_INSTRUCTION || mode.way == Way.AS_FETCH) {
            hart.hypervisor.endAccess();
        }
        machineMode();
        return result;
    }

    private void fence(Fence how) {
        machineMode();
        switch (how) {
            case GUEST_ALL, GUEST_ADDRESS -> {
                guestMode(false, false);
                hart.supervisorFence(GVA, how == Fence.GUEST_ADDRESS, 0, false, 0);
                machineMode();
            }
            case HYPERVISOR_ALL -> hart.guestFence(0, false, asid, true, 0);
            case HYPERVISOR_ADDRESS -> hart.guestFence(GVA, true, asid, true, 0);
            case SECOND_VMID -> hart.secondStageFence(0, false, vmid, true, 0);
            case SECOND_ADDRESS -> hart.secondStageFence(GPA & -4096, true, 0, false, 0);
            case SECOND_ADDRESS_VMID -> hart.secondStageFence(GPA, true, vmid, true, 0);
            case REMOTE_SECOND -> machine.monitor(0).remoteSecondStageFenced(GPA & -4096, 4096, vmid);
            case SECOND_ALL -> hart.secondStageFence(0, false, 0, false, 0);
            case NEW_VMID -> vmid = vmid % 0x3fff + 1;
            case NEW_ASID -> asid = asid % 0xffff + 1;
            case REMOTE -> machine.monitor(0).remoteGuestFenced(GVA & -4096, 4096, asid, true, vmid);
        }
        roots();
    }

    // ---- what the specification says

    private static boolean permits(long entry, int level, Mode mode, AccessType access, boolean second, boolean updates) {
        boolean r = (entry & 2) != 0;
        boolean w = (entry & 4) != 0;
        boolean x = (entry & 8) != 0;
        boolean u = (entry & 16) != 0;
        if ((entry & 1) == 0 || w && !r || !r && !x) {
            return false; // pointers lead to tables without entries
        }
        if ((entry >>> 10 & (1L << 9 * level) - 1) != 0) {
            return false;
        }
        boolean user = second || mode.user;
        if (user ? !u : u && (access == AccessType.FETCH || !mode.sum)) {
            return false;
        }
        boolean mxr = mode.outerMxr || mode.mxr && !second;
        boolean kind = switch (access) {
            case FETCH -> x;
            case LOAD -> mode.way == Way.AS_FETCH ? x : r || x && mxr;
            case STORE -> w;
        };
        long wanted = access == AccessType.STORE ? 0xc0 : 0x40;
        return kind && (updates || (entry & wanted) == wanted);
    }

    private static long expected(long entry, int level, boolean second, Mode mode, AccessType access) {
        boolean updates = second ? mode.adue : mode.adue && mode.adueOfGuest;
        if (!second && level > 0 && (entry & 0xff & ~0x20) == 1) {
            return ~access.guestPageFault(); // a pointer, to where no table can be
        }
        if (!permits(entry, level, mode, access, second, updates)) {
            return ~(second ? access.guestPageFault() : access.pageFault());
        }
        return AFTER + (GVA & 4095);
    }

    private void check(long entry, int level, boolean second, Mode mode, AccessType access, Fence how) {
        long good = FULL | (mode.user ? USER : 0);
        String what = "%s %s of level %d, entry %x, %s %s".formatted(mode, second ? "second" : "first", level, entry, access, how);
        roots();
        long leaf = second ? 0 : level == 2 ? GPA & -(1L << 30) : level == 1 ? GPA & -(1L << 21) : GPA;
        long gpa = leaf + (GVA & (1L << 12 + 9 * level) - 1) & -4096;
        // Lets the TLB hold what is about to change, and the second stage have both pages if it is the first that changes.
        if (second) {
            map(GPA >>> 2 | good, 0, BEFORE >>> 2 | FULL | USER, 0);
        } else {
            map(GPA_BEFORE >>> 2 | good, 0, 0, 0);
            mapBoth(gpa);
        }
        hart.secondStageFence(0, false, 0, false, 0);
        Mode before = new Mode(mode.way, mode.user, false, false, false, true, true);
        assertEquals(BEFORE + (GVA & 4095), access(before, access), what);
        if (second) {
            map(GPA >>> 2 | good, 0, entry, level);
        } else {
            // The address is other low bits of a large page; what it leads to is mapped by a page of its own.
            map(entry | leaf >>> 2, level, 0, 0);
            mapBoth(gpa);
        }
        fence(how);
        long wanted = expected(entry, level, second, mode, access);
        assertEquals(wanted, access(mode, access), what);
        if (wanted < 0 && second) {
            assertEquals(GPA + (GVA & 4095) >>> 2, read("mtval2"), what);
            assertEquals(0, read("mtinst"), what);
        }
        assertEquals(wanted, access(mode, access), () -> what + " once held");
    }

    private void mapBoth(long gpa) {
        level(SECOND_ROOT, SECOND_MIDDLE, SECOND_LOW, GPA_BEFORE, BEFORE >>> 2 | FULL | USER, 0, 2047);
        level(SECOND_ROOT, SECOND_MIDDLE, SECOND_LOW, gpa, AFTER >>> 2 | FULL | USER, 0, 2047);
    }

    private static Mode mode(int bits, Way way) {
        return new Mode(way, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0,
                (bits & 32) != 0);
    }

    @Test
    void everyEntryOfEitherStageMeansWhatTheSpecificationSays() {
        var random = new Random(16);
        int turn = 0;
        for (int second = 0; second < 2; second++) {
            for (int bits = 0; bits < 256; bits++) {
                for (Way way : Way.values()) {
                    for (AccessType access : AccessType.values()) {
                        if (access == AccessType.FETCH && way != Way.GUEST || access == AccessType.STORE && way == Way.AS_FETCH) {
                            continue;
                        }
                        for (int i = 0; i < ((bits & 1) == 0 ? 1 : 8); i++) {
                            // An address of the second stage, and all fences, reach every level; one of the first stage is named.
                            List<Fence> fences = second == 1 ? FENCES_OF_SECOND : FENCES_OF_FIRST;
                            Fence how = fences.get(turn++ % fences.size());
                            int level = random.nextInt(2);
                            if (level > 0 && (how == Fence.GUEST_ADDRESS || how == Fence.HYPERVISOR_ADDRESS || how == Fence.REMOTE)) {
                                how = Fence.HYPERVISOR_ALL; // the entry was a pointer
                            }
                            Mode mode = mode(random.nextInt(64), way);
                            if (second == 1 && level == 1) {
                                checkLargeSecond(bits, mode, access, how);
                            } else {
                                check(bits | (second == 1 ? AFTER >>> 2 : 0), level, second == 1, mode, access, how);
                            }
                        }
                    }
                }
            }
        }
    }

    /// For a large page of the second stage the offset in it is that of the guest-physical address.
    private void checkLargeSecond(int bits, Mode mode, AccessType access, Fence how) {
        long target = AFTER >>> 2 | bits;
        roots();
        map(GPA >>> 2 | FULL | (mode.user ? USER : 0), 0, target, 1);
        fence(how);
        long wanted = expected(target, 1, true, mode, access);
        long there = wanted < 0 ? wanted : AFTER + (GPA & (1 << 21) - 1) + (GVA & 4095);
        assertEquals(there, access(mode, access), () -> mode + " large " + Long.toHexString(target) + access);
    }

    // ---- tables of the first stage that the second one does not map

    @Test
    void faultsOfTheSecondStageForTablesTellTheTablesAddress() {
        Mode mode = new Mode(Way.GUEST, false, false, false, false, true, true);
        for (AccessType access : AccessType.values()) {
            for (int table = 0; table < 3; table++) {
                roots();
                map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL | USER, 0);
                store(SECOND_OF_TABLES + 8 * table, 0);
                fence(Fence.SECOND_ALL);
                assertEquals(~access.guestPageFault(), access(mode, access));
                long entry = TABLES + 4096 * table + 8 * TranslationMode.index(GVA, 2 - table);
                assertEquals(entry >>> 2, read("mtval2"));
                assertEquals(0x3000, read("mtinst"));
            }
            // Execution or MXR does not help to read a table.
            map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL | USER, 0);
            store(SECOND_OF_TABLES, FIRST >>> 2 | 0xd9);
            fence(Fence.SECOND_ALL);
            assertEquals(~access.guestPageFault(), access(new Mode(Way.GUEST, false, true, true, true, true, true), access));
            // A and D of the entry cannot be set where the second stage does not permit a store.
            map(GPA >>> 2 | 0x0f, 0, AFTER >>> 2 | FULL | USER, 0);
            store(SECOND_OF_TABLES + 16, FIRST + 8192 >>> 2 | 0xd3);
            fence(Fence.SECOND_ALL);
            assertEquals(~access.guestPageFault(), access(mode, access));
            assertEquals(TABLES + 8192 + 8 * TranslationMode.index(GVA, 0) >>> 2, read("mtval2"));
            assertEquals(0x3020, read("mtinst"));
            // Outside of RAM there is nothing to read.
            map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL | USER, 0);
            store(SECOND_OF_TABLES + 8, 0x1000_0000L >>> 2 | FULL | USER);
            fence(Fence.SECOND_ALL);
            assertEquals(~access.accessFault(), access(mode, access));
        }
    }

    @Test
    void hardwareSetsAccessedAndDirtyInBothStages() {
        Mode mode = new Mode(Way.GUEST, false, false, false, false, true, true);
        for (AccessType access : AccessType.values()) {
            roots();
            map(GPA >>> 2 | 0x0f, 0, AFTER >>> 2 | 0x1f, 0);
            store(SECOND_OF_TABLES + 16, FIRST + 8192 >>> 2 | 0x1f);
            fence(Fence.SECOND_ALL);
            assertEquals(AFTER + (GVA & 4095), access(mode, access));
            long touched = access == AccessType.STORE ? 0xc0 : 0x40;
            assertEquals(GPA >>> 2 | 0x0f | touched, machine.memory().load(FIRST + 8192 + 8 * TranslationMode.index(GVA, 0), 8));
            assertEquals(AFTER >>> 2 | 0x1f | touched, machine.memory().load(SECOND_LOW + 8 * TranslationMode.index(GPA, 0), 8));
            assertEquals(FIRST + 8192 >>> 2 | 0xdf, machine.memory().load(SECOND_OF_TABLES + 16, 8), "a table that was written");
        }
    }

    @Test
    void stagesThatAreOffTranslateNothing() {
        Mode mode = new Mode(Way.GUEST, false, false, false, false, true, true);
        // The first is off: the address is guest-physical, and one too wide for the second is a fault of it.
        map(0, 0, AFTER >>> 2 | FULL | USER, 0);
        write("vsatp", 0);
        write("hgatp", TranslationMode.satp(TranslationMode.SV39, 7, SECOND_ROOT));
        guestMode(false, false);
        machine.monitor(0).load(GPA + 8, 8);
        assertEquals(AFTER, machine.tlb(0).guestPage(GPA) & -4096);
        for (long wide : new long[] {1L << 41 | GPA, -4096}) {
            machine.monitor(0).load(wide, 8);
            hart.takePendingTrap();
            assertEquals(21, read("mcause"));
            assertEquals(wide >>> 2, read("mtval2"));
            machineMode();
            guestMode(true, false);
        }
        // The second is off: the first gives the address.
        machineMode();
        write("hgatp", 0);
        store(FIRST + 8 * TranslationMode.index(GVA, 2), FIRST + 4096 >>> 2 | 1);
        store(FIRST + 4096 + 8 * TranslationMode.index(GVA, 1), FIRST + 8192 >>> 2 | 1);
        store(FIRST + 8192 + 8 * TranslationMode.index(GVA, 0), BEFORE >>> 2 | FULL);
        write("vsatp", TranslationMode.satp(TranslationMode.SV39, 0, FIRST));
        assertEquals(BEFORE + (GVA & 4095), access(mode, AccessType.LOAD));
        // Both are off.
        write("vsatp", 0);
        guestMode(true, false);
        machine.monitor(0).store(BEFORE, 8, 0x55);
        assertEquals(0x55, machine.memory().load(BEFORE, 8));
        machine.monitor(0).load(0x100, 8);
        hart.takePendingTrap();
        assertEquals(5, read("mcause"));
    }

    @Test
    void guestsOfOtherIdentifiersKeepTheirTranslations() {
        // Two guests whose second stages differ: what one holds is never what the other finds.
        Mode mode = new Mode(Way.GUEST, false, false, false, false, true, true);
        roots();
        map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL | USER, 0);
        hart.secondStageFence(0, false, 0, false, 0);
        assertEquals(AFTER + (GVA & 4095), access(mode, AccessType.LOAD));
        long misses = machine.statistics().guests.walks;
        store(SECOND_LOW + 8 * TranslationMode.index(GPA, 0), BEFORE >>> 2 | FULL | USER);
        vmid++;
        roots();
        assertEquals(BEFORE + (GVA & 4095), access(mode, AccessType.LOAD));
        vmid--;
        roots();
        assertEquals(AFTER + (GVA & 4095), access(mode, AccessType.LOAD), "without a fence it is still held");
        assertEquals(misses + 1, machine.statistics().guests.walks);
        hart.secondStageFence(0, false, vmid + 1, true, 0);
        assertEquals(AFTER + (GVA & 4095), access(mode, AccessType.LOAD), "the other guest's fence leaves it");
        hart.supervisorFence(0, false, 0, false, 0);
        assertEquals(AFTER + (GVA & 4095), access(mode, AccessType.LOAD), "and so does the hypervisor's own");
        hart.secondStageFence(0, false, vmid, true, 0);
        assertEquals(BEFORE + (GVA & 4095), access(mode, AccessType.LOAD));
    }

    /// Loads at a guest-virtual address in VS mode.
    ///
    /// @return whether the TLB had to be filled
    private boolean misses(long gva) {
        long before = machine.statistics().guests.walks;
        machineMode();
        guestMode(false, false);
        machine.monitor(0).load(gva, 8);
        assertFalse(hart.trapPending());
        return machine.statistics().guests.walks > before;
    }

    @Test
    void fencesOfTheSecondStageWithAnAddressLeaveOtherPages() {
        // Two pages of the guest on two pages of its second stage.
        long other = GVA + 4096;
        roots();
        map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL | USER, 0);
        store(FIRST + 8192 + 8 * TranslationMode.index(other, 0), GPA + 4096 >>> 2 | FULL);
        store(SECOND_LOW + 8 * TranslationMode.index(GPA + 4096, 0), BEFORE >>> 2 | FULL | USER);
        hart.secondStageFence(0, false, 0, false, 0);
        assertTrue(misses(GVA) & misses(other));
        assertFalse(misses(GVA) | misses(other));
        for (Fence fence : List.of(Fence.SECOND_ADDRESS, Fence.SECOND_ADDRESS_VMID, Fence.REMOTE_SECOND)) {
            fence(fence);
            assertFalse(misses(other), fence.toString());
            assertTrue(misses(GVA), fence.toString());
            assertFalse(misses(GVA), fence.toString());
        }
        machineMode();
        hart.secondStageFence(GPA, true, vmid + 1, true, 0);
        assertFalse(misses(GVA) | misses(other), "of another guest");
        machineMode();
        hart.secondStageFence(GVA, true, 0, false, 0);
        assertFalse(misses(GVA) | misses(other), "another address");
    }

    @Test
    void fencesOfTheSecondStageWithAnAddressCoverAllOfALargePage() {
        roots();
        map(GPA >>> 2 | FULL, 0, BEFORE >>> 2 | FULL | USER, 1);
        hart.secondStageFence(0, false, 0, false, 0);
        assertTrue(misses(GVA));
        machineMode();
        hart.secondStageFence((GPA & -(1 << 21)) + (1 << 21), true, 0, false, 0);
        assertFalse(misses(GVA), "the next page");
        machineMode();
        hart.secondStageFence(GPA & -(1 << 21), true, 0, false, 0);
        assertTrue(misses(GVA), "another address in it");
    }

    /// The exits, or fast-path entries, of all that an action does.
    private String counted(Runnable action) {
        ExitStatistics before = machine.statistics().copy();
        action.run();
        ExitStatistics counts = machine.statistics().since(before);
        var text = new StringJoiner(" ");
        for (ExitCause cause : ExitCause.values()) {
            if (counts.exits(cause) != 0) {
                text.add(counts.exits(cause) + " " + cause);
            }
        }
        for (FastPathEntry entry : FastPathEntry.values()) {
            if (counts.fastPathEntries(entry) != 0) {
                text.add(counts.fastPathEntries(entry) + " fast " + entry);
            }
        }
        return text.toString().toLowerCase(Locale.ROOT);
    }

    private void expect(String hap, String tsp, String ssp, Runnable action) {
        String wanted = switch (model) {
            case HAP -> hap;
            case TSP -> tsp;
            case SSP -> ssp;
            default -> "";
        };
        assertEquals(wanted, counted(action), model.toString());
    }

    private void inGuest(Runnable action) {
        machineMode();
        guestMode(false, false);
        action.run();
        if (hart.trapPending()) {
            hart.takePendingTrap();
        }
        machineMode();
    }

    private void load() {
        inGuest(() -> machine.monitor(0).load(GVA, 8));
    }

    /// The table of docs/hypervisor.md.
    @Test
    void eventsOfTheSecondStageCostWhatTheDocumentSays() {
        map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL & ~0x80 | USER, 0);
        write("menvcfg", ADUE);
        write("vsatp", TranslationMode.satp(TranslationMode.SV39, 1, TABLES));
        long root = TranslationMode.satp(TranslationMode.SV39, 1, SECOND_ROOT);
        expect("1 satp_miss", "1 satp_miss", "1 satp_miss 1 fast satp_miss", () -> write("hgatp", root));
        expect("1 satp_miss", "1 satp_miss", "1 fast satp_hit", () -> write("hgatp", root));
        // Three tables of the first stage, and the page.
        expect("4 shadow_miss_fill", "4 shadow_miss_fill", "4 shadow_miss_fill", this::load);
        expect("", "", "", this::load);
        expect("1 ad_update", "1 ad_update", "1 ad_update", () -> inGuest(() -> machine.monitor(0).store(GVA, 8, 1)));
        expect("", "", "", () -> inGuest(() -> hart.supervisorFence(GVA, true, 0, false, 0)));
        expect("", "", "", this::load);
        expect("1 fence_escalated", "1 fence_escalated", "1 fast fence_va", () -> hart.guestFence(GVA, true, 0, false, 0));
        expect("1 fence_escalated", "1 fence_escalated", "1 fast fence_all", () -> hart.guestFence(0, false, 0, false, 0));
        expect("", "", "", this::load);
        expect("1 fence_escalated", "1 fence_escalated", "1 fast fence_va", () -> hart.secondStageFence(GPA, true, 1, true, 0));
        expect("1 shadow_miss_fill", "", "", this::load);
        expect("1 fence_escalated", "1 fence_escalated", "1 fast fence_asid", () -> hart.secondStageFence(0, false, 1, true, 0));
        expect("4 shadow_miss_fill", "", "4 fast resync", this::load);
        expect("1 fence_escalated", "1 fence_escalated", "1 fast fence_all", () -> hart.secondStageFence(0, false, 0, false, 0));
        expect("4 shadow_miss_fill", "", "4 fast resync", this::load);
        expect("", "", "1 fast rfence", () -> machine.monitor(0).remoteSecondStageFenced(0, 0, 2));
        expect("", "", "1 fast rfence", () -> machine.monitor(0).remoteGuestFenced(GVA, 4096, 0, false, 1));
        expect("", "", "", this::load);
        // The hypervisor's own store to its table.
        write("satp", 0);
        long entry = SECOND_LOW + 8 * TranslationMode.index(GPA, 0);
        machine.storeBare(0, entry + 8, 8, 0);
        expect("", "1 pt_write_leaf", "", () -> machine.storeBare(0, entry, 8, 0));
        machine.storeBare(0, SECOND_ROOT, 8, 0);
        expect("", "1 pt_write_nonleaf", "", () -> machine.storeBare(0, SECOND_ROOT, 8, 0));
        hart.secondStageFence(GPA, true, 0, false, 0);
        expect("1 guest_fault_reflect", "1 guest_fault_reflect", "1 guest_fault_reflect", this::load);
        assertEquals(21, read("mcause"));
        store(FIRST + 8192 + 8 * TranslationMode.index(GVA, 0), 0);
        expect("", "", "", this::load);
        assertEquals(13, read("mcause"));
    }

    @Test
    void referencesAreCountedByStage() {
        Mode mode = new Mode(Way.GUEST, false, false, false, false, true, true);
        roots();
        map(GPA >>> 2 | FULL, 0, AFTER >>> 2 | FULL | USER, 0);
        hart.secondStageFence(0, false, 0, false, 0);
        access(mode, AccessType.LOAD);
        hart.guestFence(0, false, 0, false, 0);
        var before = machine.statistics().copy();
        access(mode, AccessType.LOAD);
        var counted = machine.statistics().since(before);
        assertEquals(1, counted.guests.walks);
        assertEquals(3, counted.guests.firstStageReferences);
        assertEquals(12, counted.guests.secondStageReferences, "three for each table and for the page");
        assertEquals(model == ModelName.NATIVE ? 15 : 3, counted.walk.guest, "the second stage's are the shadow's");
        assertEquals(model == ModelName.NATIVE ? 0 : 12, counted.walk.host);
        assertEquals(1, counted.tlbMisses);
        assertEquals(0, counted.memoryVirtualisationExits());
    }
}
