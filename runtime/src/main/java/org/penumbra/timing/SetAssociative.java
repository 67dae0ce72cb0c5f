// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import java.util.Arrays;
import org.penumbra.options.TimingParameters.Policy;

/// Sets of tags with a replacement policy: what caches, TLBs and walk caches are made of. What belongs to a tag is kept
/// by others, at the tag's slot.
///
/// The policies are least recently used, exactly; pseudo-LRU with a binary tree for each set; and random, by a
/// generator of Marsaglia's (xorshift64) with a seed. An empty way is taken before any other.
final class SetAssociative {
    static final int NONE = -1;
    /// No tag.
    static final long EMPTY = -1;
    private static final int MOST_RECENT = 1024;

    private final int ways;
    /// Right shift that makes of a slot the number of its set, or -1 if the ways are no power of two.
    private final int wayShift;
    private final int sets;
    /// Whether the number of sets is a power of two.
    private final boolean masked;
    private final Policy policy;
    private final long[] tags;
    /// For LRU, when each slot was last used; for the tree, its bits for each set: node n, of which the root is 1, is
    /// set if the victim is in its right half.
    private final long[] order;
    /// For the tree, what a use of each way keeps of its set's bits, and what it sets: the nodes on the path to it
    /// point to their other halves then.
    private final long[] kept;
    private final long[] pointed;
    /// The slot of each set that was used last: using it again changes nothing, under any policy. Null with so many
    /// sets that another array would miss the host's own caches.
    private final int[] recent;
    private long clock;
    private long random;

    /// @param entries a multiple of `ways`
    /// @param ways    for the tree a power of two, at most 64
    SetAssociative(int entries, int ways, Policy policy, long seed) {
        this.ways = ways;
        this.wayShift = Integer.bitCount(ways) == 1 ? Integer.numberOfTrailingZeros(ways) : -1;
        this.sets = entries / ways;
        this.masked = Integer.bitCount(sets) == 1;
        this.policy = policy;
        this.tags = new long[entries];
        this.order = new long[policy == Policy.LRU ? entries : policy == Policy.PLRU ? sets : 0];
        this.kept = new long[policy == Policy.PLRU ? ways : 0];
        this.pointed = new long[kept.length];
        for (int way = 0; way < kept.length; way++) {
            point(way);
        }
        this.recent = sets > MOST_RECENT ? null : new int[sets];
        for (int set = 0; recent != null && set < sets; set++) {
            recent[set] = set * ways;
        }
        this.random = seed * 0x9e3779b97f4a7c15L | 1;
        Arrays.fill(tags, EMPTY);
    }

    private void point(int way) {
        int node = 1;
        long path = 0;
        for (int half = ways >> 1; half > 0; half >>= 1) {
            path |= 1L << node;
            if ((way & half) == 0) {
                pointed[way] |= 1L << node;
            }
            node = node << 1 | ((way & half) == 0 ? 0 : 1);
        }
        kept[way] = ~path;
    }

    int slots() {
        return tags.length;
    }

    int ways() {
        return ways;
    }

    /// The tag in a slot, or [#EMPTY].
    long tag(int slot) {
        return tags[slot];
    }

    /// The first slot of the set that an index selects.
    int first(long index) {
        return set(index) * ways;
    }

    private int set(long index) {
        return masked ? (int) index & sets - 1 : (int) Long.remainderUnsigned(index, sets);
    }

    /// The slot of a tag, or [#NONE].
    int find(long tag, long index) {
        int first = first(index);
        for (int slot = first; slot < first + ways; slot++) {
            if (tags[slot] == tag) {
                return slot;
            }
        }
        return NONE;
    }

    /// Uses a tag, which is brought in if it is missing.
    ///
    /// @return whether it was there
    boolean use(long tag, long index) {
        int set = set(index);
        if (recent != null && tags[recent[set]] == tag) {
            return true;
        }
        int first = set * ways;
        for (int slot = first; slot < first + ways; slot++) {
            if (tags[slot] == tag) {
                touch(slot, set);
                return true;
            }
        }
        bring(tag, set);
        return false;
    }

    /// Notes a use.
    void touch(int slot) {
        touch(slot, wayShift >= 0 ? slot >> wayShift : slot / ways);
    }

    private void touch(int slot, int set) {
        if (recent != null) {
            recent[set] = slot;
        }
        switch (policy) {
            case LRU -> order[slot] = ++clock;
            case PLRU -> {
                int way = slot - set * ways;
                order[set] = order[set] & kept[way] | pointed[way];
            }
            case RANDOM -> { }
        }
    }

    /// Puts a tag that is not there in the place of the policy's victim, and notes its use.
    int place(long tag, long index) {
        return bring(tag, set(index));
    }

    private int bring(long tag, int set) {
        int slot = victim(set * ways);
        tags[slot] = tag;
        touch(slot, set);
        return slot;
    }

    private int victim(int first) {
        for (int slot = first; slot < first + ways; slot++) {
            if (tags[slot] == EMPTY) {
                return slot;
            }
        }
        return switch (policy) {
            case LRU -> oldest(first);
            case PLRU -> first + leaf(order[first / ways]);
            case RANDOM -> {
                random ^= random << 13;
                random ^= random >>> 7;
                random ^= random << 17;
                yield first + (int) Long.remainderUnsigned(random, ways);
            }
        };
    }

    private int oldest(int first) {
        int oldest = first;
        for (int slot = first + 1; slot < first + ways; slot++) {
            if (order[slot] < order[oldest]) {
                oldest = slot;
            }
        }
        return oldest;
    }

    private int leaf(long bits) {
        int node = 1;
        while (node < ways) {
            node = node << 1 | (int) (bits >>> node & 1);
        }
        return node - ways;
    }

    void drop(int slot) {
        tags[slot] = EMPTY;
    }

    void clear() {
        Arrays.fill(tags, EMPTY);
    }
}
