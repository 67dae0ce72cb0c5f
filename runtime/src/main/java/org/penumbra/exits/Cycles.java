// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.stream.LongStream;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.TranslationMode;

/// What the timing model has charged one hart: cycles by cause, beside those of the instructions themselves, and the
/// events behind them.
public final class Cycles {
    /// Who makes a reference: a program's fetch, its load or store, a walk by hardware, or the monitor's software.
    public static final int FETCH = 0;
    public static final int DATA = 1;
    public static final int WALK = 2;
    public static final int SOFTWARE = 3;
    public static final int REQUESTERS = 4;

    private static final int CAUSES = ExitCause.values().length;
    private static final int KINDS = FastPathEntry.values().length;
    /// What can serve a reference: three levels of caches, and memory.
    private static final int SERVERS = 4;
    /// With more occurrences than that, the spread over samples tells of chance.
    private static final int FEW = 30;

    /// References of each requester served by each level of caches, or by memory.
    private final long[] served = new long[REQUESTERS * SERVERS];

    /// Cycles that fetches, and loads and stores, waited beyond a hit in the first-level cache.
    public long fetchStalls;
    public long dataStalls;
    /// Cycles to look into the second-level TLB.
    public long tlb;
    /// Cycles to look into page-walk caches.
    public long walkCaches;
    /// Cycles of fences in the core.
    public long fences;
    /// Walks by hardware, those that ended in a fault included.
    public long walks;
    public long fetchTlbMisses;
    public long dataTlbMisses;
    /// Those of both that also missed the second-level TLB; equal to `walks` but for stores to clean pages.
    public long tlbMisses;
    private final long[] walkCycles = new long[HardwareWalk.STAGES * TranslationMode.MAXIMUM_LEVELS];
    private final long[] walkReferences = new long[HardwareWalk.STAGES * TranslationMode.MAXIMUM_LEVELS];
    private final long[] exits = new long[CAUSES];
    private final long[] exitMemory = new long[CAUSES];
    private final long[] fastPath = new long[KINDS];
    private final long[] fastPathMemory = new long[KINDS];
    private final Latencies walkLatencies = new Latencies();
    /// References of programs, and of walks by stage and level, of which it is presumed only that the outermost cache
    /// served them, and others, that it did not.
    private final long[] presumed = new long[2 * REQUESTERS];
    private final long[] presumedOfWalks = new long[2 * HardwareWalk.STAGES * TranslationMode.MAXIMUM_LEVELS];

    /// Counts a reference.
    ///
    /// @param level of caches that served it, from 0, or 3 for memory
    public void reference(int requester, int level) {
        served[requester * SERVERS + level]++;
    }

    /// References of a requester that a level served.
    public long served(int requester, int level) {
        return served[requester * SERVERS + level];
    }

    /// References of a requester that missed a level; only those that looked into it are counted.
    public long missed(int requester, int level) {
        long sum = 0;
        for (int below = level + 1; below < SERVERS; below++) {
            sum += served(requester, below);
        }
        return sum;
    }

    /// Counts a reference of a walk.
    ///
    /// @param stage [HardwareWalk#GUEST], [HardwareWalk#SECOND_STAGE] or [HardwareWalk#SHADOW]
    public void walkReference(int stage, int level, long cycles) {
        walkReferences[stage * TranslationMode.MAXIMUM_LEVELS + level]++;
        walkCycles[stage * TranslationMode.MAXIMUM_LEVELS + level] += cycles;
    }

    /// Notes that it is only presumed what served a reference.
    ///
    /// @param served whether the outermost cache did
    public void presumed(int requester, boolean served) {
        presumed[requester + (served ? 0 : REQUESTERS)]++;
    }

    /// The same for a walk's.
    public void presumedOfWalk(int stage, int level, boolean served) {
        presumed(WALK, served);
        presumedOfWalks[stage * TranslationMode.MAXIMUM_LEVELS + level + (served ? 0 : presumedOfWalks.length / 2)]++;
    }

    /// What it would be if all that is presumed were otherwise: of the lines that the outermost cache is presumed to
    /// have had, none, or all those that it is presumed not to have had.
    ///
    /// @param none    the former
    /// @param level   of the outermost cache
    /// @param penalty cycles of memory beyond that
    public Cycles otherwise(boolean none, int level, int penalty) {
        Cycles other = since(new Cycles());
        int from = none ? 0 : REQUESTERS;
        int sign = none ? 1 : -1;
        for (int requester = 0; requester < REQUESTERS; requester++) {
            other.served[requester * SERVERS + level] -= sign * presumed[from + requester];
            other.served[requester * SERVERS + SERVERS - 1] += sign * presumed[from + requester];
        }
        other.fetchStalls += sign * presumed[from + FETCH] * penalty;
        other.dataStalls += sign * presumed[from + DATA] * penalty;
        for (int i = 0; i < walkCycles.length; i++) {
            other.walkCycles[i] += sign * presumedOfWalks[i + (none ? 0 : walkCycles.length)] * penalty;
        }
        return other;
    }

    /// Counts a walk.
    public void walk(long cycles) {
        walks++;
        walkLatencies.add(cycles);
    }

    public long walkReferences(int stage, int level) {
        return walkReferences[stage * TranslationMode.MAXIMUM_LEVELS + level];
    }

    public long walkCycles(int stage, int level) {
        return walkCycles[stage * TranslationMode.MAXIMUM_LEVELS + level];
    }

    /// All cycles of walks, with those of their caches.
    public long walkCycles() {
        return LongStream.of(walkCycles).sum() + walkCaches;
    }

    public Latencies walkLatencies() {
        return walkLatencies;
    }

    /// Charges an exit.
    ///
    /// @param cycles of the exit itself
    /// @param memory cycles of references that the hypervisor makes
    public void exit(ExitCause cause, long cycles, long memory) {
        exits[cause.ordinal()] += cycles;
        exitMemory[cause.ordinal()] += memory;
    }

    public void fastPath(FastPathEntry kind, long cycles, long memory) {
        fastPath[kind.ordinal()] += cycles;
        fastPathMemory[kind.ordinal()] += memory;
    }

    /// Cycles of exits for a cause, with the references that they made.
    public long exits(ExitCause cause) {
        return exits[cause.ordinal()] + exitMemory[cause.ordinal()];
    }

    /// The part of [#exits(ExitCause)] that went to references.
    public long exitMemory(ExitCause cause) {
        return exitMemory[cause.ordinal()];
    }

    /// Cycles of entries to the fast path, without the references that they made.
    public long fastPath(FastPathEntry kind) {
        return fastPath[kind.ordinal()];
    }

    /// Cycles of the references that such entries made: to read the guest's entries and write shadows of them.
    public long synchronisation(FastPathEntry kind) {
        return fastPathMemory[kind.ordinal()];
    }

    public long exits() {
        return LongStream.of(exits).sum() + LongStream.of(exitMemory).sum();
    }

    public long fastPath() {
        return LongStream.of(fastPath).sum();
    }

    public long synchronisation() {
        return LongStream.of(fastPathMemory).sum();
    }

    /// All cycles beyond those of the instructions.
    public long total() {
        return fetchStalls + dataStalls + tlb + walkCycles() + fences + exits() + fastPath() + synchronisation();
    }

    /// The same with more references of programs, and of walks, where so few were seen that chance alone may have kept
    /// others from being: twice the error to be expected of their number, or two where there are none.
    ///
    /// @param seen  charges of samples
    /// @param times how often each of them was taken
    /// @param stall cycles beyond a hit in the first level, by what serves a reference
    public Cycles withUnseen(Cycles seen, double times, int[] stall) {
        Cycles more = since(new Cycles());
        for (int requester = FETCH; requester <= WALK; requester++) {
            for (int level = 0; level < SERVERS; level++) {
                long count = seen.served(requester, level);
                if (count < FEW) {
                    long others = Math.round(2 * Math.sqrt(count + 1) * times);
                    more.served[requester * SERVERS + level] += others;
                    more.fetchStalls += requester == FETCH ? others * stall[level] : 0;
                    more.dataStalls += requester == DATA ? others * stall[level] : 0;
                }
            }
        }
        return more;
    }

    /// The same without what exits and fast-path entries cost, so many times over.
    ///
    /// @param events the same factor for references of the monitor's software
    public Cycles withoutHandlers(double times, double events) {
        var scaled = new Cycles();
        scaled.fetchStalls = Math.round(fetchStalls * times);
        scaled.dataStalls = Math.round(dataStalls * times);
        scaled.tlb = Math.round(tlb * times);
        scaled.walkCaches = Math.round(walkCaches * times);
        scaled.fences = Math.round(fences * times);
        scaled.walks = Math.round(walks * times);
        scaled.fetchTlbMisses = Math.round(fetchTlbMisses * times);
        scaled.dataTlbMisses = Math.round(dataTlbMisses * times);
        scaled.tlbMisses = Math.round(tlbMisses * times);
        scale(scaled.served, served, times);
        for (int level = 0; level < SERVERS; level++) {
            scaled.served[SOFTWARE * SERVERS + level] = Math.round(served(SOFTWARE, level) * events);
        }
        scale(scaled.presumed, presumed, times);
        scale(scaled.presumedOfWalks, presumedOfWalks, times);
        scale(scaled.walkCycles, walkCycles, times);
        scale(scaled.walkReferences, walkReferences, times);
        scale(scaled.walkLatencies.counts, walkLatencies.counts, times);
        return scaled;
    }

    private static void scale(long[] values, long[] from, double times) {
        for (int i = 0; i < values.length; i++) {
            values[i] = from[i] == 0 ? 0 : Math.round(from[i] * times);
        }
    }

    /// Adds another hart's.
    public void add(Cycles other) {
        combine(other, 1);
    }

    /// What has been charged since an earlier state.
    public Cycles since(Cycles earlier) {
        var difference = new Cycles();
        difference.combine(this, 1);
        difference.combine(earlier, -1);
        return difference;
    }

    private void combine(Cycles other, int sign) {
        fetchStalls += sign * other.fetchStalls;
        dataStalls += sign * other.dataStalls;
        tlb += sign * other.tlb;
        walkCaches += sign * other.walkCaches;
        fences += sign * other.fences;
        walks += sign * other.walks;
        fetchTlbMisses += sign * other.fetchTlbMisses;
        dataTlbMisses += sign * other.dataTlbMisses;
        tlbMisses += sign * other.tlbMisses;
        combine(served, other.served, sign);
        combine(walkCycles, other.walkCycles, sign);
        combine(walkReferences, other.walkReferences, sign);
        combine(exits, other.exits, sign);
        combine(exitMemory, other.exitMemory, sign);
        combine(fastPath, other.fastPath, sign);
        combine(fastPathMemory, other.fastPathMemory, sign);
        combine(walkLatencies.counts, other.walkLatencies.counts, sign);
        combine(presumed, other.presumed, sign);
        combine(presumedOfWalks, other.presumedOfWalks, sign);
    }

    private static void combine(long[] values, long[] other, int sign) {
        for (int i = 0; i < values.length; i++) {
            values[i] += sign * other[i];
        }
    }
}
