// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.stream.LongStream;

/// How often each latency occurred: exact up to 127 cycles, above in classes no wider than a 64th of what they hold.
public final class Latencies {
    private static final int EXACT_BITS = 7;
    private static final int CLASS_BITS = 6;
    private static final int CLASSES = 1 << CLASS_BITS;
    /// Latencies of this many bits and more are not told apart.
    private static final int MOST_BITS = 30;

    final long[] counts = new long[(1 << EXACT_BITS) + (MOST_BITS - EXACT_BITS) * CLASSES];

    /// @param cycles not negative
    void add(long cycles) {
        counts[index(cycles)]++;
    }

    private static int index(long cycles) {
        int bits = 64 - Long.numberOfLeadingZeros(cycles);
        if (bits <= EXACT_BITS) {
            return (int) cycles;
        }
        if (bits > MOST_BITS) {
            return (1 << EXACT_BITS) + (MOST_BITS - EXACT_BITS) * CLASSES - 1;
        }
        int place = (int) (cycles >>> bits - 1 - CLASS_BITS) & CLASSES - 1;
        return (1 << EXACT_BITS) + (bits - 1 - EXACT_BITS) * CLASSES + place;
    }

    /// The largest latency of a class.
    private static long most(int index) {
        if (index < 1 << EXACT_BITS) {
            return index;
        }
        int group = (index >> CLASS_BITS) - (1 << EXACT_BITS - CLASS_BITS);
        long place = index & CLASSES - 1;
        return (CLASSES + place + 1 << group + EXACT_BITS - CLASS_BITS) - 1;
    }

    public long count() {
        return LongStream.of(counts).sum();
    }

    /// The least latency that a share of all does not exceed, 0 if there are none; of a class, its largest.
    ///
    /// @param share as 0.5 for the median
    public long quantile(double share) {
        long wanted = (long) Math.ceil(count() * share);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (counts[i] > 0 && seen >= wanted) {
                return most(i);
            }
        }
        return 0;
    }

    /// How many latencies there are in each power of two: of 0 and 1 cycles, of 2 and 3, of 4 to 7, and so on.
    public long[] byPowerOfTwo() {
        long[] sums = new long[MOST_BITS];
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                sums[63 - Long.numberOfLeadingZeros(most(i) | 1)] += counts[i];
            }
        }
        return sums;
    }
}
