// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.penumbra.mmu.PageTableEntry.ACCESSED;
import static org.penumbra.mmu.PageTableEntry.DIRTY;
import static org.penumbra.mmu.PageTableEntry.EXECUTE;
import static org.penumbra.mmu.PageTableEntry.NAPOT;
import static org.penumbra.mmu.PageTableEntry.READ;
import static org.penumbra.mmu.PageTableEntry.USER;
import static org.penumbra.mmu.PageTableEntry.VALID;
import static org.penumbra.mmu.PageTableEntry.WRITE;

import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostFrames;

class PageTableWalkerTest {
    private static final long BASE = 0x8000_0000L;
    private static final long SIZE = 8 << 20;
    private static final long DATA = BASE + (4 << 20);
    private static final long RWXAD = VALID | READ | WRITE | EXECUTE | ACCESSED | DIRTY;

    private final GuestMemory memory = new GuestMemory(BASE, SIZE, HostFrames.identity(SIZE));
    private final Hart hart = TestHart.create(0, 16, 1);
    private final WalkReferences references = new WalkReferences();
    private Predicate<Boolean> tableAccess = update -> true;
    private final PageTableWalker walker = new PageTableWalker(memory, PageTableWalker.direct(memory), references);

    /// The bits of the hart, and protection of the tables as the test says.
    private final TranslationContext context = new TranslationContext() {
        @Override
        public boolean sum() {
            return hart.sum();
        }

        @Override
        public boolean mxr() {
            return hart.mxr();
        }

        @Override
        public boolean pageMemoryTypes() {
            return hart.pageMemoryTypes();
        }

        @Override
        public boolean largeLeaves() {
            return hart.largeLeaves();
        }

        @Override
        public boolean updatesAccessedDirty() {
            return hart.updatesAccessedDirty();
        }

        @Override
        public boolean allowsTable(long gpa, boolean update) {
            return tableAccess.test(update);
        }
    };

    private static long pointer(long table) {
        return table >>> 12 << 10 | VALID;
    }

    private static long leaf(long page, long bits) {
        return page >>> 12 << 10 | bits;
    }

    private void put(long table, int index, long pte) {
        memory.store(table + index * 8L, 8, pte);
    }

    private int walk(int mode, long gva, AccessType type, int privilege) {
        return walker.walk(context, TranslationMode.satp(mode, 0, BASE), gva, type, privilege);
    }

    private int load(long gva) {
        return walk(TranslationMode.SV39, gva, AccessType.LOAD, Hart.SUPERVISOR);
    }

    @Test
    void everyModeReadsOneEntryALevel() {
        for (int levels = 3; levels <= 5; levels++) {
            for (int i = 0; i < levels - 1; i++) {
                put(BASE + i * 4096L, 1, pointer(BASE + (i + 1) * 4096L));
            }
            put(BASE + (levels - 1) * 4096L, 1, leaf(DATA, RWXAD));
            long gva = 0;
            for (int level = 0; level < levels; level++) {
                gva |= 1L << 12 + 9 * level;
            }
            references.guest = 0;
            assertEquals(PageTableWalker.OK, walk(5 + levels, gva + 0x123, AccessType.STORE, Hart.SUPERVISOR));
            assertEquals(DATA + 0x123, walker.gpa());
            assertEquals(levels, references.guest);
            assertEquals(0, references.host);
            assertEquals(PageTableWalker.PAGE_FAULT, walk(5 + levels, gva | 1L << 63, AccessType.LOAD, Hart.SUPERVISOR),
                    "not canonical");
        }
    }

    @Test
    void superpagesTakeTheirLowFrameBitsFromTheAddress() {
        put(BASE, 0, leaf(BASE & -(1L << 30), RWXAD));
        assertEquals(PageTableWalker.OK, load(0x12_3456));
        assertEquals((BASE & -(1L << 30)) + 0x12_3456, walker.gpa());
        assertEquals(2, walker.leafLevel());
        put(BASE, 0, leaf(BASE + (2 << 20), RWXAD));
        assertEquals(PageTableWalker.PAGE_FAULT, load(0x12_3456), "misaligned");
    }

    @Test
    void contiguousPagesOf64KiBAreOneEntrysOwn() {
        put(BASE, 0, pointer(BASE + 4096));
        put(BASE + 4096, 0, pointer(BASE + 8192));
        put(BASE + 8192, 5, leaf(DATA | 0x8000, RWXAD) | NAPOT);
        assertEquals(PageTableWalker.OK, load(0x5abc));
        assertEquals(DATA + 0x5abc, walker.gpa());
        assertEquals(PageTableWalker.PAGE_FAULT, load(0x6000), "its own entry is invalid");
        put(BASE + 8192, 5, leaf(DATA | 0x4000, RWXAD) | NAPOT);
        assertEquals(PageTableWalker.PAGE_FAULT, load(0x5abc), "reserved size");
    }

    @Test
    void reservedEncodingsFault() {
        put(BASE, 0, pointer(BASE + 4096));
        put(BASE + 4096, 0, pointer(BASE + 8192));
        for (int bit = 54; bit <= 60; bit++) {
            put(BASE + 8192, 0, leaf(DATA, RWXAD) | 1L << bit);
            assertEquals(PageTableWalker.PAGE_FAULT, load(0), "bit " + bit);
        }
        put(BASE + 8192, 0, leaf(DATA, VALID | WRITE | ACCESSED | DIRTY));
        assertEquals(PageTableWalker.PAGE_FAULT, load(0), "W without R");
        put(BASE + 8192, 0, pointer(DATA));
        assertEquals(PageTableWalker.PAGE_FAULT, load(0), "a pointer at the last level");
        for (long bits : new long[] {USER, ACCESSED, DIRTY, NAPOT, 1L << 61, 1L << 62}) {
            put(BASE + 8192, 0, leaf(DATA, RWXAD));
            put(BASE + 4096, 0, pointer(BASE + 8192) | bits);
            assertEquals(PageTableWalker.PAGE_FAULT, load(0), "pointer with " + Long.toHexString(bits));
        }
    }

    @Test
    void memoryTypesNeedTheirEnableBit() {
        put(BASE, 0, leaf(BASE & -(1L << 30), RWXAD) | 1L << 61);
        assertEquals(PageTableWalker.OK, load(0));
        TestHart.environment(hart, true, false);
        assertEquals(PageTableWalker.PAGE_FAULT, load(0));
        TestHart.environment(hart, true, true);
        put(BASE, 0, leaf(BASE & -(1L << 30), RWXAD) | 3L << 61);
        assertEquals(PageTableWalker.PAGE_FAULT, load(0), "type 3 is reserved");
    }

    @Test
    void tableOutsideRamOrUnderProtectionIsAnAccessFault() {
        put(BASE, 0, pointer(0x1000_0000L));
        assertEquals(PageTableWalker.ACCESS_FAULT, load(0));
        put(BASE, 0, pointer(BASE + SIZE));
        assertEquals(PageTableWalker.ACCESS_FAULT, load(0));
        put(BASE, 0, leaf(BASE & -(1L << 30), RWXAD & ~ACCESSED));
        tableAccess = update -> !update;
        assertEquals(PageTableWalker.ACCESS_FAULT, load(0));
        assertEquals(0, memory.load(BASE, 8) & ACCESSED);
        tableAccess = update -> false;
        assertEquals(PageTableWalker.ACCESS_FAULT, load(0));
    }

    @Test
    void aRootThatPointsAtItselfEndsAtTheLastLevel() {
        put(BASE, 0, pointer(BASE));
        references.guest = 0;
        assertEquals(PageTableWalker.PAGE_FAULT, load(0));
        assertEquals(3, references.guest);
    }

    @Test
    void hardwareSetsAccessedAndDirtyExactly() {
        long clean = leaf(BASE & -(1L << 30), VALID | READ | WRITE);
        put(BASE, 0, clean);
        assertEquals(PageTableWalker.OK, load(0));
        assertTrue(walker.updated());
        assertEquals(clean | ACCESSED, memory.load(BASE, 8));
        assertEquals(PageTableWalker.OK, load(0));
        assertFalse(walker.updated());
        assertEquals(PageTableWalker.OK, walk(TranslationMode.SV39, 0, AccessType.STORE, Hart.SUPERVISOR));
        assertEquals(clean | ACCESSED | DIRTY, memory.load(BASE, 8));
        TestHart.environment(hart, false, true);
        put(BASE, 0, clean);
        assertEquals(PageTableWalker.PAGE_FAULT, load(0));
        put(BASE, 0, clean | ACCESSED);
        assertEquals(PageTableWalker.OK, load(0));
        assertEquals(PageTableWalker.PAGE_FAULT, walk(TranslationMode.SV39, 0, AccessType.STORE, Hart.SUPERVISOR));
        assertEquals(clean | ACCESSED, memory.load(BASE, 8));
    }
}
