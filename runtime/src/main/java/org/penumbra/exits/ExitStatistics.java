// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import org.penumbra.mmu.WalkReferences;

/// What memory virtualisation cost one hart, as exact counts; nothing here is touched on a TLB hit.
public final class ExitStatistics {
    private static final ExitCause[] CAUSES = ExitCause.values();

    private final long[] exits = new long[CAUSES.length];
    private final long[] fastPath = new long[FastPathEntry.values().length];
    /// References of table walks: `guest` to the guest's tables, `host` to second-stage and shadow tables.
    public final WalkReferences walk = new WalkReferences();
    /// TLB misses, data and fetch; counted by the monitor.
    public long tlbMisses;
    /// Accesses whose page the TLB held, but without the right to them: first stores to clean pages, stores to pages that
    /// the guest or the model protects. Hardware faults or looks at the tables again for these, and calls it no miss.
    public long tlbDenials;

    /// Guest entries read to synchronise shadow tables (not those read to serve a miss).
    public long ptesReRead;
    /// Shadow entries that synchronisation replaced or installed.
    public long ptesChanged;
    /// Shadow entries that synchronisation removed.
    public long ptesDropped;
    /// Shadow tables freed because nothing led to them any more.
    public long tablesFreed;

    public long pagesLive;
    public long pagesPeak;
    /// Guest superpages that had to be shadowed in smaller pieces.
    public long splinteredSuperpages;
    /// Roots pushed out of the base-address buffer.
    public long rootEvictions;
    /// Shadow tables taken back because the shadow memory was full.
    public long tableEvictions;
    /// Guest pages whose host frame the host replaced.
    public long hostPagesMoved;

    /// Told of what is counted, or null.
    private Listener listener;

    /// Told of exits and entries as they are counted.
    public interface Listener {
        void exit(ExitCause cause);

        void fastPath(FastPathEntry entry);
    }

    public void listen(Listener told) {
        listener = told;
    }

    public void exit(ExitCause cause) {
        exits[cause.ordinal()]++;
        if (listener != null) {
            listener.exit(cause);
        }
    }

    public void fastPath(FastPathEntry entry) {
        fastPath[entry.ordinal()]++;
        if (listener != null) {
            listener.fastPath(entry);
        }
    }

    public long exits(ExitCause cause) {
        return exits[cause.ordinal()];
    }

    public long fastPathEntries(FastPathEntry entry) {
        return fastPath[entry.ordinal()];
    }

    /// All hypervisor exits of memory virtualisation; MMIO, timer and firmware calls are not among them.
    public long memoryVirtualisationExits() {
        long sum = 0;
        for (long n : exits) {
            sum += n;
        }
        return sum;
    }

    /// The same with fences free, which is the idealised reading of `tsp`.
    public long exitsWithoutFences() {
        return memoryVirtualisationExits() - exits(ExitCause.FENCE_ESCALATED);
    }

    public long fastPathEntries() {
        long sum = 0;
        for (long n : fastPath) {
            sum += n;
        }
        return sum;
    }

    /// Adds another hart's counts; live and peak pages add up, since each hart has tables of its own.
    public void add(ExitStatistics other) {
        combine(other, 1);
        pagesLive += other.pagesLive;
        pagesPeak += other.pagesPeak;
    }

    /// The counts as they are now.
    public ExitStatistics copy() {
        var copy = new ExitStatistics();
        copy.add(this);
        return copy;
    }

    /// What was counted after an earlier [#copy]; live and peak pages are those of now.
    public ExitStatistics since(ExitStatistics earlier) {
        ExitStatistics difference = copy();
        difference.combine(earlier, -1);
        return difference;
    }

    private void combine(ExitStatistics other, int sign) {
        for (int i = 0; i < exits.length; i++) {
            exits[i] += sign * other.exits[i];
        }
        for (int i = 0; i < fastPath.length; i++) {
            fastPath[i] += sign * other.fastPath[i];
        }
        walk.guest += sign * other.walk.guest;
        walk.host += sign * other.walk.host;
        tlbMisses += sign * other.tlbMisses;
        tlbDenials += sign * other.tlbDenials;
        ptesReRead += sign * other.ptesReRead;
        ptesChanged += sign * other.ptesChanged;
        ptesDropped += sign * other.ptesDropped;
        tablesFreed += sign * other.tablesFreed;
        splinteredSuperpages += sign * other.splinteredSuperpages;
        rootEvictions += sign * other.rootEvictions;
        tableEvictions += sign * other.tableEvictions;
        hostPagesMoved += sign * other.hostPagesMoved;
    }
}
