// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.options.TimingParameters.Policy;

/// Replacement, against lists in the order of use and against states worked out by hand.
final class SetAssociativeTest {
    @ParameterizedTest
    @CsvSource({"64, 4", "64, 64", "16, 1", "48, 4", "33, 11"})
    void leastRecentlyUsedGoes(int entries, int ways) {
        var cache = new SetAssociative(entries, ways, Policy.LRU, 1);
        int sets = entries / ways;
        List<LinkedHashMap<Long, Boolean>> expected = new ArrayList<>();
        IntStream.range(0, sets).forEach(_ -> expected.add(new LinkedHashMap<>(16, 0.75f, true)));
        var random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            long line = random.nextInt(entries * 2);
            Map<Long, Boolean> set = expected.get((int) (line % sets));
            boolean hit = set.get(line) != null;
            if (!hit && set.size() == ways) {
                set.remove(set.keySet().iterator().next());
            }
            set.put(line, true);
            assertEquals(hit, cache.use(line, line), "reference " + i);
        }
    }

    /// Four ways: the tree's root tells the half, two nodes below it the way.
    @Test
    void treePointsAwayFromWhatWasUsed() {
        var cache = new SetAssociative(4, 4, Policy.PLRU, 1);
        for (long line = 0; line < 4; line++) {
            assertFalse(cache.use(line, 0));
        }
        // After 0 1 2 3 the root points left, the left node at way 0.
        cache.use(0, 0); // root right, left node at way 1
        assertEquals(2, cache.place(10, 0)); // right node pointed at way 2: root left again, right node at way 3
        assertEquals(1, cache.place(11, 0));
        assertTrue(cache.use(0, 0));
        assertTrue(cache.use(3, 0));
        assertEquals(1, cache.place(12, 0)); // 3 pointed the root left, 0 the left node at way 1
    }

    /// Against a tree of nodes for each set, each of which points to its left or right half. With 1,024 sets and fewer
    /// the one used last is remembered, with more it is not.
    @ParameterizedTest
    @CsvSource({"64, 1", "64, 2", "256, 8", "64, 64", "24, 8", "16384, 8"})
    void treeIsThatOfItsNodes(int entries, int ways) {
        var cache = new SetAssociative(entries, ways, Policy.PLRU, 1);
        int sets = entries / ways;
        var tags = new long[entries];
        Arrays.fill(tags, -1);
        var right = new boolean[sets][2 * ways];
        var random = new SplittableRandom(11);
        for (int i = 0; i < 20 * entries; i++) {
            long line = random.nextInt(2) * (long) entries + (i % 3 == 0 ? i % 7 : random.nextInt(entries));
            int set = (int) (line % sets);
            int way = 0;
            while (way < ways && tags[set * ways + way] != line) {
                way++;
            }
            boolean hit = way < ways;
            if (!hit) {
                way = 0;
                while (way < ways && tags[set * ways + way] != -1) {
                    way++;
                }
                if (way == ways) {
                    way = pointed(right[set], ways);
                }
                tags[set * ways + way] = line;
            }
            for (int node = ways + way; node > 1; node >>= 1) {
                right[set][node >> 1] = (node & 1) == 0;
            }
            assertEquals(hit, cache.use(line, line), "reference " + i);
        }
    }

    /// The way that the nodes of a set point to.
    private static int pointed(boolean[] right, int ways) {
        int node = 1;
        while (node < ways) {
            node = 2 * node + (right[node] ? 1 : 0);
        }
        return node - ways;
    }

    @Test
    void randomReplacementIsTheSameForASeed() {
        var one = new SetAssociative(32, 4, Policy.RANDOM, 7);
        var same = new SetAssociative(32, 4, Policy.RANDOM, 7);
        var other = new SetAssociative(32, 4, Policy.RANDOM, 8);
        var random = new SplittableRandom(5);
        int differences = 0;
        for (int i = 0; i < 5000; i++) {
            long line = random.nextInt(64);
            boolean hit = one.use(line, line);
            assertEquals(hit, same.use(line, line));
            differences += hit != other.use(line, line) ? 1 : 0;
        }
        assertTrue(differences > 0);
    }

    @Test
    void anEmptyWayIsTakenFirst() {
        for (Policy policy : Policy.values()) {
            var cache = new SetAssociative(8, 8, policy, 3);
            for (long line = 0; line < 8; line++) {
                cache.use(line, 0);
            }
            cache.drop(cache.find(5, 0));
            cache.use(20, 0);
            for (long line : new long[] {0, 1, 2, 3, 4, 6, 7, 20}) {
                assertTrue(cache.find(line, 0) >= 0, policy + " " + line);
            }
        }
    }
}
