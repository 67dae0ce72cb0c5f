// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;

/// Two harts under the same tables: each model keeps them apart, and fences one for the other.
class SeveralHartsTest {
    private static final long GVA = 0x1234_5000L;
    private static final long OLD = TestMachine.BASE + (4 << 20);
    private static final long NEW = OLD + (1 << 20);
    private static final int ASID = 5;
    private static final long LEAF = TestMachine.page(2) + TranslationMode.index(GVA, 0) * 8L;
    /// V, R, W, X, A and D.
    private static final long FULL = 0xcf;

    /// Start, bytes and ASID (-1 for every one) of fences that all name [#GVA].
    static Stream<Arguments> fences() {
        return Models.names().stream().flatMap(model -> Stream.of(Arguments.of(model, GVA, 4096, -1), Arguments.of(model, GVA, 4096, ASID),
                Arguments.of(model, GVA + 8, 8, -1), Arguments.of(model, GVA - 4096 * 63, 4096 * 64, -1),
                Arguments.of(model, GVA - 4096 * 64, 4096 * 65, -1), Arguments.of(model, 0, 0, -1), Arguments.of(model, 0, -1, -1),
                Arguments.of(model, 0, -1, ASID), Arguments.of(model, 0, 0, ASID)));
    }

    private static TestMachine machine(String model) {
        var machine = new TestMachine((context, options) -> Models.create(model, context, options), model, ModelOptions.DEFAULTS, 2,
                16, 256, 8);
        machine.storeBare(0, TestMachine.page(0) + TranslationMode.index(GVA, 2) * 8L, 8, TestMachine.page(1) >>> 2 | 1);
        machine.storeBare(0, TestMachine.page(1) + TranslationMode.index(GVA, 1) * 8L, 8, TestMachine.page(2) >>> 2 | 1);
        for (int i = -64; i < 8; i++) {
            machine.storeBare(0, LEAF + i * 8L, 8, OLD + i * 4096L >>> 2 | FULL);
        }
        for (int id = 0; id < 2; id++) {
            TestHart.satp(machine.hart(id), TranslationMode.satp(8, ASID, TestMachine.page(0)));
            machine.setPrivilege(id, Hart.SUPERVISOR);
            assertEquals(OLD, machine.access(id, AccessType.LOAD, GVA, 0));
        }
        return machine;
    }

    @ParameterizedTest
    @MethodSource("fences")
    void aRemoteFenceIsObeyedBeforeItReturns(String model, long start, long bytes, int asid) {
        TestMachine machine = machine(model);
        machine.storeBare(0, LEAF, 8, NEW >>> 2 | FULL);
        long seen = machine.access(1, AccessType.LOAD, GVA, 0);
        assertTrue(seen == OLD || seen == NEW, Long.toHexString(seen));
        machine.monitor(1).remoteFenced(start, bytes, Math.max(asid, 0), asid >= 0);
        assertEquals(NEW, machine.access(1, AccessType.LOAD, GVA, 0));
        assertEquals(NEW, machine.access(1, AccessType.FETCH, GVA, 0));
    }

    @EveryModel
    void aPageTakenAwayFaultsOnBothHartsAfterTheirFences(String model) {
        TestMachine machine = machine(model);
        machine.storeBare(1, LEAF, 8, 0);
        machine.fence(1, GVA, true, 0, false);
        assertEquals(~AccessType.LOAD.pageFault(), machine.access(1, AccessType.LOAD, GVA, 0));
        machine.monitor(0).remoteFenced(GVA, 4096, 0, false);
        assertEquals(~AccessType.LOAD.pageFault(), machine.access(0, AccessType.LOAD, GVA, 0));
    }

    @EveryModel
    void aFenceOfOneHartCountsForThatHartOnly(String model) {
        TestMachine machine = machine(model);
        ExitStatistics before = machine.model().statistics(machine.hart(0)).copy();
        machine.monitor(1).remoteFenced(GVA, 4096, 0, false);
        machine.access(1, AccessType.LOAD, GVA, 0);
        ExitStatistics other = machine.model().statistics(machine.hart(0)).since(before);
        assertEquals(0, other.memoryVirtualisationExits() + other.fastPathEntries() + other.tlbMisses + other.walk.guest
                + other.walk.host + other.ptesReRead);
        assertTrue(machine.model().statistics(machine.hart(1)).tlbMisses > 1);
    }

    @EveryModel
    void aRemoteFenceOfAModelWithFastFencesEntersTheFastPathOfItsTargetOnce(String model) {
        TestMachine machine = machine(model);
        ExitStatistics target = machine.model().statistics(machine.hart(1));
        long exits = target.memoryVirtualisationExits();
        machine.monitor(1).remoteFenced(GVA, 4 * 4096, ASID, true);
        boolean fast = EveryModel.Facts.fencesInFastPath(model);
        assertEquals(fast ? 1 : 0, target.fastPathEntries(FastPathEntry.RFENCE));
        if (fast) {
            assertEquals(exits, target.memoryVirtualisationExits());
        }
        assertEquals(0, machine.model().statistics(machine.hart(0)).fastPathEntries(FastPathEntry.RFENCE));
    }

    /// The table is in both harts' shadows; both follow stores by either, without a fence.
    @Test
    void aTableThatOneHartUsesIsProtectedFromAll() {
        TestMachine machine = machine("tsp");
        ExitStatistics storing = machine.model().statistics(machine.hart(1));
        long before = storing.exits(ExitCause.PT_WRITE_LEAF);
        machine.storeBare(1, LEAF, 8, NEW >>> 2 | FULL);
        assertEquals(before + 1, storing.exits(ExitCause.PT_WRITE_LEAF));
        for (int id = 0; id < 2; id++) {
            machine.hart(id).spaces().flush();
            assertEquals(NEW, machine.access(id, AccessType.LOAD, GVA, 0));
        }
    }

    @EveryModel
    void aPageThatTheHostMovesIsFoundByBothHarts(String model) {
        TestMachine machine = machine(model);
        machine.access(0, AccessType.STORE, GVA, 42);
        if (machine.frames() instanceof ScatteredFrames frames) {
            long old = frames.move(machine.memory().pageIndex(OLD));
            machine.monitor(0).hostPageMoved(OLD, old);
            assertNotEquals(old, machine.memory().hostAddress(OLD));
            assertEquals(1, machine.monitor(0).statistics().hostPagesMoved);
        }
        for (int id = 0; id < 2; id++) {
            assertEquals(OLD, machine.access(id, AccessType.LOAD, GVA, 0));
            assertEquals(42, machine.monitor(id).load(GVA, 8));
        }
        machine.access(1, AccessType.STORE, GVA, 43);
        assertEquals(43, machine.memory().load(OLD, 8));
    }
}
