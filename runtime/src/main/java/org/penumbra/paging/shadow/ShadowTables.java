// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// The shadow page tables of one hart, in host memory: 512 entries each, in the hardware's format, mapping host frames.
///
/// A table shadows one guest table at one level; it is keyed by both and shared by all pointers to that guest table, so
/// the tables form a directed acyclic graph. Or it is *direct*: the private splinters of one guest superpage. Each
/// guest page has a list of the leaves that map it, and each table a list of the pointers to it. A table without
/// pointers that is not a root is freed at once.
public final class ShadowTables implements AutoCloseable {
    /// Neither a table nor a slot.
    public static final int NONE = 0;

    private static final int ENTRIES = TranslationMode.ENTRIES;
    private static final long PAGE = 4096;
    private static final long PERMISSIONS = PageTableEntry.READ | PageTableEntry.WRITE | PageTableEntry.EXECUTE;

    /// Notified when shadow tables of guest pages are created and freed.
    public interface Watcher {
        void created(int table);

        void freed(int table);
    }

    private final ExitStatistics statistics;
    private final int capacity;
    private final SparseRegion entries;
    private final ReverseMap reverse;

    private final int[] pages;
    private final byte[] levels;
    private final int[] rootUses;
    private final long[] present;
    /// Guest leaf that a direct table splinters; 0 if the table shadows a guest table.
    private final long[] directLeaves;
    private final long[] validSince;
    private final boolean[] local;
    private final int[] hashHeads;
    private final int[] hashNext;
    private final int[] visits;
    private int visitNow;
    private final int[] free;
    private int freeCount;
    private int fresh = 1;
    private Watcher watcher;
    /// Who follows the stores to entries, or null.
    private final TableTrace software;

    /// @param bytes    of shadow tables, whole pages
    /// @param ramPages pages of guest RAM
    public ShadowTables(long bytes, int ramPages, ExitStatistics statistics) {
        this(bytes, ramPages, statistics, null);
    }

    /// @param software who follows the stores to entries, or null
    public ShadowTables(long bytes, int ramPages, ExitStatistics statistics, TableTrace software) {
        this.statistics = statistics;
        this.software = software;
        capacity = (int) (bytes / PAGE);
        entries = new SparseRegion((capacity + 1) * PAGE);
        reverse = new ReverseMap(capacity, ramPages);
        pages = new int[capacity + 1];
        levels = new byte[capacity + 1];
        rootUses = new int[capacity + 1];
        present = new long[(capacity + 1) * 8];
        directLeaves = new long[capacity + 1];
        validSince = new long[capacity + 1];
        local = new boolean[capacity + 1];
        hashHeads = new int[Integer.highestOneBit(capacity) << 1];
        hashNext = new int[capacity + 1];
        visits = new int[capacity + 1];
        free = new int[capacity];
    }

    @Override
    public void close() {
        entries.close();
        reverse.close();
    }

    public void watch(Watcher newWatcher) {
        watcher = newWatcher;
    }

    // ---- tables

    /// Upper bound (exclusive) of table numbers.
    int numbers() {
        return capacity + 1;
    }

    /// Upper bound (exclusive) of the numbers of tables made so far.
    int made() {
        return fresh;
    }

    public int available() {
        return freeCount + capacity + 1 - fresh;
    }

    /// The table that shadows guest page `page` as a table of a level, or [#NONE].
    public int find(int page, int level) {
        int table = hashHeads[hash(page, level)];
        while (table != NONE && (pages[table] != page || levels[table] != level)) {
            table = hashNext[table];
        }
        return table;
    }

    private int hash(int page, int level) {
        return (page * 0x9e3779b1 >>> 7) + level * 0x632be5 & hashHeads.length - 1;
    }

    /// Creates an empty table for a guest table; requires room according to [#available].
    int create(int page, int level, long time) {
        int table = take(page, level, 0);
        int bucket = hash(page, level);
        hashNext[table] = hashHeads[bucket];
        hashHeads[bucket] = table;
        validSince[table] = time;
        local[table] = false;
        if (watcher != null) {
            watcher.created(table);
        }
        return table;
    }

    /// Creates an empty table for the splinters of a guest superpage.
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
        if (rootUses[table] > 0 || reverse.first(reverse.parentList(table)) != NONE) {
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

    boolean isDirect(int table) {
        return directLeaves[table] != 0;
    }

    long directLeaf(int table) {
        return directLeaves[table];
    }

    /// Index in RAM of the guest table shadowed.
    public int page(int table) {
        return pages[table];
    }

    public int level(int table) {
        return levels[table];
    }

    /// The fence time since which the table is valid: every entry was read from the guest at or after it.
    long validSince(int table) {
        return validSince[table];
    }

    void setValidSince(int table, long time) {
        validSince[table] = time;
    }

    /// Whether a table may hold a non-global entry.
    boolean isLocal(int table) {
        return local[table];
    }

    void setLocal(int table) {
        local[table] = true;
    }

    // ---- entries

    public long entry(int table, int index) {
        return HostMemory.getLong(address(table, index));
    }

    private long address(int table, int index) {
        return entries.address() + offset(table, index);
    }

    /// Distance of an entry from where the memory of the tables begins.
    public long offset(int table, int index) {
        return table * PAGE + ((long) index << 3);
    }

    private void stored(int table, int index) {
        if (software != null) {
            software.shadow(offset(table, index), levels[table]);
        }
    }

    public static boolean isPointer(long entry) {
        return entry != 0 && (entry & PERMISSIONS) == 0;
    }

    /// The table that a pointer refers to.
    public int child(long entry) {
        return (int) ((PageTableEntry.frame(entry) - entries.address()) / PAGE);
    }

    /// The guest page that a leaf maps; for a large leaf, its first page.
    public int guestPage(int table, int index) {
        return reverse.page(table * ENTRIES + index);
    }

    /// Installs a leaf in an empty entry; at level 1 it is a large page.
    ///
    /// @param flags permissions as in a page-table entry; V, A and, for a writable one, D are added
    void putLeaf(int table, int index, long flags, long host, int guestPage) {
        long dirty = (flags & PageTableEntry.WRITE) != 0 ? PageTableEntry.DIRTY : 0;
        put(table, index, host >>> 12 << 10 | flags | dirty | PageTableEntry.VALID | PageTableEntry.ACCESSED);
        int slot = table * ENTRIES + index;
        reverse.setPage(slot, guestPage);
        reverse.insert(leafList(table, guestPage), slot);
    }

    void putPointer(int table, int index, int child) {
        put(table, index, entries.address() + child * PAGE >>> 12 << 10 | PageTableEntry.VALID);
        reverse.insert(reverse.parentList(child), table * ENTRIES + index);
    }

    private void put(int table, int index, long entry) {
        HostMemory.putLong(address(table, index), entry);
        stored(table, index);
        present[table * 8 + (index >> 6)] |= 1L << index;
    }

    private long leafList(int table, int guestPage) {
        return levels[table] == 0 ? reverse.pageList(guestPage) : reverse.blockList(guestPage);
    }

    /// Empties an entry, and frees the tables that only it led to.
    /// @return whether the entry was not empty
    public boolean clear(int table, int index) {
        long address = address(table, index);
        long entry = HostMemory.getLong(address);
        if (entry == 0) {
            return false;
        }
        HostMemory.putLong(address, 0);
        stored(table, index);
        present[table * 8 + (index >> 6)] &= ~(1L << index);
        int slot = table * ENTRIES + index;
        if (isPointer(entry)) {
            int child = child(entry);
            reverse.remove(reverse.parentList(child), slot);
            freeIfDead(child);
        } else {
            reverse.remove(leafList(table, reverse.page(slot)), slot);
        }
        return true;
    }

    /// Empties all entries of a table.
    /// @return the number of entries emptied
    public int clearAll(int table) {
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

    /// Empties every leaf that maps a guest page.
    public void dropPage(int guestPage) {
        dropList(reverse.pageList(guestPage));
        dropList(reverse.blockList(guestPage));
    }

    private void dropList(long list) {
        for (int slot = reverse.first(list); slot != NONE; slot = reverse.first(list)) {
            clear(slot / ENTRIES, slot % ENTRIES);
        }
    }

    /// Revokes the store permission of every leaf that maps a guest page; large leaves are emptied.
    public void protectPage(int guestPage) {
        dropList(reverse.blockList(guestPage));
        for (int slot = reverse.first(reverse.pageList(guestPage)); slot != NONE; slot = reverse.next(slot)) {
            long address = address(slot / ENTRIES, slot % ENTRIES);
            HostMemory.putLong(address, HostMemory.getLong(address) & ~(PageTableEntry.WRITE | PageTableEntry.DIRTY));
            stored(slot / ENTRIES, slot % ENTRIES);
        }
    }

    /// Whether more than one root may lead to a table.
    boolean isShared(int table) {
        int at = table;
        while (true) {
            int parent = reverse.first(reverse.parentList(at));
            if (parent == NONE) {
                return rootUses[at] > 1;
            }
            if (rootUses[at] > 0 || reverse.next(parent) != NONE) {
                return true;
            }
            at = parent / ENTRIES;
        }
    }

    /// Empties every pointer to a table; the table is freed unless it is a root.
    public void unlink(int table) {
        retain(table);
        dropList(reverse.parentList(table));
        release(table);
    }

    /// Starts a traversal that visits each table once.
    void startVisits() {
        visitNow++;
    }

    /// @return whether this is the traversal's first visit to the table
    boolean visit(int table) {
        boolean first = visits[table] != visitNow;
        visits[table] = visitNow;
        return first;
    }

    /// Whether `table` can be reached from `root`.
    public boolean isReachable(int root, int table) {
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
        for (int slot = reverse.first(reverse.parentList(table)); slot != NONE; slot = reverse.next(slot)) {
            if (climb(root, slot / ENTRIES)) {
                return true;
            }
        }
        return false;
    }

    /// Saves all tables, or restores them into new ones, after the frames of RAM.
    ///
    /// @param origin from which frames are counted
    public void transfer(State state, long origin) {
        statistics.pagesLive = state.number(statistics.pagesLive);
        statistics.pagesPeak = state.number(statistics.pagesPeak);
        fresh = state.number(fresh);
        freeCount = state.number(freeCount);
        state.numbers(free, freeCount);
        state.numbers(present, fresh * 8);
        long leaf = origin >>> 12 << 10;
        for (int table = 1; table < fresh; table++) {
            pages[table] = state.number(pages[table]);
            levels[table] = (byte) state.number(levels[table]);
            rootUses[table] = state.number(rootUses[table]);
            directLeaves[table] = state.number(directLeaves[table]);
            validSince[table] = state.number(validSince[table]);
            local[table] = state.flag(local[table]);
            hashNext[table] = state.number(hashNext[table]);
            for (int index = nextPresent(table, 0); index >= 0; index = nextPresent(table, index + 1)) {
                long entry = entry(table, index);
                boolean pointer = state.flag(isPointer(entry));
                long saved = state.number(pointer ? entry == 0 ? 0 : child(entry) : entry - leaf);
                HostMemory.putLong(address(table, index), pointer
                        ? entries.address() + saved * PAGE >>> 12 << 10 | PageTableEntry.VALID : saved + leaf);
            }
        }
        int used = 0;
        for (int head : hashHeads) {
            used += head != NONE ? 1 : 0;
        }
        int saved = state.number(used);
        for (int i = 0, bucket = -1; i < saved; i++) {
            bucket++;
            while (!state.restores() && hashHeads[bucket] == NONE) {
                bucket++;
            }
            bucket = state.number(bucket);
            hashHeads[bucket] = state.number(hashHeads[bucket]);
        }
        reverse.transfer(state, capacity);
    }
}
