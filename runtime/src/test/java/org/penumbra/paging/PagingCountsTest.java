// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.ModelName;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;

/// What each model counts for one operation of a guest, and the memory references of one TLB miss.
class PagingCountsTest {
    private static final long GVA = 0x1234_5000L;
    private static final long DATA = TestMachine.BASE + (4 << 20);
    /// V, R, W, X, A and D.
    private static final long FULL = 0xcf;

    private static long pointer(long table) {
        return table >>> 2 | 1;
    }

    /// A machine in supervisor mode under tables of `levels` levels that map [#GVA] and its neighbours to [#DATA].
    private static TestMachine machine(String model, ModelOptions options, int levels) {
        var machine = new TestMachine(model, options);
        for (int level = levels - 1; level > 0; level--) {
            int table = levels - 1 - level;
            machine.storeBare(0, entryAddress(levels, level), 8, pointer(TestMachine.page(table + 1)));
        }
        for (int i = 0; i < 8; i++) {
            machine.storeBare(0, entryAddress(levels, 0) + i * 8L, 8, DATA + i * 4096L >>> 2 | FULL);
        }
        TestHart.satp(machine.hart(0), satp(levels, 1));
        machine.setPrivilege(0, Hart.SUPERVISOR);
        return machine;
    }

    private static long satp(int levels, int asid) {
        return TranslationMode.satp(levels + 5, asid, TestMachine.page(0));
    }

    private static long entryAddress(int levels, int level) {
        return TestMachine.page(levels - 1 - level) + TranslationMode.index(GVA, level) * 8L;
    }

    /// References of a TLB miss once everything has been touched.
    private static long references(TestMachine machine) {
        load(machine, GVA);
        machine.hart(0).spaces().flush();
        ExitStatistics statistics = machine.statistics();
        long before = statistics.walk.guest + statistics.walk.host;
        load(machine, GVA);
        return statistics.walk.guest + statistics.walk.host - before;
    }

    private static void load(TestMachine machine, long gva) {
        long gpa = machine.access(0, AccessType.LOAD, gva, 0);
        assertTrue(gpa >= 0, "trapped with " + ~gpa);
    }

    /// With a second stage of three levels, which the walk of a shadow table does not pass.
    @EveryModel
    void aMissCostsOneReferenceALevelAndFifteenInTwoDimensions(String model) {
        for (int levels = 3; levels <= 5; levels++) {
            long expected = switch (ModelName.of(model)) {
                case NATIVE, TSP, TSP_UNSYNC, SSP, LSP, ASP, MSP, AGILE, PVM -> levels;
                case HAP -> 4L * levels + 3;
                case FLAT -> 2L * levels + 1;
            };
            assertEquals(expected, references(machine(model, ModelOptions.DEFAULTS, levels)), levels + " levels");
        }
    }

    @Test
    void fourLevelsOverFourCostTwentyFour() {
        assertEquals(24, references(machine("hap", ModelOptions.DEFAULTS.withSecondStageLevels(4), 4)));
    }

    @Test
    void largeHostPagesSaveTheLastLevelOfTheSecondStage() {
        ModelOptions large = ModelOptions.DEFAULTS.withHostPages(Settings.LARGE_PAGES);
        assertEquals(11, references(machine("hap", large, 3)));
        assertEquals(3, references(machine("ssp", large, 3)));
    }

    @Test
    void aLargePageOfTheGuestCostsElevenAndEight() {
        for (long hostPages : new long[] {Settings.SMALL_PAGES, Settings.LARGE_PAGES}) {
            TestMachine machine = machine("hap", ModelOptions.DEFAULTS.withHostPages(hostPages), 3);
            machine.storeBare(0, entryAddress(3, 1), 8, DATA >>> 2 | FULL);
            machine.fence(0, 0, false, 0, false);
            assertEquals(hostPages == Settings.SMALL_PAGES ? 11 : 8, references(machine));
        }
    }

    @Test
    void onlyHardwareThatKnowsLargePagesShadowsThemInOneEntry() {
        for (long hostPages : new long[] {Settings.SMALL_PAGES, Settings.LARGE_PAGES}) {
            TestMachine machine = machine("ssp", ModelOptions.DEFAULTS.withHostPages(hostPages), 3);
            machine.storeBare(0, entryAddress(3, 1), 8, DATA >>> 2 | FULL);
            machine.fence(0, 0, false, 0, false);
            boolean large = hostPages == Settings.LARGE_PAGES;
            assertEquals(large ? 2 : 3, references(machine));
            assertEquals(large ? 0 : 1, machine.statistics().splinteredSuperpages);
        }
    }

    /// Demand zero: a fault, the entry is set, a fence of the address, the return, the access again.
    @EveryModel
    void aDemandFaultCosts(String model) {
        record Exits(long reflected, long writes, long fences, long fills, long returns) {
        }
        Exits expected = switch (ModelName.of(model)) {
            case NATIVE, HAP, ASP, MSP, FLAT -> new Exits(0, 0, 0, 0, 0);
            case AGILE -> new Exits(1, 1, 0, 0, 0);
            case TSP, TSP_UNSYNC -> new Exits(1, 1, 1, 0, 0);
            case PVM -> new Exits(1, 1, 1, 0, 1);
            case SSP -> new Exits(1, 0, 0, 0, 0);
            case LSP -> new Exits(1, 0, 0, 1, 0);
        };
        ExitStatistics statistics = demandFault(machine(model, ModelOptions.DEFAULTS, 3), true);
        assertEquals(expected, new Exits(statistics.exits(ExitCause.GUEST_FAULT_REFLECT),
                statistics.exits(ExitCause.PT_WRITE_LEAF), statistics.exits(ExitCause.FENCE_ESCALATED),
                statistics.exits(ExitCause.SHADOW_MISS_FILL), statistics.exits(ExitCause.FAULT_RETURN)));
        long withoutFences = expected.reflected + expected.writes + expected.fills + expected.returns;
        assertEquals(withoutFences + expected.fences, statistics.memoryVirtualisationExits());
        assertEquals(withoutFences, statistics.exitsWithoutFences());
        assertEquals(EveryModel.Facts.fencesInFastPath(model) ? 1 : 0, statistics.fastPathEntries(FastPathEntry.FENCE_VA));
    }

    /// What the guest's return leads to under `pvm`: nothing where the guest has not repaired the fault, and once only.
    @Test
    void aReturnFillsForTheLastFaultOnly() {
        TestMachine machine = machine("pvm", ModelOptions.DEFAULTS, 3);
        load(machine, GVA);
        long entry = entryAddress(3, 0) + 8;
        machine.storeBare(0, entry, 8, 0);
        machine.fence(0, 0, false, 1, true);
        assertEquals(~13L, machine.access(0, AccessType.LOAD, GVA + 4096, 0));
        machine.monitor(0).returned();
        assertEquals(1, machine.statistics().exits(ExitCause.FAULT_RETURN));
        machine.storeBare(0, entry, 8, DATA + 4096 >>> 2 | FULL);
        machine.monitor(0).returned();
        assertEquals(1, machine.statistics().exits(ExitCause.FAULT_RETURN));
        ExitStatistics before = machine.statistics().copy();
        load(machine, GVA + 4096);
        assertEquals(1, machine.statistics().since(before).exits(ExitCause.SHADOW_MISS_FILL));
    }

    /// A and D belong to accesses that are made: a return sets none, and an entry without A is not filled.
    @Test
    void aReturnLeavesTheGuestsTablesAlone() {
        TestMachine machine = machine("pvm", ModelOptions.DEFAULTS, 3);
        load(machine, GVA);
        long entry = entryAddress(3, 0) + 8;
        machine.storeBare(0, entry, 8, 0);
        machine.fence(0, 0, false, 1, true);
        assertEquals(~15L, machine.access(0, AccessType.STORE, GVA + 4096, 1));
        long clear = DATA + 4096 >>> 2 | FULL & ~0xc0L;
        machine.storeBare(0, entry, 8, clear);
        machine.monitor(0).returned();
        assertEquals(clear, machine.memory().load(entry, 8));
        ExitStatistics before = machine.statistics().copy();
        machine.access(0, AccessType.STORE, GVA + 4096, 1);
        assertEquals(1, machine.statistics().since(before).exits(ExitCause.SHADOW_MISS_FILL));
    }

    /// The same where the guest leaves the fence out, as Svvptc allows.
    @EveryModel
    void aDemandFaultWithoutFenceCosts(String model) {
        long exits = switch (ModelName.of(model)) {
            case NATIVE, HAP, ASP, MSP, FLAT -> 0;
            case TSP, SSP, LSP, AGILE -> 2;
            case PVM -> 3;
            case TSP_UNSYNC -> 3; // the store lifts the protection, so that the shadow learns of the entry by a miss
        };
        TestMachine machine = machine(model, ModelOptions.DEFAULTS, 3);
        assertEquals(exits, demandFault(machine, false).memoryVirtualisationExits());
    }

    /// Counts of the fault alone: what was before is taken off by starting from a machine that is warm.
    private static ExitStatistics demandFault(TestMachine machine, boolean fence) {
        for (int i = 0; i < 7; i++) {
            load(machine, GVA + i * 4096L);
        }
        long entry = entryAddress(3, 0) + 3 * 8;
        long fresh = GVA + 3 * 4096L;
        machine.storeBare(0, entry, 8, 0);
        machine.fence(0, fresh, true, 1, true);
        // The table is in sync and, where that is the model's way, protected.
        machine.fence(0, 0, false, 1, true);
        load(machine, GVA);
        ExitStatistics before = machine.statistics().copy();
        assertEquals(~13L, machine.access(0, AccessType.LOAD, fresh, 0));
        machine.storeBare(0, entry, 8, DATA + 3 * 4096L >>> 2 | FULL);
        if (fence) {
            machine.fence(0, fresh, true, 1, true);
        }
        machine.monitor(0).returned();
        load(machine, fresh);
        return machine.statistics().since(before);
    }

    @EveryModel
    void writeProtectingEightPagesCostsTableWrites(String model) {
        long writes = switch (ModelName.of(model)) {
            case TSP, PVM -> 8;
            case TSP_UNSYNC -> 1;
            case AGILE -> 2;
            case NATIVE, SSP, LSP, ASP, HAP, MSP, FLAT -> 0;
        };
        TestMachine machine = machine(model, ModelOptions.DEFAULTS, 3);
        for (int i = 0; i < 8; i++) {
            load(machine, GVA + i * 4096L);
        }
        for (int i = 0; i < 8; i++) {
            machine.storeBare(0, entryAddress(3, 0) + i * 8L, 8, DATA + i * 4096L >>> 2 | FULL & ~4);
        }
        machine.fence(0, 0, false, 1, true);
        ExitStatistics statistics = machine.statistics();
        assertEquals(writes, statistics.exits(ExitCause.PT_WRITE_LEAF) + statistics.exits(ExitCause.PT_WRITE_NONLEAF));
        for (int i = 0; i < 8; i++) {
            assertEquals(~15L, machine.access(0, AccessType.STORE, GVA + i * 4096L, 1));
        }
    }

    /// 512 pages in use once, then fences of everything with one of them in use between, or none.
    @ParameterizedTest
    @CsvSource({"ssp,REACHED,0,0,3", "asp,REACHED,0,0,3", "ssp,PRESENT,514,0,514"})
    void aFenceOfEverythingCostsWhatIsReachedAfterIt(String model, Synchronisation policy, long idle, long exits, long used) {
        TestMachine machine = machine(model, ModelOptions.DEFAULTS.withSynchronisation(policy), 3);
        long first = GVA & -(2 << 20);
        for (int i = 0; i < 512; i++) {
            machine.storeBare(0, TestMachine.page(2) + i * 8L, 8, DATA + i * 4096L >>> 2 | FULL);
            load(machine, first + i * 4096L);
        }
        ExitStatistics before = machine.statistics().copy();
        for (int i = 0; i < 100; i++) {
            machine.fence(0, 0, false, 0, false);
        }
        ExitStatistics without = machine.statistics().since(before);
        assertEquals(100 * idle, without.ptesReRead);
        assertEquals(0, without.fastPathEntries(FastPathEntry.RESYNC));
        before = machine.statistics().copy();
        for (int i = 0; i < 100; i++) {
            machine.fence(0, 0, false, 0, false);
            load(machine, GVA);
            load(machine, GVA + 8);
        }
        ExitStatistics between = machine.statistics().since(before);
        assertEquals(100 * used, between.ptesReRead);
        assertEquals(policy == Synchronisation.REACHED ? 100 : 0, between.fastPathEntries(FastPathEntry.RESYNC));
        assertEquals(exits, between.memoryVirtualisationExits());
        assertEquals(0, between.walk.guest);
    }

    /// Tables of the lowest levels become nested one after the other: three levels shadowed, then a walk that ends in two
    /// stages, from which each nested level takes a read of the guest's and three of the second stage.
    @Test
    void agilePagingGoesOnInTwoStagesBelowTablesThatAreWritten() {
        TestMachine machine = machine("agile", ModelOptions.DEFAULTS, 3);
        assertEquals(3, references(machine));
        ExitStatistics before = machine.statistics().copy();
        for (int i = 0; i < 20; i++) {
            machine.storeBare(0, entryAddress(3, 0) + 4 * 8L, 8, DATA + i * 4096L >>> 2 | FULL);
        }
        ExitStatistics written = machine.statistics().since(before);
        assertEquals(2, written.exits(ExitCause.PT_WRITE_LEAF), "the second store makes it nested");
        assertEquals(2, written.memoryVirtualisationExits());
        assertEquals(2 + 1 + 3, references(machine));
        assertEquals(DATA, machine.access(0, AccessType.LOAD, GVA, 0));
        machine.fence(0, GVA + 4 * 4096L, true, 1, true);
        assertEquals(DATA + 19 * 4096L, machine.access(0, AccessType.LOAD, GVA + 4 * 4096L, 0));
        // The guest's own fault does not exit.
        machine.storeBare(0, entryAddress(3, 0) + 5 * 8L, 8, 0);
        machine.fence(0, 0, false, 1, true);
        before = machine.statistics().copy();
        assertEquals(~13L, machine.access(0, AccessType.LOAD, GVA + 5 * 4096L, 0));
        assertEquals(0, machine.statistics().since(before).memoryVirtualisationExits());

        for (int i = 0; i < 2; i++) {
            machine.storeBare(0, entryAddress(3, 1) + 8, 8, i);
        }
        assertEquals(1 + 2 * (1 + 3), references(machine));
        for (int i = 0; i < 2; i++) {
            machine.storeBare(0, entryAddress(3, 2) + 8, 8, i);
        }
        assertEquals(3 * (1 + 3), references(machine));
    }

    /// The table of the lowest level is nested and maps the one above it, which is shadowed.
    @Test
    void agilePagingSeesStoresThroughNestedTablesToShadowedOnes() {
        TestMachine machine = machine("agile", ModelOptions.DEFAULTS, 3);
        load(machine, GVA);
        for (int i = 0; i < 2; i++) {
            machine.storeBare(0, entryAddress(3, 0) + 6 * 8L, 8, TestMachine.page(1) >>> 2 | FULL);
        }
        machine.fence(0, 0, false, 0, false);
        long entry = entryAddress(3, 1);
        long gva = GVA + 6 * 4096L + (entry & 4095);
        ExitStatistics statistics = machine.statistics();
        for (int store = 1; store <= 4; store++) {
            assertEquals(entry, machine.access(0, AccessType.STORE, gva, pointer(TestMachine.page(2))));
            assertEquals(Math.min(store, 2), statistics.exits(ExitCause.PT_WRITE_NONLEAF), "store " + store);
        }
        assertEquals(DATA, machine.access(0, AccessType.LOAD, GVA, 0));
    }

    @Test
    void agilePagingShadowsAgainAfterAnInterval() {
        TestMachine machine = machine("agile", ModelOptions.DEFAULTS, 3);
        load(machine, GVA);
        for (int i = 0; i < 3; i++) {
            machine.storeBare(0, entryAddress(3, 0) + 4 * 8L, 8, DATA + i * 4096L >>> 2 | FULL);
        }
        assertEquals(6, references(machine));
        for (int i = 0; i < AgilePaging.INTERVAL; i++) {
            machine.hart(0).spaces().flush();
            load(machine, GVA);
        }
        assertEquals(3, references(machine));
        long writes = machine.statistics().exits(ExitCause.PT_WRITE_LEAF);
        machine.storeBare(0, entryAddress(3, 0) + 4 * 8L, 8, DATA >>> 2 | FULL);
        assertEquals(writes + 1, machine.statistics().exits(ExitCause.PT_WRITE_LEAF), "protected again");
    }

    /// A machine under `msp` whose table of [#GVA]'s addresses, from the first of 2 MiB on, has 512 leaves.
    private static TestMachine filled(long flags) {
        TestMachine machine = machine("msp", ModelOptions.DEFAULTS, 3);
        for (int i = 0; i < 512; i++) {
            machine.storeBare(0, TestMachine.page(2) + i * 8L, 8, DATA + i * 4096L >>> 2 | flags);
        }
        return machine;
    }

    private static final long FIRST = GVA & -(2 << 20);

    /// Entries come with those of their cache line whose pages have frames and whose A bits are set.
    @ParameterizedTest
    @CsvSource({"true,true,8", "true,false,64", "false,true,64"})
    void machineShadowPagingReadsALineAtATime(boolean accessed, boolean touched, long fills) {
        TestMachine machine = filled(accessed ? FULL : FULL & ~0xc0);
        for (int i = 0; touched && i < 64; i++) {
            machine.storeBare(0, DATA + i * 4096L, 8, 1);
        }
        ExitStatistics before = machine.statistics().copy();
        for (int i = 0; i < 64; i++) {
            load(machine, FIRST + i * 4096L);
        }
        ExitStatistics statistics = machine.statistics().since(before);
        assertEquals(fills, statistics.fastPathEntries(FastPathEntry.SHADOW_FILL));
        assertEquals(0, statistics.fastPathEntries(FastPathEntry.RESYNC));
        // A neighbour's A bit is not set for it.
        load(machine, FIRST + 64 * 4096L);
        assertEquals(accessed, (machine.memory().load(TestMachine.page(2) + 65 * 8L, 8) & 0x40) != 0);

        machine.fence(0, 0, false, 1, true);
        before = machine.statistics().copy();
        for (int i = 0; i < 64; i++) {
            load(machine, FIRST + i * 4096L);
        }
        statistics = machine.statistics().since(before);
        assertEquals(8, statistics.fastPathEntries(FastPathEntry.RESYNC));
        assertEquals(64 + 2, statistics.ptesReRead);
        assertEquals(0, statistics.fastPathEntries(FastPathEntry.SHADOW_FILL));
    }

    /// Of a path of three levels, the fence reads the leaf.
    @Test
    void machineShadowPagingReadsTheLeafThatAFenceNames() {
        TestMachine machine = filled(FULL);
        load(machine, FIRST);
        ExitStatistics before = machine.statistics().copy();
        machine.storeBare(0, TestMachine.page(2), 8, DATA + 8192 >>> 2 | FULL);
        machine.fence(0, FIRST, true, 1, true);
        ExitStatistics statistics = machine.statistics().since(before);
        assertEquals(1, statistics.ptesReRead);
        assertEquals(1, statistics.ptesChanged);
        assertEquals(DATA + 8192, machine.access(0, AccessType.LOAD, FIRST, 0));
        assertEquals(0, machine.statistics().since(before).fastPathEntries(FastPathEntry.SHADOW_FILL));
    }

    /// 64 frames and 32 tables an exit: the pages of the data, and the guest's three tables.
    @Test
    void machineShadowPagingExitsWhenAPoolIsEmpty() {
        TestMachine machine = filled(FULL);
        ExitStatistics statistics = machine.statistics();
        // The tables have been written without translation.
        assertEquals(1, statistics.exits(ExitCause.G_FAULT));
        for (int i = 0; i < 512; i++) {
            load(machine, FIRST + i * 4096L);
        }
        assertEquals((512 + 3 + 63) / 64, statistics.exits(ExitCause.G_FAULT));
        assertEquals(1, statistics.exits(ExitCause.SHADOW_MISS_FILL));
        for (int i = 0; i < 32; i++) {
            machine.storeBare(0, TestMachine.page(1) + i * 8L, 8, pointer(TestMachine.page(10 + i)));
            machine.storeBare(0, TestMachine.page(10 + i), 8, DATA >>> 2 | FULL);
        }
        machine.fence(0, 0, false, 1, true);
        for (long i = 0; i < 32; i++) {
            load(machine, (FIRST & -(1L << 30)) + (i << 21));
        }
        assertEquals(2, statistics.exits(ExitCause.SHADOW_MISS_FILL));
        assertEquals(0, statistics.exits(ExitCause.SATP_MISS));
        assertEquals(1, statistics.fastPathEntries(FastPathEntry.SATP_MISS));
    }

    /// What the host moves, only the hypervisor knows.
    @Test
    void machineShadowPagingAsksForAPageThatHasMoved() {
        TestMachine machine = filled(FULL);
        load(machine, FIRST);
        long exits = machine.statistics().exits(ExitCause.G_FAULT);
        ScatteredFrames frames = (ScatteredFrames) machine.frames();
        machine.monitor(0).hostPageMoved(DATA, frames.move(machine.memory().pageIndex(DATA)));
        load(machine, FIRST);
        assertEquals(exits + 1, machine.statistics().exits(ExitCause.G_FAULT));
    }

    @Test
    void theFirstStoreToACleanPageIsAnUpdateOfItsDirtyBit() {
        TestMachine machine = machine("ssp", ModelOptions.DEFAULTS, 3);
        machine.storeBare(0, entryAddress(3, 0), 8, DATA >>> 2 | FULL & ~0xc0);
        load(machine, GVA);
        assertEquals(DATA >>> 2 | FULL & ~0x80, machine.memory().load(entryAddress(3, 0), 8));
        assertEquals(0, machine.statistics().exits(ExitCause.AD_UPDATE));
        assertEquals(DATA, machine.access(0, AccessType.STORE, GVA, 7));
        assertEquals(DATA >>> 2 | FULL, machine.memory().load(entryAddress(3, 0), 8));
        assertEquals(1, machine.statistics().exits(ExitCause.AD_UPDATE));
    }

    @ParameterizedTest
    @CsvSource({"0,1,0", "1,1,9", "4,4,36", "4,5,0", "8,6,54", "16,16,144"})
    void theBufferServesAsManyProcessesAsItHolds(int size, int processes, long hits) {
        var machine = new TestMachine("ssp", ModelOptions.DEFAULTS.withRootBuffer(size));
        for (int round = 0; round < 10; round++) {
            for (int process = 0; process < processes; process++) {
                TestHart.satp(machine.hart(0), TranslationMode.satp(TranslationMode.SV39, process + 1,
                        TestMachine.page(process)));
            }
        }
        ExitStatistics statistics = machine.statistics();
        assertEquals(hits, statistics.fastPathEntries(FastPathEntry.SATP_HIT));
        assertEquals(10L * processes - hits, statistics.fastPathEntries(FastPathEntry.SATP_MISS));
        assertEquals(10L * processes - hits, statistics.exits(ExitCause.SATP_MISS));
    }

    @ParameterizedTest
    @CsvSource({"tsp,10", "lsp,10", "agile,2", "flat,0", "hap,0", "native,0"})
    void withoutABufferEverySwitchIsAnExit(String model, long exits) {
        var machine = new TestMachine(model, ModelOptions.DEFAULTS);
        for (int i = 0; i < 10; i++) {
            TestHart.satp(machine.hart(0), TranslationMode.satp(TranslationMode.SV39, i % 2, TestMachine.page(i % 2)));
        }
        assertEquals(exits, machine.statistics().exits(ExitCause.SATP_MISS));
    }

    @EveryModel
    void countsAreTheSameOnEveryRun(String model) {
        RandomGuest.Setup setup = PagingModelContractTest.setup(model, 5);
        String first = null;
        for (int run = 0; run < 3; run++) {
            var guest = new RandomGuest(setup);
            guest.run(3_000);
            String counts = describe(guest.model().statistics(guest.hart(0)));
            if (first == null) {
                first = counts;
            }
            assertEquals(first, counts);
        }
    }

    private static String describe(ExitStatistics s) {
        StringBuilder text = new StringBuilder();
        for (ExitCause cause : ExitCause.values()) {
            text.append(cause.key()).append(' ').append(s.exits(cause)).append('\n');
        }
        for (FastPathEntry entry : FastPathEntry.values()) {
            text.append(entry.key()).append(' ').append(s.fastPathEntries(entry)).append('\n');
        }
        return text.append(s.walk.guest).append(' ').append(s.walk.host).append(' ').append(s.ptesReRead).append(' ')
                .append(s.ptesChanged).append(' ').append(s.ptesDropped).append(' ').append(s.tablesFreed).append(' ')
                .append(s.pagesLive).append(' ').append(s.pagesPeak).append(' ').append(s.splinteredSuperpages).append(' ')
                .append(s.rootEvictions).append(' ').append(s.tableEvictions).toString();
    }

    @EveryModel
    void aPageThatMovesInHostMemoryIsFoundAgain(String model) {
        TestMachine machine = machine(model, ModelOptions.DEFAULTS, 3);
        machine.access(0, AccessType.STORE, GVA, 0x1122334455667788L);
        if (machine.frames() instanceof ScatteredFrames frames) {
            int page = machine.memory().pageIndex(DATA);
            long old = frames.move(page);
            machine.monitor(0).hostPageMoved(DATA, old);
            assertTrue(old != frames.address(page));
        }
        assertEquals(0x1122334455667788L, machine.monitor(0).load(GVA, 8));
    }
}
