// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// The pointer chase of treadmill on the computer that runs this: a random cycle through one word of each page.
final class HostChase {
    private static final long PAGE = 4096;
    private static final int WORDS = 512;
    /// Distance, in words, by which each page's word lies further in the page.
    private static final int SPREAD = 37;
    private static final int ROUNDS = 7;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;

    /// Takes the result, so that the chase is not left out.
    private static volatile long result;

    private HostChase() {
    }

    /// Nanoseconds of a step, the least of several rounds.
    static double nanosPerStep(int pages, int steps) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(pages * PAGE, PAGE);
            int[] order = cycle(pages);
            for (int page = 0; page < pages; page++) {
                memory.set(WORD, place(page), place(order[page]));
            }
            double least = Double.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                result = chase(memory, steps);
                least = Math.min(least, (System.nanoTime() - start) / (double) steps);
            }
            return least;
        }
    }

    private static long chase(MemorySegment memory, int steps) {
        long at = place(0);
        for (int i = 0; i < steps; i++) {
            at = memory.get(WORD, at);
        }
        return at;
    }

    private static long place(int page) {
        return page * PAGE + (long) page * SPREAD % WORDS * Long.BYTES;
    }

    /// One cycle through all (Sattolo's algorithm).
    private static int[] cycle(int pages) {
        int[] order = new int[pages];
        for (int i = 0; i < pages; i++) {
            order[i] = i;
        }
        var random = new SplittableRandom(1);
        for (int i = pages - 1; i > 0; i--) {
            int other = random.nextInt(i);
            int swap = order[i];
            order[i] = order[other];
            order[other] = swap;
        }
        return order;
    }
}
