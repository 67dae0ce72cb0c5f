// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScatteredFramesTest {
    private static final long SIZE = 9 << 20;
    private static final int PAGES = (int) (SIZE / 4096);

    @ParameterizedTest
    @ValueSource(longs = {4096, 2 << 20})
    void everyPageHasAFrameOfItsOwn(long hostPage) {
        var frames = new ScatteredFrames(SIZE, hostPage, 3);
        Set<Long> seen = new HashSet<>();
        for (int page = PAGES - 1; page >= 0; page--) {
            long address = frames.address(page);
            assertEquals(0, address % 4096);
            assertTrue(seen.add(address));
            assertEquals(0, HostMemory.getLong(address));
            HostMemory.putLong(address + 8, page);
        }
        for (int page = 0; page < PAGES; page++) {
            assertEquals(page, HostMemory.getLong(frames.address(page) + 8));
        }
    }

    @Test
    void smallFramesAreNotInGuestOrder() {
        var frames = new ScatteredFrames(SIZE, 4096, 3);
        int neighbours = 0;
        for (int page = 1; page < PAGES; page++) {
            if (frames.address(page) - frames.address(page - 1) == 4096) {
                neighbours++;
            }
        }
        assertTrue(neighbours < PAGES / 20, neighbours + " neighbours");
    }

    @Test
    void largeFramesAreAlignedAndWhole() {
        var frames = new ScatteredFrames(SIZE, 2 << 20, 3);
        long first = frames.address(512);
        assertEquals(0, first % (2 << 20));
        for (int i = 0; i < 512; i++) {
            assertEquals(first + i * 4096L, frames.address(512 + i));
        }
        assertTrue(frames.isLarge(700));
        assertFalse(frames.isLarge(4 * 512), "RAM ends within it");
        assertFalse(new ScatteredFrames(SIZE, 4096, 3).isLarge(700));
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 2 << 20})
    void aPageThatMovesTakesItsContentAlong(long hostPage) {
        var frames = new ScatteredFrames(SIZE, hostPage, 3);
        for (int page = 0; page < PAGES; page++) {
            HostMemory.putLong(frames.address(page), page * 17L);
        }
        // More moves than there are spare frames, so that those given back are used again.
        for (int i = 0; i < 4 * PAGES; i++) {
            int page = i % 600;
            long before = frames.address(page);
            assertEquals(before, frames.move(page));
            assertNotEquals(before, frames.address(page));
        }
        Set<Long> seen = new HashSet<>();
        for (int page = 0; page < PAGES; page++) {
            assertEquals(page * 17L, HostMemory.getLong(frames.address(page)));
            assertTrue(seen.add(frames.address(page)));
        }
        assertFalse(frames.isLarge(3));
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 2 << 20})
    void thereAreFramesForNewPagesHoweverManyMovesThereWere(long hostPage) {
        var frames = new ScatteredFrames(SIZE, hostPage, 3);
        HostMemory.putLong(frames.address(7), 7);
        for (int i = 0; i < 8 * PAGES; i++) {
            frames.move(7);
        }
        assertEquals(1, frames.touched());
        for (int page = 0; page < PAGES; page++) {
            assertEquals(page == 7 ? 7 : 0, HostMemory.getLong(frames.address(page)));
            HostMemory.putLong(frames.address(page), page);
        }
        assertEquals(PAGES, frames.touched());
        assertEquals(7, frames.touched(0));
    }

    /// The host backs what is touched by huge pages: frames spread over all of it would cost many times the guest's memory.
    @Test
    void framesTouchLittleMoreHostMemoryThanTheGuestDoes() {
        long size = 1L << 30;
        for (int touched : new int[] {1, 5_000, 40_000}) {
            var frames = new ScatteredFrames(size, 4096, 3);
            Set<Long> hugePages = new HashSet<>();
            for (int page = 0; page < touched; page++) {
                hugePages.add(frames.address(page * 6L) >>> 21);
            }
            assertTrue(hugePages.size() <= touched / 512 + 9, touched + " pages touch " + hugePages.size() + " huge pages");
        }
    }

    @Test
    void placementDependsOnTheSeedOnly() {
        assertEquals(distances(1), distances(1));
        assertNotEquals(distances(1), distances(2));
    }

    private static Set<Long> distances(long seed) {
        var frames = new ScatteredFrames(SIZE, 4096, seed);
        Set<Long> distances = new HashSet<>();
        for (int page = 1; page < 20; page++) {
            distances.add((long) page << 40 ^ frames.address(page) - frames.address(0));
        }
        return distances;
    }
}
