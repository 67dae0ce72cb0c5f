// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.penumbra.code.CodeMemory;
import org.penumbra.code.CodePage;
import org.penumbra.language.region.RegionPlan;

/// Regions and the pages they were built from.
final class RegionTest {
    private static final long PC = 0x8000_0ffcL;

    private final CodeMemory memory = new CodeMemory();
    private final CodePage first = new CodePage(0x8000_0000L, 0, memory);
    private final CodePage second = new CodePage(0x8000_1000L, 0, memory);
    private final Region region = region(first, second);

    @AfterEach
    void free() {
        memory.close();
    }

    private static Region region(CodePage... pages) {
        var plan = new RegionPlan(PC, List.of(), 2, new int[0], new int[0], false, new long[] {PC, PC + 4}, pages);
        return new Region(null, plan, null);
    }

    /// Else the list of a page that stays, such as a library's, would grow with each region that runs into it.
    @Test
    void regionWhoseCodeIsOverwrittenLeavesTheListsOfItsOtherPages() {
        assertTrue(second.hasDependents());
        first.drop();
        assertFalse(region.valid());
        assertFalse(second.hasDependents());
    }

    @Test
    void retiredRegionLeavesTheListsOfAllItsPages() {
        region.retire();
        assertFalse(first.hasDependents() || second.hasDependents());
    }

    @Test
    void regionStartsInTheFirstOfItsPagesOnly() {
        assertTrue(region.startsIn(first));
        assertFalse(region.startsIn(second));
        region.retire();
        assertFalse(region.startsIn(first));
    }
}
