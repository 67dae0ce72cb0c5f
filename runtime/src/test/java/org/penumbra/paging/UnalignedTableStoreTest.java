// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;

/// Stores to page tables that are not aligned, or that go from one page to the next, reach the model like any other.
class UnalignedTableStoreTest {
    private static final int ROOT = 0;
    private static final int MIDDLE = 1;
    private static final int LEAVES = 2;
    private static final int OTHER_LEAVES = 3;
    private static final int TWOFOLD = 5;
    private static final int OLD = 60;
    private static final int NEW = 61;
    private static final int DATA = 70;
    private static final long GIGABYTE = 1L << 30;
    /// V, R, W, X, A and D.
    private static final long FULL = 0xcf;

    static Stream<Arguments> modelsAndTlbs() {
        return Models.names().stream().flatMap(model -> Stream.of(1, 2, 256).map(entries -> Arguments.of(model, entries)));
    }

    private static TestMachine machine(String model, int tlbEntries) {
        var machine = new TestMachine((context, options) -> Models.create(model, context, options), model,
                ModelOptions.DEFAULTS, 1, 16, tlbEntries, 8);
        entry(machine, ROOT, 0, pointer(MIDDLE));
        for (int page : List.of(OLD, NEW)) {
            machine.storeBare(0, TestMachine.page(page), 8, page);
        }
        return machine;
    }

    private static void start(TestMachine machine) {
        TestHart.satp(machine.hart(0), TranslationMode.satp(TranslationMode.SV39, 1, TestMachine.page(ROOT)));
        machine.setPrivilege(0, Hart.SUPERVISOR);
    }

    private static void entry(TestMachine machine, int table, int index, long value) {
        machine.storeBare(0, TestMachine.page(table) + 8L * index, 8, value);
    }

    private static long pointer(int page) {
        return TestMachine.page(page) >>> 2 | 1;
    }

    private static long leaf(int page) {
        return TestMachine.page(page) >>> 2 | FULL;
    }

    private static long load(TestMachine machine, long gva) {
        long value = machine.monitor(0).load(gva, 8);
        assertFalse(machine.hart(0).trapPending());
        return value;
    }

    private static void store(TestMachine machine, long gva, long value) {
        machine.monitor(0).store(gva, 8, value);
        assertFalse(machine.hart(0).trapPending());
    }

    /// A store that makes a gva lead from the old page to the new one does so, once there is a fence.
    private static void assertStoreMaps(TestMachine machine, long gva, long at, long value) {
        assertEquals(OLD, load(machine, gva));
        store(machine, at, value);
        machine.fence(0, 0, false, 0, false);
        assertEquals(NEW, load(machine, gva));
    }

    /// With a TLB of one entry the second page's translation takes the place of the first's.
    @ParameterizedTest
    @MethodSource("modelsAndTlbs")
    void secondPageOfAStoreIsATable(String model, int tlbEntries) {
        TestMachine machine = machine(model, tlbEntries);
        entry(machine, MIDDLE, 0, pointer(LEAVES));
        entry(machine, LEAVES, 0, leaf(OLD));
        entry(machine, LEAVES, 10, leaf(DATA));
        entry(machine, LEAVES, 11, leaf(LEAVES));
        start(machine);
        assertStoreMaps(machine, 0, (11 << 12) - 1, leaf(NEW) << 8 | 0x5a);
        assertEquals(0x5a, machine.memory().load(TestMachine.page(DATA) + 4095, 1));
    }

    @ParameterizedTest
    @MethodSource("modelsAndTlbs")
    void firstPageOfAStoreIsATable(String model, int tlbEntries) {
        TestMachine machine = machine(model, tlbEntries);
        entry(machine, MIDDLE, 0, pointer(LEAVES));
        entry(machine, LEAVES, 511, leaf(OLD));
        entry(machine, LEAVES, 10, leaf(LEAVES));
        entry(machine, LEAVES, 11, leaf(DATA));
        start(machine);
        assertStoreMaps(machine, 511 << 12, (11 << 12) - 7, leaf(NEW) >>> 8 | 0x5aL << 56);
        assertEquals(0x5a, machine.memory().load(TestMachine.page(DATA), 1));
    }

    /// The first page is a leaf table, and no more than that until the second one is looked for.
    @ParameterizedTest
    @MethodSource("modelsAndTlbs")
    void secondPageOfAStoreMakesTheFirstATableOfAHigherLevel(String model, int tlbEntries) {
        TestMachine machine = machine(model, tlbEntries);
        entry(machine, ROOT, 1, pointer(TWOFOLD));
        entry(machine, MIDDLE, 0, pointer(TWOFOLD));
        entry(machine, MIDDLE, 511, pointer(LEAVES));
        entry(machine, LEAVES, 511, leaf(TWOFOLD));
        entry(machine, TWOFOLD, 0, pointer(OTHER_LEAVES));
        entry(machine, TWOFOLD, 511, leaf(OLD));
        entry(machine, OTHER_LEAVES, 0, leaf(DATA));
        start(machine);
        assertStoreMaps(machine, 511 << 12, GIGABYTE - 7, leaf(NEW) >>> 8 | 0x5aL << 56);
        assertEquals(0x5a, machine.memory().load(TestMachine.page(DATA), 1));
    }

    @Test
    void storeOfOneInstructionIsOneExit() {
        TestMachine machine = machine("tsp", 256);
        entry(machine, MIDDLE, 0, pointer(LEAVES));
        entry(machine, LEAVES, 0, leaf(OLD));
        entry(machine, LEAVES, 11, leaf(LEAVES));
        start(machine);
        load(machine, 0);
        load(machine, 11 << 12);
        ExitStatistics before = machine.statistics().copy();
        store(machine, (11 << 12) + 100, -1);
        assertEquals(1, machine.statistics().since(before).exits(ExitCause.PT_WRITE_LEAF));
        machine.monitor(0).cacheBlock((11 << 12) + 100, true);
        assertEquals(2, machine.statistics().since(before).exits(ExitCause.PT_WRITE_LEAF));
        assertEquals(2, machine.statistics().since(before).memoryVirtualisationExits());
    }
}
