// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.WalkReferences;

/// The shadow page tables of one hart, in host memory: 512 entries each, in the hardware's format, with host frames.
///
/// A table shadows one guest table at one level, keyed by both and shared by whatever points there, so the whole is a
/// directed graph whose levels fall; or it is *direct*, a private splinter of one guest superpage. From each guest page
/// there is a list of the leaves that reach it, and from each table a list of the pointers to it. A table that nothing
/// points to, and that is no root, is freed at once.
final class ShadowTables {
    /// No table, and no slot.
    static final int NONE = 0;

    private static final int ENTRIES = 512;
    private static final long PAGE = 4096;
    private static final long SLOT_BYTES = 12;
    private static final long PERMISSIONS = PageTableEntry.READ | PageTableEntry.WRITE | PageTableEntry.EXECUTE;

    /// Told of tables of guest pages coming and going.
    interface Watcher {
        void created(int table);

        void freed(int table);
    }

    private final ExitStatistics statistics;
    private final int capacity;
    private final SparseRegion entries;
    /// For each entry the guest page of a leaf, and the links of the list it is in: leaves of a page, or parents.
    private final SparseRegion slots;
    private final SparseRegion heads;
    private final long pageHeads;
    private final long blockHeads;
    private final long parentHeads;

    private final int[] pages;
    private final byte[] levels;
    private final int[] rootUses;
    private final long[] present;
    /// Guest leaf that a direct table splinters, 0 for a table of a guest table.
    private final long[] directLeaves;
    private final long[] validSince;
    private final int[] hashHeads;
    private final int[] hashNext;
    private final int[] visits;
    private int visitNow;
    private final int[] free;
    private int freeCount;
    private int fresh = 1;
    private Watcher watcher;

    private int stopTable;
    private int stopIndex;
    private int stopLevel;
    private long stopEntry;
    private int guestTable;
    private int guestIndex;
    private int guestLevel;

    /// @param bytes    of shadow tables, whole pages
    /// @param ramPages pages of guest RAM
    ShadowTables(long bytes, int ramPages, ExitStatistics statistics) {
        this.statistics = statistics;
        capacity = (int) (bytes / PAGE);
        entries = new SparseRegion((capacity + 1) * PAGE);
        slots = new SparseRegion(wholePages((capacity + 1L) * ENTRIES * SLOT_BYTES));
        long blocks = ramPages / ENTRIES + 1;
        heads = new SparseRegion(wholePages(4 * (ramPages + blocks + capacity + 1)));
        pageHeads = heads.address();
        blockHeads = pageHeads + 4L * ramPages;
        parentHeads = blockHeads + 4 * blocks;
        pages = new int[capacity + 1];
        levels = new byte[capacity + 1];
        rootUses = new int[capacity + 1];
        present = new long[(capacity + 1) * 8];
        directLeaves = new long[capacity + 1];
        validSince = new long[capacity + 1];
        hashHeads = new int[Integer.highestOneBit(capacity) << 1];
        hashNext = new int[capacity + 1];
        visits = new int[capacity + 1];
        free = new int[capacity];
    }

    private static long wholePages(long bytes) {
        return bytes + PAGE - 1 & -PAGE;
    }

    void watch(Watcher newWatcher) {
        watcher = newWatcher;
    }

    // ---- tables

    int available() {
        return freeCount + capacity + 1 - fresh;
    }

    /// The table that shadows guest page `page` as a table of a level, or [#NONE].
    int find(int page, int level) {
        int table = hashHeads[hash(page, level)];
        while (table != NONE && (pages[table] != page || levels[table] != level)) {
            table = hashNext[table];
        }
        return table;
    }

    private int hash(int page, int level) {
        return (page * 0x9e3779b1 >>> 7) + level * 0x632be5 & hashHeads.length - 1;
    }

    /// A new empty table for a guest table; [#available] must say there is room.
    int create(int page, int level, long time) {
        int table = take(page, level, 0);
        int bucket = hash(page, level);
        hashNext[table] = hashHeads[bucket];
        hashHeads[bucket] = table;
        validSince[table] = time;
        if (watcher != null) {
            watcher.created(table);
        }
        return table;
    }

    /// A new empty splinter of a guest superpage.
    int createDirect(int level, long leaf) {
        return take(-1, level, leaf);
    }

    private int take(int page, int level, long leaf) {
        int table = freeCount > 0 ? free[--freeCount] : fresh++;
        if (table > capacity) {
            throw new IllegalStateException("shadow memory exhausted: room was not made in time");
        }
        pages[table] = page;
        levels[table] = (byte) level;
        directLeaves[table] = leaf;
        statistics.pagesLive++;
        statistics.pagesPeak = Math.max(statistics.pagesPeak, statistics.pagesLive);
        return table;
    }

    private void freeIfDead(int table) {
        if (rootUses[table] > 0 || HostMemory.getInt(parentHeads + 4L * table) != NONE) {
            return;
        }
        clearAll(table);
        if (!isDirect(table)) {
            removeHash(table);
            if (watcher != null) {
                watcher.freed(table);
            }
        }
        free[freeCount++] = table;
        statistics.pagesLive--;
        statistics.tablesFreed++;
    }

    private void removeHash(int table) {
        int bucket = hash(pages[table], levels[table]);
        if (hashHeads[bucket] == table) {
            hashHeads[bucket] = hashNext[table];
            return;
        }
        int before = hashHeads[bucket];
        while (hashNext[before] != table) {
            before = hashNext[before];
        }
        hashNext[before] = hashNext[table];
    }

    /// Keeps a table alive as a root.
    void retain(int table) {
        rootUses[table]++;
    }

    void release(int table) {
        rootUses[table]--;
        freeIfDead(table);
    }

    boolean isRoot(int table) {
        return rootUses[table] > 0;
    }

    boolean isDirect(int table) {
        return directLeaves[table] != 0;
    }

    long directLeaf(int table) {
        return directLeaves[table];
    }

    /// Index in RAM of the guest table shadowed.
    int page(int table) {
        return pages[table];
    }

    int level(int table) {
        return levels[table];
    }

    /// Fence time at or after which every entry was read from the guest.
    long validSince(int table) {
        return validSince[table];
    }

    void setValidSince(int table, long time) {
        validSince[table] = time;
    }

    // ---- entries

    long entry(int table, int index) {
        return HostMemory.getLong(address(table, index));
    }

    private long address(int table, int index) {
        return entries.address() + table * PAGE + ((long) index << 3);
    }

    static boolean isPointer(long entry) {
        return entry != 0 && (entry & PERMISSIONS) == 0;
    }

    /// The table that a pointer leads to.
    int child(long entry) {
        return (int) ((PageTableEntry.frame(entry) - entries.address()) / PAGE);
    }

    private long slot(int table, int index) {
        return slots.address() + ((long) table * ENTRIES + index) * SLOT_BYTES;
    }

    /// Guest page of a leaf; of a large one its first.
    int guestPage(int table, int index) {
        return HostMemory.getInt(slot(table, index));
    }

    /// Puts a leaf where there is nothing; at level 1 it is a large page.
    ///
    /// @param flags permissions as in a page-table entry; V, A and, for a writable one, D are added
    void putLeaf(int table, int index, long flags, long host, int guestPage) {
        long dirty = (flags & PageTableEntry.WRITE) != 0 ? PageTableEntry.DIRTY : 0;
        put(table, index, host >>> 12 << 10 | flags | dirty | PageTableEntry.VALID | PageTableEntry.ACCESSED);
        HostMemory.putInt(slot(table, index), guestPage);
        insert(leafHead(table, guestPage), table * ENTRIES + index);
    }

    void putPointer(int table, int index, int child) {
        put(table, index, entries.address() + child * PAGE >>> 12 << 10 | PageTableEntry.VALID);
        insert(parentHeads + 4L * child, table * ENTRIES + index);
    }

    private void put(int table, int index, long entry) {
        HostMemory.putLong(address(table, index), entry);
        present[table * 8 + (index >> 6)] |= 1L << index;
    }

    private long leafHead(int table, int guestPage) {
        return levels[table] == 0 ? pageHeads + 4L * guestPage : blockHeads + 4L * (guestPage / ENTRIES);
    }

    /// Empties an entry, and frees what only it led to.
    /// @return whether there was something
    boolean clear(int table, int index) {
        long address = address(table, index);
        long entry = HostMemory.getLong(address);
        if (entry == 0) {
            return false;
        }
        HostMemory.putLong(address, 0);
        present[table * 8 + (index >> 6)] &= ~(1L << index);
        int slot = table * ENTRIES + index;
        if (isPointer(entry)) {
            int child = child(entry);
            remove(parentHeads + 4L * child, slot);
            freeIfDead(child);
        } else {
            remove(leafHead(table, guestPage(table, index)), slot);
        }
        return true;
    }

    /// Empties all entries of a table.
    /// @return how many there were
    int clearAll(int table) {
        int count = 0;
        for (int index = nextPresent(table, 0); index >= 0; index = nextPresent(table, index + 1)) {
            clear(table, index);
            count++;
        }
        return count;
    }

    /// The first entry at or after `from` that is not empty, or -1.
    int nextPresent(int table, int from) {
        if (from >= ENTRIES) {
            return -1;
        }
        int word = from >> 6;
        long bits = present[table * 8 + word] & -1L << from;
        while (bits == 0) {
            if (++word == 8) {
                return -1;
            }
            bits = present[table * 8 + word];
        }
        return word * 64 + Long.numberOfTrailingZeros(bits);
    }

    // ---- lists

    private void insert(long head, int slot) {
        int next = HostMemory.getInt(head);
        HostMemory.putInt(links(slot) + 4, next);
        HostMemory.putInt(links(slot) + 8, NONE);
        if (next != NONE) {
            HostMemory.putInt(links(next) + 8, slot);
        }
        HostMemory.putInt(head, slot);
    }

    private void remove(long head, int slot) {
        int next = HostMemory.getInt(links(slot) + 4);
        int before = HostMemory.getInt(links(slot) + 8);
        if (before == NONE) {
            HostMemory.putInt(head, next);
        } else {
            HostMemory.putInt(links(before) + 4, next);
        }
        if (next != NONE) {
            HostMemory.putInt(links(next) + 8, before);
        }
    }

    private long links(int slot) {
        return slots.address() + slot * SLOT_BYTES;
    }

    /// Empties every leaf that reaches a guest page.
    void dropPage(int guestPage) {
        dropList(pageHeads + 4L * guestPage);
        dropLargePage(guestPage);
    }

    private void dropLargePage(int guestPage) {
        dropList(blockHeads + 4L * (guestPage / ENTRIES));
    }

    private void dropList(long head) {
        for (int slot = HostMemory.getInt(head); slot != NONE; slot = HostMemory.getInt(head)) {
            clear(slot / ENTRIES, slot % ENTRIES);
        }
    }

    /// Takes the right to store away from every leaf that reaches a guest page; large ones are emptied.
    void protectPage(int guestPage) {
        dropLargePage(guestPage);
        int slot = HostMemory.getInt(pageHeads + 4L * guestPage);
        while (slot != NONE) {
            long address = address(slot / ENTRIES, slot % ENTRIES);
            HostMemory.putLong(address, HostMemory.getLong(address) & ~(PageTableEntry.WRITE | PageTableEntry.DIRTY));
            slot = HostMemory.getInt(links(slot) + 4);
        }
    }

    /// Empties every pointer to a table, which is freed unless it is a root.
    void unlink(int table) {
        retain(table);
        dropList(parentHeads + 4L * table);
        release(table);
    }

    /// Starts a traversal that visits each table once.
    void startVisits() {
        visitNow++;
    }

    /// @return whether this traversal has not been at the table yet
    boolean visit(int table) {
        boolean first = visits[table] != visitNow;
        visits[table] = visitNow;
        return first;
    }

    /// Whether `table` can be reached from `root`.
    boolean isReachable(int root, int table) {
        startVisits();
        return climb(root, table);
    }

    private boolean climb(int root, int table) {
        if (root == table) {
            return true;
        }
        if (!visit(table)) {
            return false;
        }
        for (int slot = HostMemory.getInt(parentHeads + 4L * table); slot != NONE; slot = HostMemory.getInt(links(slot) + 4)) {
            if (climb(root, slot / ENTRIES)) {
                return true;
            }
        }
        return false;
    }

    // ---- walks

    /// Walks as hardware does, one host reference a level; where it stopped is in the fields.
    /// @return whether there is a leaf
    boolean lookup(int root, int top, long gva, WalkReferences references) {
        guestLevel = -1;
        int table = root;
        for (int level = top; ; level--) {
            int index = (int) (gva >>> 12 + 9 * level) & ENTRIES - 1;
            references.host++;
            long entry = entry(table, index);
            boolean pointer = isPointer(entry);
            if (guestLevel < 0 && (!pointer || isDirect(child(entry)))) {
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
            table = child(entry);
        }
    }

    int stopTable() {
        return stopTable;
    }

    int stopIndex() {
        return stopIndex;
    }

    int stopLevel() {
        return stopLevel;
    }

    /// The leaf found, or 0.
    long leaf() {
        return stopEntry;
    }

    /// Where the guest's own leaf is shadowed: the leaf found, or the pointer to its splinters.
    int guestTable() {
        return guestTable;
    }

    int guestIndex() {
        return guestIndex;
    }

    int guestLevel() {
        return guestLevel;
    }
}
