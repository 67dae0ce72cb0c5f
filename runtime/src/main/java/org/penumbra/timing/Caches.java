// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import org.penumbra.options.TimingParameter;
import org.penumbra.options.TimingParameters;

/// The caches that one hart sees: first level for instructions and data, second level, and the last level, which all
/// harts share.
///
/// Physically indexed and tagged; a line is brought into every level that a reference has missed, whether it reads or
/// writes. Levels do not invalidate each other, nor those of other harts; writing back costs nothing.
final class Caches {
    /// What a reference was served by.
    static final int FIRST = 0;
    static final int SECOND = 1;
    static final int LAST = 2;
    static final int MEMORY = 3;
    static final int LEVELS = 4;

    private final SetAssociative instructions;
    private final SetAssociative data;
    private final SetAssociative second;
    private final SetAssociative last;
    private final int lineShift;
    private final int[] latencies;
    private final int outermost;
    /// Of the outermost level, if only samples are followed; else null.
    private final Recency recency;
    private boolean presuming;
    private int presumption;
    /// Whether walks pass the first level.
    private final boolean walksBypassFirst;

    /// @param last shared by all harts, or null
    Caches(TimingParameters parameters, SetAssociative last) {
        this.lineShift = Long.numberOfTrailingZeros(parameters.get(TimingParameter.CACHE_LINE));
        this.instructions = cache(parameters, TimingParameter.L1I_SIZE, TimingParameter.L1I_WAYS);
        this.data = cache(parameters, TimingParameter.L1D_SIZE, TimingParameter.L1D_WAYS);
        this.second = cache(parameters, TimingParameter.L2_SIZE, TimingParameter.L2_WAYS);
        this.last = last;
        this.latencies = latencies(parameters);
        this.outermost = outermost(parameters);
        this.recency = parameters.share() == 1 ? null : new Recency(level(outermost).slots(), lineShift);
        this.walksBypassFirst = parameters.walksBypassFirst();
    }

    /// The last level, or null if there is none.
    static SetAssociative last(TimingParameters parameters) {
        return cache(parameters, TimingParameter.LLC_SIZE, TimingParameter.LLC_WAYS);
    }

    /// Cycles from a reference to its data, for each level and for memory.
    static int[] latencies(TimingParameters parameters) {
        return new int[] {parameters.number(TimingParameter.L1D_LATENCY),
            parameters.number(TimingParameter.L2_LATENCY), parameters.number(TimingParameter.LLC_LATENCY),
            parameters.number(TimingParameter.DRAM_LATENCY)};
    }

    /// The outermost level that there is.
    static int outermost(TimingParameters parameters) {
        return lines(parameters, TimingParameter.LLC_SIZE) > 0 ? LAST
                : lines(parameters, TimingParameter.L2_SIZE) > 0 ? SECOND : FIRST;
    }

    private static int lines(TimingParameters parameters, TimingParameter size) {
        return (int) (parameters.get(size) / parameters.get(TimingParameter.CACHE_LINE));
    }

    private static SetAssociative cache(TimingParameters parameters, TimingParameter size, TimingParameter ways) {
        int lines = lines(parameters, size);
        return lines == 0 ? null : new SetAssociative(lines, parameters.ways(ways, lines), parameters.cachePolicy(),
                parameters.get(TimingParameter.SEED));
    }

    int lineShift() {
        return lineShift;
    }

    /// Fetches a line of instructions.
    ///
    /// @return the level that has it
    int fetch(long line) {
        return instructions.use(line, line) ? FIRST : below(line);
    }

    /// Loads from a line, or stores to it.
    int data(long line) {
        return data.use(line, line) ? FIRST : below(line);
    }

    /// Reads an entry of a page table for the hardware.
    int walk(long line) {
        return walksBypassFirst ? below(line) : data(line);
    }

    private SetAssociative level(int level) {
        return level == LAST ? last : level == SECOND ? second : data;
    }

    /// Whether the last reference that missed the first level, and went to the outermost one, was one of which it is
    /// only presumed what it found: 1 if the line, -1 if not, 0 if it is known.
    int presumption() {
        return presumption;
    }

    private int below(long line) {
        presumption = 0;
        if (second != null && second.use(line, line)) {
            return SECOND;
        }
        if (last != null && last.use(line, line)) {
            return LAST;
        }
        if (presuming) {
            presumption = recency.presumes(line);
        }
        return presumption > 0 ? outermost : MEMORY;
    }

    int outermost() {
        return outermost;
    }

    /// A page of memory is used, while nothing else is followed.
    void used(long page) {
        if (recency != null) {
            recency.usedPage(page);
        }
    }

    /// Begins to take lines for those of the outermost level that probably are, or ceases to.
    void presume(boolean now) {
        if (now) {
            recency.look();
        }
        presuming = now;
    }

    /// Cycles from a reference to its data.
    int latency(int level) {
        return latencies[level];
    }

    /// What a reference costs beyond a hit in the first level.
    int stall(int level) {
        return latencies[level] - latencies[FIRST];
    }
}
