// SPDX-License-Identifier: Apache-2.0
package org.penumbra.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CodePageTest {
    private static final int PAGE = 4096;
    private static final int BLOCK = 64;
    private static final long WORD = 1;

    /// A page with something decoded every so many half-words.
    private static CodePage decoded(int stride) {
        CodePage page = new CodePage(0x8000_0000L, 0, new CodeMemory());
        page.markDecoded();
        for (int slot = 0; slot < CodePage.SLOTS; slot += stride) {
            page.setWord(slot, WORD);
        }
        return page;
    }

    /// Clears bytes by `cbo.zero`.
    private static void clear(CodePage page, int from, int to) {
        for (int offset = from; offset < to; offset += BLOCK) {
            page.overwrite(offset, BLOCK, 0);
        }
    }

    @Test
    void aPageThatIsClearedByBlocksHoldsNoCode() {
        for (int stride : new int[] {1, 3, 100, CodePage.SLOTS}) {
            CodePage page = decoded(stride);
            page.heat[5] = 7;
            clear(page, 0, PAGE);
            assertFalse(page.holdsCode(), "stride " + stride);
            assertEquals(0, page.heat[5]);
        }
    }

    @Test
    void aPageHoldsCodeUntilTheLastOfItIsOverwritten() {
        CodePage page = decoded(200);
        int last = 2 * (CodePage.SLOTS / 200) * 200;
        clear(page, 0, last & -BLOCK);
        clear(page, (last & -BLOCK) + BLOCK, PAGE);
        assertTrue(page.holdsCode());
        assertEquals(WORD, page.word(CodePage.slot(last)));
        assertTrue(page.overwrite(last, 1, 0));
        assertFalse(page.holdsCode());
    }

    @Test
    void codeDecodedTwiceAtOnePlaceIsGoneWhenThatIsOverwritten() {
        CodePage page = decoded(CodePage.SLOTS);
        page.setWord(0, WORD + 1);
        assertTrue(page.overwrite(0, 4, 0));
        assertFalse(page.holdsCode());
        page.markDecoded();
        page.setWord(8, WORD);
        page.drop();
        assertFalse(page.holdsCode());
        assertEquals(0, page.word(8));
    }

    @Test
    void whatIsDroppedMayLeaveTheListsOfItsPagesMeanwhile() {
        CodePage first = decoded(CodePage.SLOTS);
        CodePage second = decoded(CodePage.SLOTS);
        int[] dropped = {0};
        var both = new CodePage.Dependent[1];
        both[0] = () -> {
            dropped[0]++;
            first.removeDependent(both[0]);
            second.removeDependent(both[0]);
        };
        first.addDependent(both[0]);
        first.addDependent(() -> dropped[0]++);
        second.addDependent(both[0]);
        first.drop();
        assertEquals(2, dropped[0]);
        assertFalse(first.hasDependents());
        assertFalse(second.hasDependents());
    }

    @Test
    void storesBesideTheCodeLeaveItAndWhatWasBuiltOfIt() {
        CodePage page = decoded(CodePage.SLOTS);
        int[] dropped = {0};
        page.addDependent(() -> dropped[0]++);
        page.setUnit(0, "unit");
        clear(page, BLOCK, PAGE);
        assertTrue(page.holdsCode());
        assertEquals("unit", page.unit(0));
        assertEquals(0, dropped[0]);
        page.overwrite(0, 1, 0);
        assertEquals(null, page.unit(0));
        assertEquals(1, dropped[0]);
    }

    @Test
    void theWordBehindTheEndStays() {
        CodePage page = decoded(1);
        clear(page, 0, PAGE);
        page.drop();
        assertEquals(CodePage.PAGE_END, page.word(CodePage.SLOTS));
    }
}
