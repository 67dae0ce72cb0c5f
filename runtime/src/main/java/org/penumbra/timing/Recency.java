// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

/// What the outermost cache probably has although it was not followed all the time.
///
/// A sample is far too short to fill a cache of some MiB, so a line that it does not have may have been used, and
/// brought in, in the stretch before that was not followed. Of such stretches, the pages used are known nevertheless:
/// those that missed the counted TLB. A line of such a page is taken to be there with the probability that a line of
/// all those pages has room in the cache; of 1,000 lines with probability 0.3, just 300 are.
final class Recency {
    private static final int PAGES = 1 << 18;
    private static final int FOLD = 20;

    private final int lines;
    private final int pageShift;
    private final int linesOfPage;
    /// By a hash of the page, in which stretch it was used last; negative if not in the one before that.
    private final int[] used = new int[PAGES];
    private int stretch = 2;
    private int pages;
    private double probability;
    private double owed;

    /// @param lines     of the cache
    /// @param lineShift its lines' size
    Recency(int lines, int lineShift) {
        this.lines = lines;
        this.pageShift = 12 - lineShift;
        this.linesOfPage = 1 << pageShift;
    }

    /// A line is used.
    void used(long line) {
        int place = place(line >>> pageShift);
        int last = Math.abs(used[place]);
        if (last != stretch) {
            used[place] = last == stretch - 1 ? stretch : -stretch;
            pages++;
        }
    }

    /// A page is used in some way.
    void usedPage(long page) {
        used(page << pageShift);
    }

    private static int place(long page) {
        return (int) (page ^ page >>> FOLD ^ page >>> 2 * FOLD) & PAGES - 1;
    }

    /// A sample begins: lines are looked for in what was used up to now since the last one began.
    void look() {
        probability = pages == 0 ? 0 : Math.min(1, (double) lines / ((double) pages * linesOfPage));
        stretch++;
        pages = 0;
    }

    /// Whether a line that is missing would be there: 1 if it would, -1 if it would not by chance, 0 if it is certain
    /// that it would not.
    int presumes(long line) {
        int last = used[place(line >>> pageShift)];
        if (Math.abs(last) != stretch - 1 && last != stretch) {
            return 0;
        }
        owed += probability;
        if (owed < 1) {
            return -1;
        }
        owed -= 1;
        return 1;
    }
}
