// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.ModelName;
import org.penumbra.options.Settings;
import org.penumbra.paging.EveryModel;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.TestMachine;

/// Corners of shadowing that random programs reach too seldom, and what a guest can do wrong.
class ShadowTablesTest {
    private static final long DATA = TestMachine.BASE + (4 << 20);
    private static final long FULL = 0xcf;

    private static long pointer(int page) {
        return TestMachine.page(page) >>> 2 | 1;
    }

    private static long leaf(long target) {
        return target >>> 2 | FULL;
    }

    private static void store(TestMachine machine, int page, int index, long entry) {
        machine.storeBare(0, TestMachine.page(page) + index * 8L, 8, entry);
    }

    private static void root(TestMachine machine, int page, int asid) {
        TestHart.satp(machine.hart(0), TranslationMode.satp(TranslationMode.SV39, asid, TestMachine.page(page)));
        machine.setPrivilege(0, Hart.SUPERVISOR);
    }

    private static long load(TestMachine machine, long gva) {
        return machine.access(0, AccessType.LOAD, gva, 0);
    }

    /// Two roots, 0 and 1, over one middle table 2 and one lowest table 3 that maps the first 512 pages.
    private static TestMachine sharing(String model) {
        var machine = new TestMachine(model, ModelOptions.DEFAULTS);
        store(machine, 0, 0, pointer(2));
        store(machine, 1, 0, pointer(2));
        store(machine, 2, 0, pointer(3));
        for (int i = 0; i < 4; i++) {
            store(machine, 3, i, leaf(DATA + i * 4096L));
        }
        return machine;
    }

    @EveryModel
    void aSharedTableIsLinkedAsItIsNow(String model) {
        TestMachine machine = sharing(model);
        root(machine, 0, 1);
        assertEquals(DATA, load(machine, 0));
        store(machine, 3, 0, leaf(DATA + 0x9000));
        root(machine, 1, 2);
        machine.fence(0, 0, true, 2, true);
        // The lowest table comes into the other tree by another address.
        assertEquals(DATA + 4096, load(machine, 4096));
        assertEquals(DATA + 0x9000, load(machine, 0));
    }

    @EveryModel
    void aFreshAsidSeesNothingOld(String model) {
        TestMachine machine = sharing(model);
        root(machine, 0, 1);
        assertEquals(DATA, load(machine, 0));
        store(machine, 3, 0, leaf(DATA + 0x9000));
        root(machine, 0, 2);
        assertEquals(DATA + 0x9000, load(machine, 0));
        store(machine, 2, 0, pointer(4));
        store(machine, 4, 0, leaf(DATA + 0x5000));
        root(machine, 0, 3);
        assertEquals(DATA + 0x5000, load(machine, 0));
    }

    @EveryModel
    void aRecycledRootWithTheSameAsidIsNewAfterItsFence(String model) {
        TestMachine machine = sharing(model);
        root(machine, 0, 1);
        assertEquals(DATA, load(machine, 0));
        store(machine, 0, 0, pointer(5));
        store(machine, 5, 0, pointer(6));
        store(machine, 6, 0, leaf(DATA + 0x7000));
        root(machine, 0, 1);
        machine.fence(0, 0, false, 1, true);
        assertEquals(DATA + 0x7000, load(machine, 0));
    }

    @EveryModel
    void anEntryBecomingValidNeedsNoFence(String model) {
        TestMachine machine = sharing(model);
        root(machine, 0, 1);
        assertEquals(~13L, load(machine, 0x8000));
        store(machine, 3, 8, leaf(DATA + 0x8000));
        assertEquals(DATA + 0x8000, load(machine, 0x8000));
    }

    @EveryModel
    void aFenceAnywhereInASuperpageDropsAllOfIt(String model) {
        var machine = new TestMachine(model, ModelOptions.DEFAULTS);
        store(machine, 0, 0, pointer(2));
        store(machine, 2, 0, leaf(DATA));
        root(machine, 0, 1);
        for (int i = 0; i < 16; i++) {
            assertEquals(DATA + i * 4096L, load(machine, i * 4096L));
        }
        store(machine, 2, 0, leaf(TestMachine.BASE + (6 << 20)));
        machine.fence(0, 5 * 4096, true, 0, false);
        for (int i = 0; i < 16; i++) {
            assertEquals(TestMachine.BASE + (6 << 20) + i * 4096L, load(machine, i * 4096L));
        }
    }

    @EveryModel
    void tablesOutsideRamAreTheGuestsAccessFault(String model) {
        TestMachine machine = sharing(model);
        root(machine, 0, 1);
        store(machine, 0, 1, 0x1000_0000L >>> 2 | 1);
        assertEquals(~5L, load(machine, 1L << 30));
        TestHart.satp(machine.hart(0), TranslationMode.satp(TranslationMode.SV39, 1, 0x1000_0000L));
        assertEquals(~5L, load(machine, 0));
        assertEquals(~7L, machine.access(0, AccessType.STORE, 0, 1));
        assertEquals(~1L, machine.access(0, AccessType.FETCH, 0, 1));
        machine.fence(0, 0, true, 0, false);
        machine.fence(0, 0, false, 0, false);
        root(machine, 0, 1);
        assertEquals(DATA, load(machine, 0));
    }

    @EveryModel
    void aRootThatPointsAtItselfEverywhereIsHarmless(String model) {
        for (int mode = TranslationMode.SV39; mode <= TranslationMode.SV57; mode++) {
            var machine = new TestMachine(model, ModelOptions.DEFAULTS);
            for (int i = 0; i < 512; i++) {
                store(machine, 0, i, pointer(0));
            }
            TestHart.satp(machine.hart(0), TranslationMode.satp(mode, 1, TestMachine.page(0)));
            machine.setPrivilege(0, Hart.SUPERVISOR);
            for (int i = 0; i < 64; i++) {
                assertEquals(~13L, load(machine, i * 0x1_4020_1000L & 0x3f_ffff_ffffL));
                machine.fence(0, 0, i % 2 == 0, 1, true);
            }
            // One leaf among the pointers is reached as a 4 KiB page by every way round.
            store(machine, 0, 7, leaf(DATA));
            machine.fence(0, 0, false, 0, false);
            assertEquals(DATA, load(machine, 7L << 12 | 9L << 21 | 3L << 30));
            assertEquals(DATA, load(machine, 7L << 12 | 5L << 21 | 2L << 30));
            store(machine, 0, 7, pointer(0));
            machine.fence(0, 0, false, 0, false);
            assertEquals(~13L, load(machine, 7L << 12 | 9L << 21 | 3L << 30));
        }
    }

    static List<ModelName> shadowModels() {
        return ModelName.with(ModelName.Part.SHADOW);
    }

    @ParameterizedTest
    @MethodSource("shadowModels")
    void shadowsLargerThanTheirMemoryAreTakenBack(ModelName model) {
        var machine = new TestMachine(model.toString(), ModelOptions.DEFAULTS.withShadowMemory(Settings.LEAST_SHADOW_MEMORY));
        store(machine, 0, 0, pointer(2));
        for (int i = 0; i < 512; i++) {
            store(machine, 2, i, pointer(3));
        }
        for (int i = 0; i < 100; i++) {
            store(machine, 10 + i, 0, leaf(DATA + i * 4096L));
            store(machine, 2, i, pointer(10 + i));
        }
        root(machine, 0, 1);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 100; i++) {
                assertEquals(DATA + i * 4096L, load(machine, (long) i << 21));
                machine.hart(0).spaces().flush();
            }
        }
        ExitStatistics statistics = machine.statistics();
        assertTrue(statistics.tableEvictions > 100, "evictions " + statistics.tableEvictions);
        assertTrue(statistics.pagesPeak <= Settings.LEAST_SHADOW_MEMORY / 4096);
        assertTrue(statistics.pagesLive <= statistics.pagesPeak && statistics.pagesLive > 0);
    }

    @ParameterizedTest
    @MethodSource("shadowModels")
    void tablesThatNothingLeadsToAreFreed(ModelName model) {
        TestMachine machine = sharing(model.toString());
        root(machine, 0, 1);
        load(machine, 0);
        assertEquals(3, machine.statistics().pagesLive);
        store(machine, 0, 0, 0);
        machine.fence(0, 0, false, 0, false);
        // A model may wait until a walk comes there.
        assertEquals(~13L, load(machine, 0));
        assertEquals(1, machine.statistics().pagesLive);
        assertEquals(2, machine.statistics().tablesFreed);
    }

    @Test
    void theTablesOfADeadProcessStopBeingProtected() {
        TestMachine machine = sharing("tsp");
        root(machine, 0, 1);
        load(machine, 0);
        store(machine, 1, 0, 0);
        root(machine, 1, 2);
        for (int i = 0; i < 100; i++) {
            store(machine, 0, i, i);
        }
        ExitStatistics statistics = machine.statistics();
        assertEquals(3, statistics.exits(ExitCause.PT_WRITE_NONLEAF) + statistics.exits(ExitCause.PT_WRITE_LEAF));
    }

    @Test
    void aLeafTableOutOfSyncIsReadAgainWhenAnotherTreeLinksIt() {
        TestMachine machine = sharing("tsp-unsync");
        root(machine, 0, 1);
        assertEquals(DATA, load(machine, 0));
        store(machine, 3, 1, leaf(DATA + 0x5000));
        assertEquals(1, machine.statistics().exits(ExitCause.PT_WRITE_LEAF));
        store(machine, 3, 0, leaf(DATA + 0x9000));
        assertEquals(1, machine.statistics().exits(ExitCause.PT_WRITE_LEAF));
        root(machine, 1, 2);
        machine.fence(0, 0, true, 2, true);
        assertEquals(DATA + 0x5000, load(machine, 4096));
        assertEquals(DATA + 0x9000, load(machine, 0));
        machine.fence(0, 0, false, 0, false);
        store(machine, 3, 2, leaf(DATA));
        assertEquals(2, machine.statistics().exits(ExitCause.PT_WRITE_LEAF));
    }

    @Test
    void unknownModelsAndAbsurdSizesAreRefusedInOneLine() {
        var message = assertThrows(IllegalArgumentException.class,
                () -> new TestMachine("nptt", ModelOptions.DEFAULTS)).getMessage();
        assertTrue(message.contains("nptt") && message.contains("tsp-unsync") && !message.contains("\n"), message);
        for (Runnable absurd : List.<Runnable>of(() -> ModelOptions.DEFAULTS.withRootBuffer(17),
                () -> ModelOptions.DEFAULTS.withRootBuffer(-1), () -> ModelOptions.DEFAULTS.withHostPages(8192),
                () -> ModelOptions.DEFAULTS.withShadowMemory(4096), () -> ModelOptions.DEFAULTS.withShadowMemory(300_001),
                () -> ModelOptions.DEFAULTS.withSecondStageLevels(5))) {
            assertTrue(assertThrows(IllegalArgumentException.class, absurd::run).getMessage().contains("' is not "));
        }
    }
}
