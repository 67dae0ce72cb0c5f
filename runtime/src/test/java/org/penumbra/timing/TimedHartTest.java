// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.exits.Cycles;
import org.penumbra.exits.ExitCause;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Settings;
import org.penumbra.options.TimingParameters;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.TestMachine;

/// What the timing model charges, against numbers worked out by hand and against [PlainSimulator].
final class TimedHartTest {
    private static final int SATP = 0x180;
    /// V, R, W, A and D; and G.
    private static final long DATA = 0xc7;
    private static final long GLOBAL = 0x20;
    private static final long POINTER = 1;

    private static final String NO_WALK_CACHES = "pwc.guest.entries=0,pwc.second.entries=0,pwc.shadow.entries=0,"
            + "ntlb.entries=0";

    private static TestMachine machine(String model, ModelOptions options, String parameters) {
        return new TestMachine(model, options, TimingParameters.preset("virtuoso").with(parameters));
    }

    private static void put(TestMachine machine, int table, long index, int target, long flags) {
        machine.storeBare(0, TestMachine.page(table) + 8 * index, 8, TestMachine.page(target) >>> 12 << 10 | flags);
    }

    /// Maps pages from 0x40000000 on to guest pages from 512 on, by tables in pages 1 (the root) and on.
    private static void map(TestMachine machine, int levels, int pages) {
        long gva = 0x4000_0000L;
        for (int level = levels - 1; level > 0; level--) {
            put(machine, levels - level, TranslationMode.index(gva, level), levels - level + 1, POINTER);
        }
        for (int i = 0; i < pages; i++) {
            put(machine, levels, i, 512 + i, DATA);
        }
    }

    private static void enter(TestMachine machine, int mode) {
        machine.hart(0).csrs.write(SATP, TranslationMode.satp(mode, 1, TestMachine.page(1)));
        machine.setPrivilege(0, Hart.SUPERVISOR);
    }

    private static long walkReferences(Cycles cycles) {
        long sum = 0;
        for (int stage = 0; stage < HardwareWalk.STAGES; stage++) {
            for (int level = 0; level < TranslationMode.MAXIMUM_LEVELS; level++) {
                sum += cycles.walkReferences(stage, level);
            }
        }
        return sum;
    }

    private static void touch(TestMachine machine, long gva) {
        assertTrue(machine.access(0, AccessType.LOAD, gva, 0) > 0);
    }

    /// (m+1)(n+1)-1 references for m levels of the guest and n of the second stage; one dimension has m. Large host pages
    /// save the second stage's last level: 3 levels over 2 give 11.
    @ParameterizedTest
    @CsvSource({
        "native, 3, sv39x4, 4k, 3", "ssp, 3, sv39x4, 4k, 3", "tsp, 3, sv39x4, 4k, 3", "hap, 3, sv39x4, 4k, 15",
        "native, 4, sv39x4, 4k, 4", "ssp, 4, sv39x4, 4k, 4", "hap, 4, sv48x4, 4k, 24", "hap, 5, sv48x4, 4k, 29",
        "hap, 3, sv39x4, 2m, 11", "hap, 4, sv39x4, 4k, 19"})
    void aWalkWithoutWalkCachesTakesAllReferences(String model, int levels, String second, String pages, int expected) {
        ModelOptions options = ModelOptions.DEFAULTS.withSecondStageLevels(Settings.SECOND_STAGE.parse(second))
                .withHostPages(Settings.HOST_PAGES.parse(pages));
        TestMachine machine = machine(model, options, NO_WALK_CACHES);
        map(machine, levels, 8);
        enter(machine, TranslationMode.SV39 + levels - 3);
        for (int i = 0; i < 8; i++) {
            touch(machine, 0x4000_0000L + 4096 * i);
        }
        // All tables are filled and all exits done: what is left is hardware's.
        machine.fence(0, 0, false, 0, false);
        for (int i = 0; i < 8; i++) {
            touch(machine, 0x4000_0000L + 4096 * i);
        }
        // Under ssp a fence hides what was read before, and the walk that finds that out is one more.
        machine.fence(0, 0x4000_0000L, true, 0, false);
        touch(machine, 0x4000_0000L);
        Cycles before = machine.cycles();
        machine.fence(0, 0x4000_0000L, true, 0, false);
        touch(machine, 0x4000_0000L);
        Cycles one = machine.cycles().since(before);
        assertEquals(1, one.walks);
        assertEquals(expected, walkReferences(one));
        assertEquals(0, one.exits() - one.exits(ExitCause.FENCE_ESCALATED));
    }

    /// Three pages are touched in turn, twice, with a first TLB of two entries: by hand, under LRU all six miss it, and
    /// with a second TLB three walks remain. The tables are 3 lines: the root, the next and the last, which holds all
    /// three leaves. So the first walk waits for DRAM three times (156 cycles each), the second, whose pointers are held,
    /// reads one leaf in the first cache (4), as the third does.
    @Test
    void aTraceByHand() {
        TestMachine machine = machine("native", ModelOptions.DEFAULTS, "dtlb.4k.entries=2,dtlb.4k.ways=2,"
                + "pwc.latency=1,l1d.latency=4,dram.latency=156");
        map(machine, 3, 3);
        enter(machine, TranslationMode.SV39);
        Cycles before = machine.cycles();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 3; i++) {
                touch(machine, 0x4000_0000L + 4096 * i + 8 * round);
            }
        }
        Cycles cycles = machine.cycles().since(before);
        // The tables were written just before, untranslated, by stores through the same caches: they are in the first.
        assertEquals(6, cycles.dataTlbMisses);
        assertEquals(3, cycles.tlbMisses);
        assertEquals(3, cycles.walks);
        assertEquals(6 * 12, cycles.tlb);
        assertEquals(1, cycles.walkReferences(HardwareWalk.GUEST, 2));
        assertEquals(1, cycles.walkReferences(HardwareWalk.GUEST, 1));
        assertEquals(3, cycles.walkReferences(HardwareWalk.GUEST, 0));
        assertEquals(5 * 4 + 3, cycles.walkCycles());
        assertEquals(4 + 4 + 4 + 1, cycles.walkLatencies().quantile(1));
        assertEquals(4 + 1, cycles.walkLatencies().quantile(0.5));
        // Three lines of data from DRAM, then all in the first cache.
        assertEquals(3 * (156 - 4), cycles.dataStalls);
        assertEquals(3, cycles.served(Cycles.DATA, Caches.MEMORY));
        assertEquals(3, cycles.served(Cycles.DATA, Caches.FIRST));
    }

    /// A store to a page whose entry is clean walks again; one to a page that an entry holds dirty does not.
    @Test
    void theFirstStoreToACleanPageWalksAgain() {
        TestMachine machine = machine("native", ModelOptions.DEFAULTS, "");
        map(machine, 3, 1);
        put(machine, 3, 0, 512, DATA & ~0x80);
        enter(machine, TranslationMode.SV39);
        touch(machine, 0x4000_0000L);
        assertEquals(1, machine.cycles().walks);
        machine.access(0, AccessType.STORE, 0x4000_0000L, 5);
        assertEquals(2, machine.cycles().walks);
        machine.access(0, AccessType.STORE, 0x4000_0008L, 5);
        touch(machine, 0x4000_0010L);
        assertEquals(2, machine.cycles().walks);
        assertEquals(1, machine.cycles().dataTlbMisses);
    }

    @Test
    void exitsCostWhatTheParametersSay() {
        String costs = "exit.cycles=1000,exit.instructions=64,exit.references=16,fast.cycles=100,fast.instructions=16,"
                + "fast.references=8,core.cpi=1,table.instructions=0,l1d.latency=4,dram.latency=156";
        TestMachine machine = machine("tsp", ModelOptions.DEFAULTS, costs);
        map(machine, 3, 1);
        machine.hart(0).csrs.write(SATP, TranslationMode.satp(TranslationMode.SV39, 1, TestMachine.page(1)));
        Cycles before = machine.cycles();
        machine.fence(0, 0, false, 0, false);
        Cycles first = machine.cycles().since(before);
        // 64 instructions are four lines of code, 16 words two lines of data; the words were saved by the exit of satp,
        // the code of this cause is fetched for the first time.
        assertEquals(1000 + 64 + 4 * (156 - 4), first.exits(ExitCause.FENCE_ESCALATED));
        before = machine.cycles();
        machine.fence(0, 0, false, 0, false);
        assertEquals(1000 + 64, machine.cycles().since(before).exits(ExitCause.FENCE_ESCALATED));
    }

    @Test
    void withoutVmidsAnExitDropsEverything() {
        for (int tags = 0; tags < 2; tags++) {
            TestMachine machine = machine("tsp", ModelOptions.DEFAULTS, "tags.vmid=" + tags);
            map(machine, 3, 4);
            enter(machine, TranslationMode.SV39);
            touch(machine, 0x4000_0000L);
            touch(machine, 0x4000_1000L);
            Cycles before = machine.cycles();
            touch(machine, 0x4000_0000L);
            assertEquals(tags == 0 ? 1 : 0, machine.cycles().since(before).walks, "tags.vmid=" + tags);
        }
    }

    /// Random loads and stores in two address spaces with global and large pages, fences of all forms and changed entries.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aSimulatorThatSharesNoCodeChargesTheSame(long seed) {
        TestMachine machine = machine("native", ModelOptions.DEFAULTS, PlainSimulator.PARAMETERS);
        var random = new SplittableRandom(seed);
        int[] shared = random.ints(100, 0, 400).toArray();
        // Two roots in pages 1 and 2, each with tables of its own in 3, 4 and 5, 6; 100 small pages, one large.
        for (int space = 0; space < 2; space++) {
            put(machine, 1 + space, 1, 3 + 2 * space, POINTER);
            put(machine, 3 + 2 * space, 0, 4 + 2 * space, POINTER);
            put(machine, 3 + 2 * space, 1, 1024, DATA | (space == 0 ? 0 : GLOBAL));
            for (int i = 0; i < 100; i++) {
                put(machine, 4 + 2 * space, i, 512 + (i % 7 == 0 ? shared[i] : random.nextInt(400)),
                        DATA | (i % 7 == 0 ? GLOBAL : 0));
            }
        }
        var plain = new PlainSimulator(gpa -> machine.memory().load(gpa, 8), TestMachine.BASE);
        machine.fence(0, 0, false, 0, false);
        long[] satps = {TranslationMode.satp(TranslationMode.SV39, 1, TestMachine.page(1)),
            TranslationMode.satp(TranslationMode.SV39, 2, TestMachine.page(2))};
        warm(machine, plain);
        Cycles before = machine.cycles();
        int space = 0;
        machine.hart(0).csrs.write(SATP, satps[0]);
        machine.setPrivilege(0, Hart.SUPERVISOR);
        for (int i = 0; i < 8000; i++) {
            long gva = random.nextInt(4) == 0 ? 0x4020_0000L + 8 * random.nextInt(1 << 18)
                    : 0x4000_0000L + 4096 * skewed(random, 100) + 8 * random.nextInt(512);
            boolean store = random.nextInt(3) == 0;
            // Tables lie below what is mapped, so that stores do not change them.
            assertTrue(machine.access(0, store ? AccessType.STORE : AccessType.LOAD, gva, 1) > 0);
            plain.access(satps[space], gva);
            switch (random.nextInt(400)) {
                case 0 -> {
                    machine.fence(0, 0, false, 0, false);
                    plain.fenceAll();
                }
                case 1 -> {
                    machine.fence(0, 0, false, 2, true);
                    plain.fenceAsid(2);
                }
                case 2, 3 -> {
                    machine.fence(0, gva, true, 0, false);
                    plain.fenceAddress(gva & -4096, 0, false);
                }
                case 4 -> {
                    machine.fence(0, gva, true, 1, true);
                    plain.fenceAddress(gva & -4096, 1, true);
                }
                case 5, 6, 7 -> {
                    space = 1 - space;
                    machine.hart(0).csrs.write(SATP, satps[space]);
                }
                default -> { }
            }
            if (i % 20 == 0) {
                check(machine.cycles().since(before), plain, i);
            }
        }
        assertTrue(plain.walks > 500, plain.walks + " walks");
    }

    /// Brings both into one state: all of the caches' contents are replaced.
    private static void warm(TestMachine machine, PlainSimulator plain) {
        // Identity: the page at 0x80200000 onwards by a large page, in an address space that is fenced away.
        long satp = TranslationMode.satp(TranslationMode.SV39, 3, TestMachine.page(8));
        put(machine, 8, 1, 9, POINTER);
        put(machine, 9, 1, 1536, DATA);
        machine.hart(0).csrs.write(SATP, satp);
        machine.setPrivilege(0, Hart.SUPERVISOR);
        for (int round = 0; round < 3; round++) {
            for (long line = 0; line < 4096; line++) {
                assertTrue(machine.access(0, AccessType.LOAD, 0x4020_0000L + 64 * line, 0) > 0);
                plain.access(satp, 0x4020_0000L + 64 * line);
            }
        }
        machine.fence(0, 0, false, 0, false);
        plain.fenceAll();
        plain.dataStalls = 0;
        plain.tlb = 0;
        plain.walkCaches = 0;
        plain.walks = 0;
        plain.misses = 0;
        java.util.Arrays.fill(plain.walkCycles, 0);
        java.util.Arrays.fill(plain.walkReferences, 0);
    }

    private static int skewed(SplittableRandom random, int bound) {
        return random.nextInt(random.nextInt(bound) + 1);
    }

    private static void check(Cycles cycles, PlainSimulator plain, int access) {
        String where = "access " + access;
        assertEquals(plain.misses, cycles.dataTlbMisses, where);
        assertEquals(plain.walks, cycles.walks, where);
        assertEquals(plain.tlb, cycles.tlb, where);
        for (int level = 0; level < 3; level++) {
            assertEquals(plain.walkReferences[level], cycles.walkReferences(HardwareWalk.GUEST, level), where);
            assertEquals(plain.walkCycles[level], cycles.walkCycles(HardwareWalk.GUEST, level), where);
        }
        assertEquals(plain.walkCaches, cycles.walkCaches, where);
        assertEquals(plain.dataStalls, cycles.dataStalls, where);
    }
}
