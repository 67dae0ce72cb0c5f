// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.penumbra.paging.TwoHarts.ACCESSED;
import static org.penumbra.paging.TwoHarts.ASID;
import static org.penumbra.paging.TwoHarts.DEVICE;
import static org.penumbra.paging.TwoHarts.DIRTY;
import static org.penumbra.paging.TwoHarts.EXECUTE;
import static org.penumbra.paging.TwoHarts.FETCH_FAULT;
import static org.penumbra.paging.TwoHarts.FULL;
import static org.penumbra.paging.TwoHarts.GLOBAL;
import static org.penumbra.paging.TwoHarts.GVA;
import static org.penumbra.paging.TwoHarts.LOAD_FAULT;
import static org.penumbra.paging.TwoHarts.NEW;
import static org.penumbra.paging.TwoHarts.OLD;
import static org.penumbra.paging.TwoHarts.OTHER_ASID;
import static org.penumbra.paging.TwoHarts.READ;
import static org.penumbra.paging.TwoHarts.STORE_FAULT;
import static org.penumbra.paging.TwoHarts.USER;
import static org.penumbra.paging.TwoHarts.WRITE;
import static org.penumbra.paging.TwoHarts.assertEither;
import static org.penumbra.paging.TwoHarts.entry;
import static org.penumbra.paging.TwoHarts.leaf;

import org.penumbra.hart.Hart;
import org.penumbra.interpreter.Interpreter;
import org.penumbra.isa.SystemOp;
import org.penumbra.memory.ScatteredFrames;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;

/// What a hart may and must see of changes after fences of every kind, a case at a time and under every model. Where the privileged
/// specification allows several outcomes, each of them passes; the numbers are those of the list of cases in the design.
class SubsumedTranslationsTest {
    @EveryModel
    void case13aFenceOfAnAsidReachesRootsThatAreNotInUse(String model) {
        var guest = new TwoHarts(model);
        guest.tree(3, 4, 5);
        guest.set(entry(5, GVA), leaf(OLD + 4096, FULL));
        assertEquals(OLD, guest.load(GVA));
        guest.root(0, 3, OTHER_ASID);
        assertEquals(OLD + 4096, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        guest.machine.fence(0, 0, false, ASID, true);
        guest.root(0, 0, ASID);
        assertEquals(NEW, guest.load(GVA));
        guest.set(entry(5, GVA), leaf(NEW + 4096, FULL));
        guest.machine.fence(0, GVA, true, OTHER_ASID, true);
        guest.root(0, 3, OTHER_ASID);
        assertEquals(NEW + 4096, guest.load(GVA));
    }

    @EveryModel
    void case14aFenceOfAllAsidsReachesEveryRoot(String model) {
        for (boolean named : new boolean[] {true, false}) {
            var guest = new TwoHarts(model);
            for (int i = 0; i < 6; i++) {
                guest.tree(10 + 3 * i, 11 + 3 * i, 12 + 3 * i);
                guest.set(entry(12 + 3 * i, GVA), leaf(OLD + i * 4096L, FULL));
                guest.root(0, 10 + 3 * i, 10 + i);
                assertEquals(OLD + i * 4096L, guest.load(GVA));
            }
            for (int i = 0; i < 6; i++) {
                guest.set(entry(12 + 3 * i, GVA), leaf(NEW + i * 4096L, FULL));
            }
            guest.machine.fence(0, GVA, named, 0, false);
            for (int i = 0; i < 6; i++) {
                guest.root(0, 10 + 3 * i, 10 + i);
                assertEquals(NEW + i * 4096L, guest.load(GVA));
            }
        }
    }

    @EveryModel
    void case15globalEntriesOutliveFencesOfAnAsidAndNothingElseIsGlobal(String model) {
        var guest = new TwoHarts(model);
        guest.set(entry(2, GVA), leaf(OLD, FULL | GLOBAL));
        guest.fenceAll();
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL | GLOBAL));
        guest.machine.fence(0, GVA, true, ASID, true);
        assertEither(OLD, NEW, () -> guest.load(GVA));
        guest.fence(GVA);
        assertEquals(NEW, guest.load(GVA));
        // Another page of the same table is not global: another address space has its own.
        guest.set(entry(2, GVA + 4096), leaf(OLD, FULL));
        assertEquals(OLD, guest.load(GVA + 4096));
        guest.tree(3, 4, 5);
        guest.set(entry(5, GVA + 4096), leaf(NEW, FULL));
        guest.root(0, 3, OTHER_ASID);
        assertEquals(NEW, guest.load(GVA + 4096));
    }

    @EveryModel
    void case16aRecycledRootWithItsOldAsidIsNewAfterTheFence(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.load(GVA));
        guest.tree(3, 4, 5);
        guest.root(0, 3, OTHER_ASID);
        // The page of the old root becomes the root of another tree.
        guest.tree(0, 7, 8);
        guest.set(entry(8, GVA), leaf(NEW, FULL));
        guest.root(0, 0, ASID);
        assertEither(OLD, NEW, () -> guest.load(GVA));
        guest.machine.fence(0, 0, false, ASID, true);
        assertEquals(NEW, guest.load(GVA));
    }

    @EveryModel
    void case17twoRootsOfOneAsidMayBeMixedUntilTheFence(String model) {
        var guest = new TwoHarts(model);
        guest.tree(3, 4, 5);
        guest.set(entry(5, GVA), leaf(NEW, FULL));
        assertEquals(OLD, guest.load(GVA));
        guest.root(0, 3, ASID);
        assertEither(OLD, NEW, () -> guest.load(GVA));
        guest.machine.fence(0, 0, false, ASID, true);
        assertEquals(NEW, guest.load(GVA));
    }

    @EveryModel
    void case18modeSumAndMxrAreObeyedAtOnce(String model) {
        var guest = new TwoHarts(model);
        long satp = guest.machine.hart(0).satp();
        guest.set(NEW, 77);
        assertEquals(OLD, guest.load(GVA));
        TestHart.satp(guest.machine.hart(0), 0);
        guest.machine.setPrivilege(0, Hart.SUPERVISOR);
        assertEquals(~AccessType.LOAD.accessFault(), guest.load(GVA));
        assertEquals(77, guest.machine.monitor(0).load(NEW, 8));
        TestHart.satp(guest.machine.hart(0), satp);
        guest.machine.setPrivilege(0, Hart.SUPERVISOR);
        assertEquals(OLD, guest.load(GVA));
        assertEquals(LOAD_FAULT, guest.load(NEW));

        guest.set(entry(2, GVA), leaf(OLD, FULL | USER));
        guest.set(entry(2, GVA + 4096), leaf(NEW, FULL & ~(READ | WRITE)));
        guest.fenceAll();
        for (int i = 0; i < 3; i++) {
            status(guest, true, false);
            assertEquals(OLD, guest.load(GVA));
            assertEquals(FETCH_FAULT, guest.fetch(GVA));
            assertEquals(LOAD_FAULT, guest.load(GVA + 4096));
            status(guest, false, true);
            assertEquals(LOAD_FAULT, guest.load(GVA));
            assertEquals(STORE_FAULT, guest.store(GVA, 1));
            assertEquals(NEW, guest.load(GVA + 4096));
            assertEquals(STORE_FAULT, guest.store(GVA + 4096, 1));
        }
    }

    private static void status(TwoHarts guest, boolean sum, boolean mxr) {
        TestHart.status(guest.machine.hart(0), sum, mxr);
        guest.machine.setPrivilege(0, Hart.SUPERVISOR);
    }

    @EveryModel
    void case19aFenceOfOneHartLeavesTheOtherItsChoice(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.load(GVA));
        assertEquals(OLD, guest.machine.access(1, AccessType.LOAD, GVA, 0));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        guest.fence(GVA);
        // Whatever the other hart fills meanwhile, this one may not see the old entry again.
        assertEither(OLD, NEW, () -> guest.machine.access(1, AccessType.LOAD, GVA, 0));
        assertEquals(NEW, guest.load(GVA));
        assertEither(OLD, NEW, () -> guest.machine.access(1, AccessType.STORE, GVA, 1));
        assertEquals(NEW, guest.load(GVA));
        guest.machine.fence(1, GVA, true, 0, false);
        assertEquals(NEW, guest.machine.access(1, AccessType.LOAD, GVA, 0));
    }

    @EveryModel
    void case20aRemoteFenceIsObeyedBeforeItReturns(String model) {
        long[][] ranges = {{0, 0}, {0, -1}, {GVA, 4096}, {GVA - 64 * 4096, 65 * 4096}, {GVA - 4096 * 3, 4 * 4096}};
        for (long[] range : ranges) {
            for (boolean hasAsid : new boolean[] {false, true}) {
                var guest = new TwoHarts(model);
                assertEquals(OLD, guest.machine.access(1, AccessType.LOAD, GVA, 0));
                guest.set(entry(2, GVA), leaf(NEW, FULL));
                guest.machine.monitor(1).remoteFenced(range[0], range[1], hasAsid ? ASID : 0, hasAsid);
                assertEquals(NEW, guest.machine.access(1, AccessType.LOAD, GVA, 0));
                assertEquals(NEW, guest.machine.access(1, AccessType.FETCH, GVA, 0));
            }
        }
    }

    @EveryModel
    void case21aBatchOfInvalidationsIsDoneAtItsEnd(String model) {
        var guest = new TwoHarts(model);
        long code = GVA + 4096;
        guest.set(entry(2, code), leaf(NEW + 4096, FULL));
        guest.fence(code);
        int[] batch = {SystemOp.SFENCE_W_INVAL.encode(0, 0, 0, 0, 0, 0), SystemOp.SINVAL_VMA.encode(0, 10, 0, 0, 0, 0),
            SystemOp.SINVAL_VMA.encode(0, 11, 12, 0, 0, 0), SystemOp.SFENCE_INVAL_IR.encode(0, 0, 0, 0, 0, 0)};
        for (int i = 0; i < batch.length; i++) {
            guest.machine.storeBare(0, NEW + 4096 + i * 4L, 4, batch[i]);
        }
        guest.set(entry(2, GVA + 8192), leaf(OLD, FULL));
        assertEquals(OLD, guest.load(GVA));
        assertEquals(OLD, guest.load(GVA + 8192));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        guest.set(entry(2, GVA + 8192), leaf(NEW, FULL));
        Hart hart = guest.machine.hart(0);
        hart.registers[10] = GVA;
        hart.registers[11] = GVA + 8192;
        hart.registers[12] = ASID;
        hart.pc = code;
        var interpreter = new Interpreter(hart, guest.machine.monitor(0), Interpreter.NEVER);
        for (int i = 0; i < batch.length; i++) {
            hart.yieldRequested = false;
            interpreter.step();
        }
        assertEquals(code + 4 * batch.length, hart.pc);
        assertEquals(NEW, guest.load(GVA));
        assertEquals(NEW, guest.load(GVA + 8192));
    }

    @EveryModel
    void case22aNapotRangeIsFencedAPageAtATime(String model) {
        var guest = new TwoHarts(model);
        long first = GVA & -65536;
        for (int i = 0; i < 16; i++) {
            guest.set(entry(2, first + i * 4096L), napot(OLD));
        }
        guest.fenceAll();
        for (int i = 0; i < 16; i++) {
            assertEquals(OLD + i * 4096L + 8, guest.load(first + i * 4096L + 8));
        }
        for (int i = 0; i < 16; i++) {
            guest.set(entry(2, first + i * 4096L), napot(NEW));
        }
        for (int i = 15; i >= 0; i--) {
            long gva = first + i * 4096L;
            guest.fence(gva);
            assertEquals(NEW + i * 4096L, guest.load(gva), "page " + i);
        }
        for (int i = 0; i < 16; i++) {
            assertEquals(NEW + i * 4096L, guest.store(first + i * 4096L, i));
        }
    }

    private static long napot(long target) {
        return target + 0x8000 >>> 2 | FULL | 1L << 63;
    }

    @EveryModel
    void case23storesBeforeTheFenceAreSeenAfterIt(String model) {
        var guest = new TwoHarts(model);
        // The guest writes its table through a mapping of its own, in the pieces it likes.
        guest.set(entry(2, GVA + 4096), leaf(TestMachine.page(2), FULL));
        assertEquals(OLD, guest.load(GVA));
        long at = GVA + 4096 + TranslationMode.index(GVA, 0) * 8L;
        for (int size = 8; size > 0; size /= 2) {
            for (int round = 0; round < 20; round++) {
                long target = round % 2 == 0 ? NEW : OLD;
                for (int i = 0; i < 8; i += size) {
                    guest.machine.monitor(0).store(at + i, size, leaf(target, FULL) >>> 8 * i);
                }
                guest.fence(GVA);
                assertEquals(target, guest.load(GVA));
            }
        }
    }

    @EveryModel
    void case24whatLeadsOutOfMemoryIsAnAccessFault(String model) {
        var guest = new TwoHarts(model);
        guest.set(entry(2, GVA), leaf(0x4000_0000L, FULL));
        guest.fence(GVA);
        assertAccessFaults(guest, GVA);
        guest.set(entry(2, GVA), leaf(OLD, FULL));
        guest.fence(GVA);
        assertEquals(OLD, guest.load(GVA));
        for (long table : new long[] {DEVICE, 0x4000_0000L, 1L << 55}) {
            guest.set(TestMachine.page(1) + TranslationMode.index(GVA, 1) * 8L, table >>> 2 | 1);
            guest.fenceAll();
            assertAccessFaults(guest, GVA);
        }
        guest.tree(0, 1, 2);
        guest.fenceAll();
        assertEquals(OLD, guest.load(GVA));
    }

    private static void assertAccessFaults(TwoHarts guest, long gva) {
        assertEquals(~AccessType.LOAD.accessFault(), guest.load(gva));
        assertEquals(~AccessType.STORE.accessFault(), guest.store(gva, 1));
        assertEquals(~AccessType.FETCH.accessFault(), guest.fetch(gva));
    }

    @EveryModel
    void case25rootsThatLeftTheBufferAreRightWhenTheyReturn(String model) {
        for (int size : new int[] {0, 1, 2, 16}) {
            var guest = new TwoHarts(model, ModelOptions.DEFAULTS.withRootBuffer(size));
            for (int i = 0; i < 20; i++) {
                guest.tree(10 + 3 * i, 11 + 3 * i, 12 + 3 * i);
                guest.set(entry(12 + 3 * i, GVA), leaf(OLD + i * 4096L, FULL));
            }
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 20; i++) {
                    guest.root(0, 10 + 3 * i, 10 + i);
                    assertEquals((round < 2 ? OLD : NEW) + i * 4096L, guest.load(GVA), "buffer " + size);
                }
                for (int i = 0; round == 1 && i < 20; i++) {
                    guest.set(entry(12 + 3 * i, GVA), leaf(NEW + i * 4096L, FULL));
                    guest.machine.fence(0, GVA, true, 10 + i, true);
                }
            }
        }
    }

    @EveryModel
    void case26fetchesObeyTheSameRules(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.fetch(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        assertEither(OLD, NEW, () -> guest.fetch(GVA));
        guest.fence(GVA);
        assertEquals(NEW, guest.fetch(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL & ~EXECUTE));
        guest.fence(GVA);
        assertEquals(FETCH_FAULT, guest.fetch(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        assertEquals(NEW, guest.fetch(GVA));
    }

    @EveryModel
    void case27theHostMayMoveTablesAndPagesAndHardwareAssistedPagingExitsForNoFence(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.load(GVA));
        move(guest, TestMachine.page(2));
        move(guest, OLD);
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~(ACCESSED | DIRTY)));
        guest.fence(GVA);
        assertEquals(OLD, guest.store(GVA, 42));
        assertEquals(42, guest.word(OLD));
        assertEquals(leaf(OLD, FULL), guest.word(entry(2, GVA)));
        long before = guest.machine.statistics().memoryVirtualisationExits();
        for (int i = 0; i < 10; i++) {
            guest.root(0, 0, ASID + i % 2);
            guest.fenceAll();
            guest.fence(GVA);
            guest.machine.monitor(0).remoteFenced(GVA, 4096, 0, false);
            assertEquals(OLD, guest.load(GVA));
        }
        if (model.equals("hap") || model.equals("native")) {
            assertEquals(before, guest.machine.statistics().memoryVirtualisationExits());
        }
    }

    private static void move(TwoHarts guest, long gpa) {
        if (guest.machine.frames() instanceof ScatteredFrames frames) {
            long old = frames.move(guest.machine.memory().pageIndex(gpa));
            guest.machine.monitor(0).hostPageMoved(gpa, old);
        }
    }
}
