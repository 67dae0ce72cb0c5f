// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.ArrayList;
import java.util.List;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;

/// Which harts that run in parallel hold decoded code of which pages of RAM. All but [#hold] with the machine's lock.
///
/// No shadow TLB lets stores to such a page hit, so that each comes to a monitor, which drops the code of all harts
/// before the store is over. A hart that finds no code of a page in here and adds some first takes the page out of the
/// TLBs of all harts; for that it waits until those that could be storing to it are outside.
public final class CodeHolders {
    private final MachineLock lock;
    private final List<Hart> harts = new ArrayList<>();
    private final List<CodePages> all = new ArrayList<>();
    /// By page of RAM, the harts by their ids.
    private final short[] holders;

    public CodeHolders(MachineLock lock, GuestMemory memory) {
        this.lock = lock;
        this.holders = new short[memory.pageCount()];
    }

    /// Harts come in the order of their ids.
    void add(Hart hart, CodePages pages) {
        harts.add(hart);
        all.add(pages);
    }

    /// Whether any hart holds code of a page.
    boolean hold(int index) {
        return holders[index] != 0;
    }

    /// A hart has decoded an instruction of a page for the first time since its code was last dropped.
    void decoded(CodePages by, CodePage page, GuestMemory memory) {
        if (!memory.contains(page.gpa(), GuestMemory.PAGE_SIZE)) {
            return;
        }
        int index = memory.pageIndex(page.gpa());
        boolean first = holders[index] == 0;
        holders[index] |= (short) (1 << all.indexOf(by));
        // A hart that lets stores hit a page looks afterwards whether it is one of code: one of both sees the other.
        HostMemory.fullFence();
        if (first) {
            for (Hart hart : harts) {
                if (hart.spaces().letsStoresHit(page.hostAddress())) {
                    lock.reach(hart);
                    hart.spaces().dropHostPage(page.hostAddress(), true);
                }
            }
        }
    }

    /// Drops the code that harts other than one hold of a page, all at once: a page that one hart writes, and another
    /// executes, has mostly got a new use.
    void dropOfOthers(CodePages but, int index) {
        if (holders[index] == 0) {
            return;
        }
        for (int id = 0; id < all.size(); id++) {
            if (all.get(id) != but && (holders[index] >>> id & 1) != 0) {
                lock.reach(harts.get(id));
                all.get(id).drop(index);
                update(all.get(id), index);
            }
        }
    }

    /// Records whether one holds code of a page.
    void update(CodePages one, int index) {
        int bit = 1 << all.indexOf(one);
        holders[index] = (short) (one.holdsCode(index) ? holders[index] | bit : holders[index] & ~bit);
    }
}
