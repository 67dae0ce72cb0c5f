// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;

/// A walk of shadow tables as the hardware does it; its fields hold where the last walk stopped.
public final class ShadowWalk {
    private final ShadowTables tables;
    private int stopTable;
    private int stopIndex;
    private int stopLevel;
    private long stopEntry;
    private int guestTable;
    private int guestIndex;
    private int guestLevel;

    public ShadowWalk(ShadowTables tables) {
        this.tables = tables;
    }

    /// Looks up a canonical `gva` below a root of level `top`, counting one host reference per level.
    /// @return whether there is a leaf, whatever its permissions
    public boolean lookup(int root, int top, long gva, WalkReferences references) {
        guestLevel = -1;
        int table = root;
        for (int level = top; ; level--) {
            int index = TranslationMode.index(gva, level);
            references.host++;
            long entry = tables.entry(table, index);
            boolean pointer = ShadowTables.isPointer(entry);
            if (guestLevel < 0 && (!pointer || tables.isDirect(tables.child(entry)))) {
                guestTable = table;
                guestIndex = index;
                guestLevel = level;
            }
            if (!pointer) {
                stopTable = table;
                stopIndex = index;
                stopLevel = level;
                stopEntry = entry;
                return entry != 0;
            }
            table = tables.child(entry);
        }
    }

    public int stopTable() {
        return stopTable;
    }

    public int stopIndex() {
        return stopIndex;
    }

    public int stopLevel() {
        return stopLevel;
    }

    /// The leaf found, or 0.
    public long leaf() {
        return stopEntry;
    }

    /// The table that shadows the guest's own leaf: that of the leaf found, or of the pointer to its splinters.
    public int guestTable() {
        return guestTable;
    }

    public int guestIndex() {
        return guestIndex;
    }

    public int guestLevel() {
        return guestLevel;
    }
}
