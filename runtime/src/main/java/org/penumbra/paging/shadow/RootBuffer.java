// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import org.penumbra.options.Replacement;
import org.penumbra.snapshot.State;

/// The shadow-root base-address buffer of the machine-mode fast path: the satp values whose shadow root it knows.
///
/// The key is all of satp: mode, ASID and root. A recycled root page is a different key only if its ASID differs; with
/// the same ASID, the guest's fence keeps its shadow correct.
public final class RootBuffer {
    private final long[] keys;
    private final long[] lastUsed;
    private final Replacement replacement;
    private int used;
    private long clock;
    private long random;

    public RootBuffer(int size, Replacement replacement, long seed) {
        this.keys = new long[size];
        this.lastUsed = new long[size];
        this.replacement = replacement;
        this.random = seed * 0x9e3779b97f4a7c15L | 1;
    }

    /// Whether the buffer holds `satp`.
    public boolean hits(long satp) {
        clock++;
        for (int i = 0; i < used; i++) {
            if (keys[i] == satp) {
                lastUsed[i] = clock;
                return true;
            }
        }
        return false;
    }

    /// Inserts a satp that the buffer does not hold.
    /// @return whether another one was evicted
    public boolean add(long satp) {
        if (keys.length == 0) {
            return false;
        }
        boolean full = used == keys.length;
        int index = full ? victim() : used++;
        keys[index] = satp;
        lastUsed[index] = clock;
        return full;
    }

    private int victim() {
        if (replacement == Replacement.RANDOM) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            return (int) Long.remainderUnsigned(random, keys.length);
        }
        int oldest = 0;
        for (int i = 1; i < keys.length; i++) {
            if (lastUsed[i] < lastUsed[oldest]) {
                oldest = i;
            }
        }
        return oldest;
    }

    public void remove(long satp) {
        for (int i = 0; i < used; i++) {
            if (keys[i] == satp) {
                used--;
                keys[i] = keys[used];
                lastUsed[i] = lastUsed[used];
                return;
            }
        }
    }

    public void transfer(State state) {
        state.numbers(keys);
        state.numbers(lastUsed);
        used = state.number(used);
        clock = state.number(clock);
        random = state.number(random);
    }
}
