// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import org.penumbra.snapshot.State;

/// A log of the latest entries put into shadow tables shared by several roots, so that a root which is used again can
/// reread what was put there in the meantime.
///
/// A cached entry belongs to the ASID that was active when it was read. Unless it is global, the hart must not see,
/// under another ASID, a value that the entry had only while that ASID was not active. The most common case is a fresh
/// ASID, which needs no fence whatever happened to its tables before.
final class ForeignFills {
    static final int CAPACITY = 64;

    private final int[] slots = new int[CAPACITY];
    private long count;

    void add(int table, int index) {
        slots[(int) (count++ % CAPACITY)] = table << 9 | index;
    }

    /// The number added so far, which is the position to resume from.
    long position() {
        return count;
    }

    /// Whether all entries added since a position are still in the log.
    boolean reachesBack(long position) {
        return count - position <= CAPACITY;
    }

    int table(long position) {
        return slots[(int) (position % CAPACITY)] >>> 9;
    }

    int index(long position) {
        return slots[(int) (position % CAPACITY)] & 511;
    }

    void transfer(State state) {
        state.numbers(slots);
        count = state.number(count);
    }
}
