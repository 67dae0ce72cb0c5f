// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

/// The latest entries put into shadow tables that more than one root leads to, so that a root which comes back can read
/// again what was put there meanwhile.
///
/// Cached entries belong to the ASID that was active when they were read; under another one, unless they are global, the
/// hart must not see a value that the entry had only while that other one was not active. The most common case: a fresh
/// ASID needs no fence, whatever its tables went through before.
final class ForeignFills {
    static final int CAPACITY = 64;

    private final int[] slots = new int[CAPACITY];
    private long count;

    void add(int table, int index) {
        slots[(int) (count++ % CAPACITY)] = table << 9 | index;
    }

    /// How many have been added so far: the position to come back to.
    long position() {
        return count;
    }

    /// Whether those added since a position are all still known.
    boolean reachesBack(long position) {
        return count - position <= CAPACITY;
    }

    int table(long position) {
        return slots[(int) (position % CAPACITY)] >>> 9;
    }

    int index(long position) {
        return slots[(int) (position % CAPACITY)] & 511;
    }
}
