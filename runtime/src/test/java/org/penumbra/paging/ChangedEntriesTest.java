// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.paging.TwoHarts.ACCESSED;
import static org.penumbra.paging.TwoHarts.ASID;
import static org.penumbra.paging.TwoHarts.DIRTY;
import static org.penumbra.paging.TwoHarts.EXECUTE;
import static org.penumbra.paging.TwoHarts.FETCH_FAULT;
import static org.penumbra.paging.TwoHarts.FULL;
import static org.penumbra.paging.TwoHarts.GVA;
import static org.penumbra.paging.TwoHarts.LOAD_FAULT;
import static org.penumbra.paging.TwoHarts.NEW;
import static org.penumbra.paging.TwoHarts.OLD;
import static org.penumbra.paging.TwoHarts.OTHER_ASID;
import static org.penumbra.paging.TwoHarts.STORE_FAULT;
import static org.penumbra.paging.TwoHarts.WRITE;
import static org.penumbra.paging.TwoHarts.assertEither;
import static org.penumbra.paging.TwoHarts.entry;
import static org.penumbra.paging.TwoHarts.leaf;
import static org.penumbra.paging.TwoHarts.pointer;

import org.penumbra.mmu.TestHart;
import org.penumbra.mmu.TranslationMode;

/// What a hart may and must see of entries and tables that change, a case at a time and under every model. Where the privileged
/// specification allows several outcomes, each of them passes; the numbers are those of the list of cases in the design.
class ChangedEntriesTest {
    @EveryModel
    void case1anEntryThatBecomesValidNeedsNoFence(String model) {
        var guest = new TwoHarts(model);
        guest.set(entry(2, GVA), 0);
        guest.fenceAll();
        for (int i = 0; i < 3; i++) {
            assertEquals(LOAD_FAULT, guest.load(GVA));
            assertEquals(STORE_FAULT, guest.store(GVA, 1));
        }
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        assertEquals(NEW, guest.load(GVA));
        assertEquals(NEW, guest.store(GVA, 1));
        assertEquals(NEW, guest.fetch(GVA));
    }

    @EveryModel
    void case2aPermissionThatIsGivenNeedsNoFenceAndNoFault(String model) {
        var guest = new TwoHarts(model);
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~(WRITE | EXECUTE)));
        guest.fenceAll();
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(OLD, FULL));
        long before = guest.reflected();
        assertEquals(OLD, guest.store(GVA, 1));
        assertEquals(OLD, guest.fetch(GVA));
        assertEquals(before, guest.reflected());
    }

    @EveryModel
    void case3aPermissionThatIsTakenIsGoneAfterTheFence(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.store(GVA, 1));
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~WRITE));
        assertEither(OLD, STORE_FAULT, () -> guest.store(GVA, 2));
        guest.fence(GVA);
        assertEquals(STORE_FAULT, guest.store(GVA, 3));
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(2, GVA), 0);
        assertEither(OLD, LOAD_FAULT, () -> guest.load(GVA));
        guest.fence(GVA);
        assertEquals(LOAD_FAULT, guest.load(GVA));
    }

    @EveryModel
    void case4anotherFrameIsSeenAfterTheFence(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        assertEither(OLD, NEW, () -> guest.load(GVA));
        assertEither(OLD, NEW, () -> guest.store(GVA, 1));
        guest.fence(GVA);
        assertEquals(NEW, guest.load(GVA));
        assertEquals(NEW, guest.store(GVA, 1));
    }

    @EveryModel
    void case5accessedAndDirtyAreSetBeforeTheAccessAndNeverTooEarly(String model) {
        var guest = new TwoHarts(model);
        long bare = FULL & ~(ACCESSED | DIRTY);
        guest.set(entry(2, GVA), leaf(OLD, bare));
        guest.fenceAll();
        assertEquals(leaf(OLD, bare), guest.word(entry(2, GVA)));
        assertEquals(OLD, guest.load(GVA));
        assertEquals(leaf(OLD, bare | ACCESSED), guest.word(entry(2, GVA)));
        assertEquals(OLD, guest.fetch(GVA));
        assertEquals(leaf(OLD, bare | ACCESSED), guest.word(entry(2, GVA)));
        assertEquals(OLD, guest.store(GVA, 1));
        assertEquals(leaf(OLD, FULL), guest.word(entry(2, GVA)));
    }

    @EveryModel
    void case6accessedClearedWithoutFenceIsSetAgainAtTheLatestAfterOne(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~ACCESSED));
        assertEquals(OLD, guest.load(GVA));
        long now = guest.word(entry(2, GVA));
        assertTrue(now == leaf(OLD, FULL) || now == leaf(OLD, FULL & ~ACCESSED), Long.toHexString(now));
        guest.fence(GVA);
        assertEquals(OLD, guest.load(GVA));
        assertEquals(leaf(OLD, FULL), guest.word(entry(2, GVA)));
    }

    @EveryModel
    void case6bWithoutHardwareUpdatesTheGuestGetsPageFaultsAndNoBitIsSet(String model) {
        var guest = new TwoHarts(model);
        TestHart.environment(guest.machine.hart(0), false, true);
        guest.fenceAll();
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~(ACCESSED | DIRTY)));
        guest.fenceAll();
        assertEquals(LOAD_FAULT, guest.load(GVA));
        assertEquals(FETCH_FAULT, guest.fetch(GVA));
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~DIRTY));
        assertEquals(OLD, guest.load(GVA));
        assertEquals(STORE_FAULT, guest.store(GVA, 1));
        assertEquals(leaf(OLD, FULL & ~DIRTY), guest.word(entry(2, GVA)));
        guest.set(entry(2, GVA), leaf(OLD, FULL));
        assertEquals(OLD, guest.store(GVA, 1));
    }

    @EveryModel
    void case7aTableThatBecomesDataIsLeftAlone(String model) {
        var guest = new TwoHarts(model);
        guest.set(entry(2, GVA), leaf(OLD, FULL & ~(ACCESSED | DIRTY)));
        assertEquals(OLD, guest.load(GVA));
        guest.set(TestMachine.page(1) + TranslationMode.index(GVA, 1) * 8L, 0);
        guest.fenceAll();
        for (int i = 0; i < 512; i++) {
            guest.set(TestMachine.page(2) + i * 8L, leaf(NEW, 0xf));
        }
        assertEquals(LOAD_FAULT, guest.load(GVA));
        assertEquals(STORE_FAULT, guest.store(GVA, 1));
        guest.fenceAll();
        for (int i = 0; i < 512; i++) {
            assertEquals(leaf(NEW, 0xf), guest.word(TestMachine.page(2) + i * 8L));
        }
    }

    @EveryModel
    void case8aTableMayBeOfEveryLevelAtOnce(String model) {
        var guest = new TwoHarts(model);
        // The root is its own child; a gigapage in it is a page of 4 KiB where it is read as a lowest table.
        guest.set(TestMachine.page(0) + 9 * 8, pointer(0));
        guest.set(TestMachine.page(0) + 11 * 8, leaf(TestMachine.BASE, FULL));
        guest.fenceAll();
        assertEquals(LOAD_FAULT, guest.load(9L << 30 | 9L << 21 | 9L << 12));
        assertEquals(TestMachine.BASE + 0x18, guest.load(9L << 30 | 9L << 21 | 11L << 12 | 0x18));
        assertEquals(OLD, guest.load(11L << 30 | OLD - TestMachine.BASE));
        // A page of the tables is an ordinary page for guests that map it.
        guest.set(entry(2, GVA + 4096), leaf(TestMachine.page(2), FULL));
        assertEquals(TestMachine.page(2), guest.load(GVA + 4096));
        long at = GVA + 4096 + TranslationMode.index(GVA, 0) * 8L;
        assertEquals(entry(2, GVA), guest.store(at, leaf(NEW, FULL)));
        guest.fence(GVA);
        assertEquals(NEW, guest.load(GVA));
    }

    @EveryModel
    void case9tablesSharedByRootsChangeForAll(String model) {
        var guest = new TwoHarts(model);
        guest.set(TestMachine.page(3) + TranslationMode.index(GVA, 2) * 8L, pointer(1));
        guest.root(0, 3, OTHER_ASID);
        assertEquals(OLD, guest.load(GVA));
        guest.root(0, 0, ASID);
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        guest.fence(GVA);
        assertEquals(NEW, guest.load(GVA));
        guest.root(0, 3, OTHER_ASID);
        assertEquals(NEW, guest.load(GVA));
    }

    @EveryModel
    void case10aFenceAnywhereInASuperpageSubsumesAllOfIt(String model) {
        var guest = new TwoHarts(model);
        long large = GVA & -(2 << 20);
        long at = TestMachine.page(1) + TranslationMode.index(GVA, 1) * 8L;
        guest.set(at, leaf(OLD, FULL));
        guest.fenceAll();
        for (int i = 0; i < 512; i += 37) {
            assertEquals(OLD + i * 4096L, guest.load(large + i * 4096L));
        }
        guest.set(at, leaf(NEW, FULL));
        guest.fence(large + 100 * 4096);
        for (int i = 0; i < 512; i += 37) {
            assertEquals(NEW + i * 4096L, guest.load(large + i * 4096L));
        }
    }

    @EveryModel
    void case11aSuperpageIsSplitAndPutTogetherAgain(String model) {
        var guest = new TwoHarts(model);
        long at = TestMachine.page(1) + TranslationMode.index(GVA, 1) * 8L;
        long inside = GVA & (2 << 20) - 1;
        guest.set(at, leaf(OLD, FULL));
        guest.fenceAll();
        assertEquals(OLD + inside, guest.load(GVA));
        guest.set(entry(2, GVA), leaf(NEW, FULL));
        guest.set(at, pointer(2));
        assertEither(OLD + inside, NEW, () -> guest.load(GVA));
        guest.fence(GVA);
        assertEquals(NEW, guest.load(GVA), "the superpage was a leaf, which a fence of its address subsumes");
        guest.set(at, leaf(OLD, FULL));
        guest.fence(GVA);
        assertEither(OLD + inside, NEW, () -> guest.load(GVA));
        guest.fenceAll();
        assertEquals(OLD + inside, guest.load(GVA));
        assertEquals(OLD + inside + 4096, guest.load(GVA + 4096));
    }

    @EveryModel
    void case12aPointerIsCertainOnlyAfterAFenceWithoutAddress(String model) {
        var guest = new TwoHarts(model);
        assertEquals(OLD, guest.load(GVA));
        guest.set(entry(4, GVA), leaf(NEW, FULL));
        guest.set(TestMachine.page(1) + TranslationMode.index(GVA, 1) * 8L, pointer(4));
        guest.fence(GVA);
        assertEither(OLD, NEW, () -> guest.load(GVA));
        guest.machine.fence(0, 0, false, ASID, true);
        assertEquals(NEW, guest.load(GVA));
    }
}
