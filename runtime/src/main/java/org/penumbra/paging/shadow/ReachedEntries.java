// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import java.util.Arrays;

/// Which shadow entries of one hart have been read from the guest since the last fence that concerns them, where a fence
/// leaves that to the walks that reach them next (policy `reached`).
///
/// The hardware does not see the others: the fast path keeps them beside the table, whose own entries are empty, so that
/// a walk that comes to one enters it. A fence only moves the times from which reads count. A table learns of it when
/// a walk comes by, and forgets then which of its entries were confirmed.
final class ReachedEntries {
    private static final int WORDS = 8;

    private final ShadowTables tables;
    private final long[] confirmed;
    /// From when on reads count for the root in use: of entries in general, and of global ones.
    private long required;
    private long requiredGlobal;

    ReachedEntries(ShadowTables tables) {
        this.tables = tables;
        this.confirmed = new long[tables.numbers() * WORDS];
    }

    /// A root comes into use, or a fence has subsumed the one in use.
    void require(ShadowRoots.Root root) {
        required = root.required;
        requiredGlobal = root.requiredGlobal;
    }

    /// Brings a table on the way of a walk up to date with the fences, before its entries are asked for or confirmed.
    ///
    /// @param local whether it holds, or is about to hold, entries that are not global
    void settle(int table, boolean local, long time) {
        if (tables.validSince(table) < (local ? required : requiredGlobal)) {
            forget(table, time);
        }
    }

    /// Lets no entry of a table count as read.
    void forget(int table, long time) {
        Arrays.fill(confirmed, table * WORDS, (table + 1) * WORDS, 0);
        tables.setValidSince(table, time);
    }

    void forget(int table, int index) {
        confirmed[table * WORDS + (index >> 6)] &= ~(1L << index);
    }

    void confirm(int table, int index) {
        confirmed[table * WORDS + (index >> 6)] |= 1L << index;
    }

    boolean isConfirmed(int table, int index) {
        return (confirmed[table * WORDS + (index >> 6)] >>> index & 1) != 0;
    }
}
