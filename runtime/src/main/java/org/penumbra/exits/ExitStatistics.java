// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.stream.LongStream;
import org.penumbra.mmu.WalkReferences;

/// Exact counts of what memory virtualisation cost one hart. A TLB hit touches none of them.
public final class ExitStatistics {
    private static final ExitCause[] CAUSES = ExitCause.values();

    private final long[] exits = new long[CAUSES.length];
    private final long[] fastPath = new long[FastPathEntry.values().length];
    /// References of table walks: `guest` to the guest's tables, `host` to second-stage and shadow tables.
    public final WalkReferences walk = new WalkReferences();
    /// What guests of the guest did, if it is a hypervisor.
    public final GuestCounts guests = new GuestCounts();
    /// TLB misses, data and fetch; counted by the monitor.
    public long tlbMisses;
    /// Permission misses: the TLB held the page, but did not permit the access. These are first stores to clean pages
    /// and stores to pages that the guest or the model protects. Hardware faults or walks again for these and does not
    /// count a miss.
    public long tlbPermissionMisses;

    /// Guest entries read to synchronise shadow tables (not those read to serve a miss).
    public long ptesReRead;
    /// Shadow entries that synchronisation replaced or installed.
    public long ptesChanged;
    /// Shadow entries that synchronisation removed.
    public long ptesDropped;
    /// Shadow tables freed because nothing pointed to them any more.
    public long tablesFreed;

    public long pagesLive;
    public long pagesPeak;
    /// Guest superpages that had to be shadowed in smaller pieces.
    public long splinteredSuperpages;
    /// Roots evicted from the base-address buffer.
    public long rootEvictions;
    /// Shadow tables reclaimed because the shadow memory was full.
    public long tableEvictions;
    /// Guest pages whose host frame the host replaced.
    public long hostPagesMoved;

    /// Listener for what is counted, or null.
    private Listener listener;

    /// Listens for exits and fast-path entries as they are counted.
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

    /// The same without exits for fences: the idealised reading of `tsp`.
    public long exitsWithoutFences() {
        return memoryVirtualisationExits() - exits(ExitCause.FENCE_ESCALATED);
    }

    public long fastPathEntries() {
        return LongStream.of(fastPath).sum();
    }

    /// Adds another hart's counts; live and peak pages add up, since each hart has tables of its own.
    public void add(ExitStatistics other) {
        combine(other, 1);
        pagesLive += other.pagesLive;
        pagesPeak += other.pagesPeak;
    }

    /// A copy of the current counts.
    public ExitStatistics copy() {
        var copy = new ExitStatistics();
        copy.add(this);
        return copy;
    }

    /// The counts since an earlier [#copy]; live and peak pages are the current ones.
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
        guests.combine(other.guests, sign);
        tlbMisses += sign * other.tlbMisses;
        tlbPermissionMisses += sign * other.tlbPermissionMisses;
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
