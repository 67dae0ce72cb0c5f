// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/// A simulator of its own for loads and stores of one core under Sv39: two TLB levels, page-walk caches, three cache
/// levels, all least recently used. It shares no code with the timing model and is written for clearness: maps in the
/// order of use, addresses as the specification writes them.
final class PlainSimulator {
    /// A number of sets, each a map in the order of use.
    private static final class Sets {
        private final List<LinkedHashMap<String, String>> sets = new ArrayList<>();
        private final int ways;

        Sets(int entries, int ways) {
            this.ways = ways;
            for (int i = 0; i < entries / ways; i++) {
                sets.add(new LinkedHashMap<>(16, 0.75f, true));
            }
        }

        private Map<String, String> set(long index) {
            return sets.get((int) (index % sets.size()));
        }

        String get(String key, long index) {
            return set(index).get(key);
        }

        void put(String key, String value, long index) {
            Map<String, String> set = set(index);
            if (!set.containsKey(key) && set.size() == ways) {
                set.remove(set.keySet().iterator().next());
            }
            set.put(key, value);
        }

        void removeIf(java.util.function.BiPredicate<String, String> condition) {
            sets.forEach(set -> set.entrySet().removeIf(entry -> condition.test(entry.getKey(), entry.getValue())));
        }
    }

    private final LongUnaryOperator memory;
    private final long base;
    private final Sets first = new Sets(16, 4);
    private final Sets firstLarge = new Sets(4, 4);
    private final Sets second = new Sets(64, 8);
    private final Sets[] pointers = {null, new Sets(8, 2), new Sets(8, 2)};
    private final Sets l1 = new Sets(64, 4);
    private final Sets l2 = new Sets(256, 8);
    private final Sets llc = new Sets(1024, 16);

    long dataStalls;
    long tlb;
    long walkCaches;
    final long[] walkCycles = new long[3];
    final long[] walkReferences = new long[3];
    long walks;
    long misses;

    /// What the parameters of the timing model have to be for the same machine.
    static final String PARAMETERS = "dtlb.4k.entries=16,dtlb.4k.ways=4,dtlb.2m.entries=4,dtlb.2m.ways=4,"
            + "dtlb.1g.entries=0,dtlb.1g.ways=0,l2tlb.entries=64,l2tlb.ways=8,l2tlb.latency=9,tlb.replacement=lru,"
            + "pwc.guest.entries=8,pwc.guest.ways=2,pwc.latency=2,cache.line=64,cache.replacement=lru,l1d.size=4K,"
            + "l1d.ways=4,l1d.latency=3,l2.size=16K,l2.ways=8,l2.latency=11,llc.size=64K,llc.ways=16,llc.latency=37,"
            + "dram.latency=151,walk.start=l1d";

    /// @param memory reads eight bytes at a physical address
    /// @param base   physical address that caches count from
    PlainSimulator(LongUnaryOperator memory, long base) {
        this.memory = memory;
        this.base = base;
    }

    /// Which level has a line, which all levels that do not have it take in.
    private int cost(long physical) {
        long line = (physical - base) / 64;
        int cost = 151;
        boolean inLlc = false;
        if (l1.get("" + line, line) != null) {
            cost = 3;
        } else if (l2.get("" + line, line) != null) {
            cost = 11;
        } else {
            inLlc = llc.get("" + line, line) != null;
            cost = inLlc ? 37 : 151;
            llc.put("" + line, "", line);
        }
        if (cost > 3) {
            l2.put("" + line, "", line);
        }
        l1.put("" + line, "", line);
        return cost;
    }

    /// A load or store whose page is accessed and dirty.
    void access(long satp, long virtual) {
        long asid = satp >>> 44 & 0xffff;
        long physical = translated(satp, asid, virtual);
        dataStalls += cost(physical) - 3;
    }

    private long translated(long satp, long asid, long virtual) {
        long page = virtual >>> 12;
        long large = virtual >>> 21;
        for (String owner : new String[] {"asid " + asid, "global"}) {
            String hit = first.get(owner + " 4k " + page, page);
            if (hit != null) {
                return Long.parseLong(hit) + (virtual & 0xfff);
            }
        }
        for (String owner : new String[] {"asid " + asid, "global"}) {
            String hit = firstLarge.get(owner + " 2m " + large, large);
            if (hit != null) {
                return Long.parseLong(hit) + (virtual & 0x1fffff);
            }
        }
        misses++;
        tlb += 9;
        for (String owner : new String[] {"asid " + asid, "global"}) {
            String hit = second.get(owner + " 4k " + page, page);
            if (hit != null) {
                first.put(owner + " 4k " + page, hit, page);
                return Long.parseLong(hit) + (virtual & 0xfff);
            }
        }
        for (String owner : new String[] {"asid " + asid, "global"}) {
            String hit = second.get(owner + " 2m " + large, large);
            if (hit != null) {
                firstLarge.put(owner + " 2m " + large, hit, large);
                return Long.parseLong(hit) + (virtual & 0x1fffff);
            }
        }
        return walked(satp, asid, virtual);
    }

    private long walked(long satp, long asid, long virtual) {
        walks++;
        walkCaches += 2;
        long table = (satp & (1L << 44) - 1) << 12;
        int level = 2;
        // A 2 MiB leaf ends at level 1, so that only its level-2 pointer can be held.
        boolean largeLeaf = (memory.applyAsLong(memoryOfLevel1(satp, virtual)) & 14) != 0;
        for (int held = largeLeaf ? 2 : 1; held <= 2; held++) {
            long prefix = virtual >>> 12 + 9 * held;
            String frame = pointers[held].get(asid + " " + prefix, prefix);
            if (frame != null) {
                table = Long.parseLong(frame);
                level = held - 1;
                break;
            }
        }
        while (true) {
            long address = table + (virtual >>> 12 + 9 * level & 511) * 8;
            walkReferences[level]++;
            walkCycles[level] += cost(address);
            long entry = memory.applyAsLong(address);
            long frame = (entry >>> 10 & (1L << 44) - 1) << 12;
            if ((entry & 14) != 0) {
                String owner = (entry & 32) != 0 ? "global" : "asid " + asid;
                if (level == 0) {
                    first.put(owner + " 4k " + (virtual >>> 12), "" + frame, virtual >>> 12);
                    second.put(owner + " 4k " + (virtual >>> 12), "" + frame, virtual >>> 12);
                    return frame + (virtual & 0xfff);
                }
                firstLarge.put(owner + " 2m " + (virtual >>> 21), "" + frame, virtual >>> 21);
                second.put(owner + " 2m " + (virtual >>> 21), "" + frame, virtual >>> 21);
                return frame + (virtual & 0x1fffff);
            }
            long prefix = virtual >>> 12 + 9 * level;
            pointers[level].put(asid + " " + prefix, "" + frame, prefix);
            table = frame;
            level--;
        }
    }

    /// Where the entry of level 1 for an address is.
    private long memoryOfLevel1(long satp, long virtual) {
        long root = ((satp & (1L << 44) - 1) << 12) + (virtual >>> 30 & 511) * 8;
        return ((memory.applyAsLong(root) >>> 10 & (1L << 44) - 1) << 12) + (virtual >>> 21 & 511) * 8;
    }

    void fenceAll() {
        for (Sets sets : new Sets[] {first, firstLarge, second, pointers[1], pointers[2]}) {
            sets.removeIf((_, _) -> true);
        }
    }

    void fenceAsid(long asid) {
        for (Sets sets : new Sets[] {first, firstLarge, second}) {
            sets.removeIf((key, _) -> key.startsWith("asid " + asid + " "));
        }
        pointers[1].removeIf((_, _) -> true);
        pointers[2].removeIf((_, _) -> true);
    }

    /// A fence with an address, in all address spaces or in one.
    void fenceAddress(long virtual, long asid, boolean hasAsid) {
        for (Sets sets : new Sets[] {first, firstLarge, second}) {
            sets.removeIf((key, _) -> (key.endsWith(" 4k " + (virtual >>> 12)) || key.endsWith(" 2m " + (virtual >>> 21)))
                    && (!hasAsid || key.startsWith("asid " + asid + " ")));
        }
    }
}
