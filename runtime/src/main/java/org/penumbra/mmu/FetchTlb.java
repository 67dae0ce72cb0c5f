// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import org.penumbra.code.CodePage;
import org.penumbra.snapshot.State;

/// The fetch side of the modelled TLB of one address space and privilege: page gva to [CodePage], direct-mapped.
public final class FetchTlb {
    private static final long PAGE_MASK = -4096;
    private static final long INVALID = 0x800;

    /// Changes of one TLB for which the counts of different TLBs stay apart: nine hours at a change every 30 ns.
    private static final long MOST_CHANGES = 1L << 40;
    private static final AtomicLong NEXT = new AtomicLong();

    private final long[] tags;
    private final CodePage[] pages;
    /// For guests of a hypervisor, the page that the first stage gave; else null.
    private final long[] betweenStages;
    private boolean empty = true;
    private long changes = NEXT.getAndAdd(MOST_CHANGES);

    public FetchTlb(int entries) {
        this(entries, false);
    }

    /// @param guests whether for guests of a hypervisor
    FetchTlb(int entries, boolean guests) {
        tags = new long[entries];
        pages = new CodePage[entries];
        betweenStages = guests ? new long[entries] : null;
        Arrays.fill(tags, INVALID);
    }

    /// The decoded page that `gva` lies in, or null on a miss.
    public CodePage lookup(long gva) {
        // Not index(gva): what the interpreter's loop calls must call nothing itself.
        int index = (int) (gva >>> 12) & (tags.length - 1);
        return tags[index] == (gva & PAGE_MASK) ? pages[index] : null;
    }

    public void fill(long gva, CodePage page) {
        int index = index(gva);
        tags[index] = gva & PAGE_MASK;
        pages[index] = page;
        empty = false;
        changes++;
    }

    /// Notes the address that the first stage gave for the page of `gva`, which was filled just before.
    public void noteBetweenStages(long gva, long gpa) {
        betweenStages[index(gva)] = gpa & PAGE_MASK;
    }

    /// Counts fills and drops, from a start that no other TLB's count reaches. An earlier lookup stays valid as long as
    /// the hart's TLB has the same count.
    public long changes() {
        return changes;
    }

    /// @return whether something was dropped
    public boolean flushPage(long gva) {
        int index = index(gva);
        if (tags[index] != (gva & PAGE_MASK)) {
            return false;
        }
        drop(index);
        return true;
    }

    private int index(long gva) {
        return (int) (gva >>> 12) & (tags.length - 1);
    }

    private void drop(int index) {
        tags[index] = INVALID;
        pages[index] = null;
        changes++;
    }

    /// Drops the entries whose address between the stages is in `[gpa, gpa + bytes)`, whole pages.
    /// @return whether something was dropped
    boolean flushBetweenStages(long gpa, long bytes) {
        boolean dropped = false;
        for (int i = 0; i < tags.length; i++) {
            long distance = betweenStages[i] - gpa;
            if (tags[i] != INVALID && distance >= 0 && distance < bytes) {
                drop(i);
                dropped = true;
            }
        }
        return dropped;
    }

    /// Drops the entries for `[gva, gva + bytes)`.
    /// @return whether something was dropped
    public boolean flushRange(long gva, long bytes) {
        boolean dropped = false;
        for (int i = 0; i < tags.length; i++) {
            if (tags[i] != INVALID && tags[i] - gva >= 0 && tags[i] - gva < bytes) {
                drop(i);
                dropped = true;
            }
        }
        return dropped;
    }

    /// Replaces each cached page by its guarded twin, or each twin by its page, as `twin` decides for its address.
    public void retwin(LongPredicate twin) {
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null) {
                pages[i] = pages[i].watched(twin.test(tags[i]));
            }
        }
    }

    /// Drops a page and its twin.
    ///
    /// @return whether something was dropped
    public boolean dropGuestPage(CodePage page) {
        boolean dropped = false;
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null && pages[i].gpa() == page.gpa()) {
                drop(i);
                dropped = true;
            }
        }
        return dropped;
    }

    /// @return whether something was dropped
    public boolean flush() {
        if (empty) {
            return false;
        }
        Arrays.fill(tags, INVALID);
        Arrays.fill(pages, null);
        empty = true;
        changes++;
        return true;
    }

    /// Saves the translations, or replaces all by those saved.
    ///
    /// @param pageOf the page at a guest-physical address
    void transfer(State state, LongFunction<CodePage> pageOf) {
        if (!state.restores()) {
            int present = 0;
            for (CodePage page : pages) {
                present += page != null ? 1 : 0;
            }
            state.number(present);
            for (int i = 0; i < pages.length; i++) {
                if (pages[i] != null) {
                    state.number(tags[i]);
                    state.number(pages[i].gpa());
                    state.flag(pages[i].watched(false).isGuarded());
                    if (betweenStages != null) {
                        state.number(betweenStages[i]);
                    }
                }
            }
            return;
        }
        flush();
        for (int left = state.number(0); left > 0; left--) {
            long gva = state.number(0L);
            CodePage page = pageOf.apply(state.number(0L));
            fill(gva, state.flag(false) ? page.guarded() : page);
            if (betweenStages != null) {
                noteBetweenStages(gva, state.number(0L));
            }
        }
    }
}
