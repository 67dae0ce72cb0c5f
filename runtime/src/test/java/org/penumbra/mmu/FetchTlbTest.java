// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.penumbra.code.CodeMemory;
import org.penumbra.code.CodePage;

final class FetchTlbTest {
    private static final long GPA = 0x8000_1000L;

    /// The frame of a page has been replaced: the twin, which PMP makes of a page that it splits, has the old one as well.
    @Test
    void aPageIsDroppedWithItsTwin() {
        var page = new CodePage(GPA, 0x1000, new CodeMemory());
        var tlb = new FetchTlb(8);
        CodePage other = new CodePage(GPA + 4096, 0x2000, new CodeMemory());
        tlb.fill(0x1000, page);
        tlb.fill(0x2000, page.guarded());
        tlb.fill(0x3000, other);
        assertTrue(tlb.dropGuestPage(page));
        assertNull(tlb.lookup(0x1000));
        assertNull(tlb.lookup(0x2000));
        assertSame(other, tlb.lookup(0x3000));
        assertFalse(tlb.dropGuestPage(page));
    }
}
