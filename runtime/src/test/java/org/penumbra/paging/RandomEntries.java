// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.SplittableRandom;
import org.penumbra.mmu.PageTableEntry;

/// Page-table entries at random, for the tables of a [RandomGuest].
final class RandomEntries {
    // Guest pages by what they mostly hold; anything may be anywhere now and then.
    static final int ROOTS = 0;
    static final int MIDDLES = 4;
    static final int LEAVES = 9;
    /// Lowest tables whose entries are global.
    static final int KERNEL = 14;
    static final int TOPS = 16;
    static final int TABLES = 20;

    private final SplittableRandom random;

    RandomEntries(SplittableRandom random) {
        this.random = random;
    }

    /// An entry of the kind that a table usually holds.
    long usual(int table) {
        if (random.nextInt(25) == 0) {
            return anything();
        }
        if (table < MIDDLES) {
            return random.nextInt(12) == 0 ? leaf(TestMachine.page(0) & -(1L << 30)) : pointer(MIDDLES + random.nextInt(5));
        }
        if (table < LEAVES) {
            return random.nextInt(3) == 0 ? leaf(TestMachine.BASE + (long) random.nextInt(4) * (2 << 20))
                    : pointer(LEAVES + random.nextInt(7));
        }
        if (table >= KERNEL && table < TOPS) {
            return leaf(dataPage()) | PageTableEntry.GLOBAL;
        }
        return table < TOPS ? leaf(dataPage()) : pointer(random.nextInt(2) == 0 ? ROOTS + random.nextInt(4)
                : TOPS + random.nextInt(4));
    }

    private long dataPage() {
        return switch (random.nextInt(16)) {
            case 0 -> TestMachine.page(random.nextInt(TABLES));
            case 1 -> TestMachine.BASE + random.nextInt((int) (TestMachine.SIZE >> 12)) * 4096L;
            case 2 -> 0x1000_0000L;
            default -> TestMachine.page(TABLES + random.nextInt(40));
        };
    }

    private static long pointer(int table) {
        return TestMachine.page(table) >>> 12 << 10 | 1;
    }

    private long leaf(long target) {
        long bits = 1 | pickBits();
        if (random.nextInt(12) == 0) {
            return (target & -65536 | 0x8000) >>> 12 << 10 | bits | 1L << 63;
        }
        long type = random.nextInt(40) == 0 ? (long) random.nextInt(4) << 61 : 0;
        return target >>> 12 << 10 | bits | type;
    }

    private long pickBits() {
        long user = random.nextInt(5) != 0 ? 16 : 0;
        long global = random.nextInt(8) == 0 ? 32 : 0;
        long touched = random.nextInt(4) == 0 ? random.nextInt(4) << 6 : 0xc0;
        long permissions = switch (random.nextInt(10)) {
            case 0 -> 2;
            case 1 -> 8;
            case 2 -> 10;
            case 3 -> 6;
            default -> 14;
        };
        return user | global | touched | permissions;
    }

    /// An entry of any kind, most of them out of place.
    long anything() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> 0;
            case 2 -> pointer(random.nextInt(TABLES)) | (random.nextInt(4) == 0 ? 32 : 0);
            case 3 -> leaf(dataPage());
            case 4 -> leaf(TestMachine.BASE + (long) random.nextInt(4) * (2 << 20));
            case 5 -> pointer(0) | 1L << random.nextInt(64);
            case 6 -> 0x1000_0000L >>> 2 | 1;
            default -> random.nextLong();
        };
    }
}
