// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import java.util.Arrays;
import org.penumbra.snapshot.State;

/// Tracks which shadow entries of one hart have been read from the guest since the last fence that covers them, for the
/// policy `reached`, under which fences leave rereading to the next walk.
///
/// The hardware does not see the unconfirmed entries: the fast path keeps them beside the table, whose own entries are
/// empty, so that a walk reaching one enters the fast path. A fence only advances the time from which reads count. A
/// table is brought up to date when a walk next reaches it, and then all its entries become unconfirmed.
final class ReachedEntries {
    private static final int WORDS = 8;

    private final ShadowTables tables;
    private final long[] confirmed;
    /// The times from which reads count for the root in use: for entries that are not global, and for global ones.
    private long required;
    private long requiredGlobal;

    ReachedEntries(ShadowTables tables) {
        this.tables = tables;
        this.confirmed = new long[tables.numbers() * WORDS];
    }

    /// Called when a root comes into use, or a fence has covered the one in use.
    void require(ShadowRoots.Root root) {
        required = root.required;
        requiredGlobal = root.requiredGlobal;
    }

    /// Brings a table on a walk's path up to date with the fences; call before querying or confirming its entries.
    ///
    /// @param local whether it holds, or is about to hold, non-global entries
    void settle(int table, boolean local, long time) {
        if (tables.validSince(table) < (local ? required : requiredGlobal)) {
            forget(table, time);
        }
    }

    /// Whether an entry has to be read again before it is used, be it that its table has not been settled yet.
    boolean hides(int table, int index) {
        return tables.validSince(table) < (tables.isLocal(table) ? required : requiredGlobal)
                || !isConfirmed(table, index);
    }

    /// Marks all entries of a table as unconfirmed.
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

    void transfer(State state) {
        required = state.number(required);
        requiredGlobal = state.number(requiredGlobal);
        state.numbers(confirmed, tables.made() * WORDS);
    }
}
