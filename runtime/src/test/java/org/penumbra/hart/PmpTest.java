// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.penumbra.mmu.AccessType;

/// Physical memory protection, against an oracle that looks at every byte.
final class PmpTest {
    private static final int[] PRIVILEGES = {Hart.USER, Hart.SUPERVISOR, Hart.MACHINE};
    private static final int TOR = 1 << 3;
    private static final int NAPOT = 3 << 3;
    private static final int LOCK = 0x80;
    private static final long EVERYTHING = (1L << 54) - 1;

    private final Pmp pmp = new Pmp();

    /// Whether an entry matches a byte, from the text of the specification.
    private boolean matches(int entry, long gpa) {
        long word = gpa >>> 2;
        long address = pmp.address(entry);
        return switch (pmp.config(entry) >> 3 & 3) {
            case 0 -> false;
            case 1 -> word < address && (entry == 0 || word >= pmp.address(entry - 1));
            case 2 -> word == address;
            default -> {
                int ones = 0;
                while (ones < 54 && (address >> ones & 1) == 1) {
                    ones++;
                }
                yield word >>> ones + 1 == address >>> ones + 1;
            }
        };
    }

    private boolean expected(long gpa, int size, AccessType access, int privilege) {
        for (int entry = 0; entry < Pmp.ENTRIES; entry++) {
            int matched = 0;
            for (int i = 0; i < size; i++) {
                if (matches(entry, gpa + i)) {
                    matched++;
                }
            }
            if (matched > 0) {
                int config = pmp.config(entry);
                int bit = switch (access) {
                    case LOAD -> 1;
                    case STORE -> 2;
                    case FETCH -> 4;
                };
                return matched == size
                        && ((config & LOCK) == 0 && privilege == Hart.MACHINE || (config & bit) != 0);
            }
        }
        return privilege == Hart.MACHINE;
    }

    /// An address within a few pages, so that entries overlap often.
    private static long word(Random random) {
        return 0x2000_0000L + random.nextInt(random.nextBoolean() ? 64 : 4 * 1024);
    }

    private void configure(Random random) {
        pmp.reset();
        int used = 1 + random.nextInt(Pmp.ENTRIES);
        for (int entry = 0; entry < used; entry++) {
            long address = word(random);
            if (random.nextBoolean()) {
                address |= (1L << random.nextInt(14)) - 1;
            }
            pmp.writeAddress(entry, random.nextInt(50) == 0 ? EVERYTHING : address);
        }
        for (int first = 0; first < Pmp.ENTRIES; first += 8) {
            long configs = 0;
            for (int i = 7; i >= 0; i--) {
                configs = configs << 8 | (first + i < used ? random.nextInt(256) : 0);
            }
            pmp.writeConfigs(first, configs);
        }
    }

    @Test
    void accessesAreJudgedAsTheSpecificationSays() {
        var random = new Random(20);
        int allowed = 0;
        int refused = 0;
        for (int configuration = 0; configuration < 2000; configuration++) {
            configure(random);
            for (int i = 0; i < 60; i++) {
                int entry = random.nextInt(Pmp.ENTRIES);
                long near = random.nextInt(3) == 0 ? word(random) : pmp.address(entry);
                long gpa = (near << 2) + random.nextInt(24) - 12 & (1L << 56) - 1;
                int size = 1 << random.nextInt(4);
                AccessType access = AccessType.values()[random.nextInt(3)];
                int privilege = PRIVILEGES[random.nextInt(3)];
                boolean expected = expected(gpa, size, access, privilege);
                assertEquals(expected, pmp.allows(gpa, size, access, privilege), () -> describe(gpa, size, access, privilege));
                if (expected) {
                    allowed++;
                } else {
                    refused++;
                }
            }
        }
        assertTrue(allowed > 20_000 && refused > 20_000, "both outcomes are met");
    }

    private String describe(long gpa, int size, AccessType access, int privilege) {
        var text = new StringBuilder("%s of %d at %x from %d".formatted(access, size, gpa, privilege));
        for (int i = 0; i < Pmp.ENTRIES; i++) {
            text.append("%n%2d %02x %x".formatted(i, pmp.config(i), pmp.address(i)));
        }
        return text.toString();
    }

    @Test
    void permissionsOfAPageHoldForEveryAccessInIt() {
        var random = new Random(21);
        int mixed = 0;
        int uniform = 0;
        for (int configuration = 0; configuration < 300; configuration++) {
            configure(random);
            long page = word(random) << 2 & -4096;
            for (int privilege : PRIVILEGES) {
                int permissions = pmp.pagePermissions(page + random.nextInt(4096), privilege);
                if (permissions == Pmp.MIXED) {
                    assertTrue(entryEndsWithin(page));
                    mixed++;
                    continue;
                }
                uniform++;
                for (int i = 0; i < 30; i++) {
                    int size = 1 << random.nextInt(4);
                    long gpa = page + random.nextInt(4097 - size);
                    assertEquals((permissions & Pmp.READ) != 0, expected(gpa, size, AccessType.LOAD, privilege));
                    assertEquals((permissions & Pmp.WRITE) != 0, expected(gpa, size, AccessType.STORE, privilege));
                    assertEquals((permissions & Pmp.EXECUTE) != 0, expected(gpa, size, AccessType.FETCH, privilege));
                }
            }
        }
        assertTrue(mixed > 50 && uniform > 50, "both outcomes are met");
    }

    private boolean entryEndsWithin(long page) {
        for (int entry = 0; entry < Pmp.ENTRIES; entry++) {
            boolean first = matches(entry, page);
            for (long gpa = page; gpa < page + 4096; gpa += 4) {
                if (matches(entry, gpa) != first) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void onlyMachineModeHasAccessAfterReset() {
        for (AccessType access : AccessType.values()) {
            assertTrue(pmp.allows(0x8000_0000L, 8, access, Hart.MACHINE));
            assertFalse(pmp.allows(0x8000_0000L, 8, access, Hart.SUPERVISOR));
            assertFalse(pmp.allows(0x8000_0000L, 8, access, Hart.USER));
        }
        assertEquals(Pmp.ALL, pmp.pagePermissions(0x8000_0000L, Hart.MACHINE));
        assertEquals(0, pmp.pagePermissions(0x8000_0000L, Hart.SUPERVISOR));
    }

    @Test
    void oneEntryOpensAllMemory() {
        pmp.writeAddress(0, -1);
        pmp.writeConfigs(0, NAPOT | 7);
        long highest = (1L << 56) - 8;
        assertTrue(pmp.allows(highest, 8, AccessType.STORE, Hart.USER));
        assertEquals(Pmp.ALL, pmp.pagePermissions(0, Hart.USER));
        assertFalse(pmp.allows(-8, 8, AccessType.LOAD, Hart.USER), "beyond physical addresses");
        assertTrue(pmp.allows(-8, 8, AccessType.LOAD, Hart.MACHINE));
    }

    @Test
    void lockedEntryBindsMachineModeAndCannotBeChanged() {
        assertTrue(pmp.writeAddress(4, 0x2000_01ff) == false, "an entry that is off protects nothing");
        assertTrue(pmp.writeConfigs(0, (long) (LOCK | NAPOT | Pmp.READ) << 32));
        assertFalse(pmp.allows(0x8000_0000L, 4, AccessType.STORE, Hart.MACHINE));
        assertTrue(pmp.allows(0x8000_0000L, 4, AccessType.LOAD, Hart.MACHINE));
        assertFalse(pmp.writeAddress(4, 0));
        assertFalse(pmp.writeConfigs(0, 0));
        assertEquals(0x2000_01ff, pmp.address(4));
        assertEquals(LOCK | NAPOT | Pmp.READ, pmp.config(4));
        pmp.reset();
        assertTrue(pmp.allows(0x8000_0000L, 4, AccessType.STORE, Hart.MACHINE));
    }

    @Test
    void lockedRangeAlsoLocksTheAddressItBeginsAt() {
        pmp.writeAddress(1, 0x100);
        pmp.writeAddress(2, 0x200);
        pmp.writeConfigs(0, (long) (LOCK | TOR | Pmp.READ) << 16);
        assertFalse(pmp.writeAddress(1, 0));
        assertEquals(0x100, pmp.address(1));
        pmp.writeConfigs(0, (long) (NAPOT | Pmp.ALL) << 8);
        assertEquals(NAPOT | Pmp.ALL, pmp.config(1), "its configuration is not locked");
        assertFalse(pmp.writeAddress(0, 5));
        assertEquals(5, pmp.address(0));
    }

    @Test
    void entriesLockedWhileOffStayOff() {
        pmp.writeConfigs(8, LOCK);
        pmp.writeConfigs(8, NAPOT | Pmp.ALL);
        assertEquals(LOCK, pmp.config(8));
        pmp.writeAddress(7, 9);
        assertEquals(9, pmp.address(7), "only a TOR entry locks the address before it");
    }

    @Test
    void writeWithoutReadIsReservedAndReadsAsNeither() {
        for (int rights = 0; rights < 8; rights++) {
            pmp.writeConfigs(0, rights);
            assertEquals((rights & 1) == 0 ? rights & 4 : rights, pmp.config(0));
        }
    }

    @Test
    void monitorHearsOfChangesInEffectOnly() {
        var harness = new HartHarness();
        harness.write("pmpaddr3", 0x2000_0000);
        assertEquals("[]", harness.drain().toString());
        harness.write("pmpcfg0", (long) (TOR | 7) << 24);
        assertEquals("[protection]", harness.drain().toString());
        harness.write("pmpcfg0", (long) (TOR | 7) << 24);
        harness.write("pmpaddr3", 0x2000_0000);
        assertEquals("[]", harness.drain().toString());
        harness.write("pmpaddr2", 0x1000_0000);
        assertEquals("[protection]", harness.drain().toString(), "where the range begins");
        assertFalse(harness.hart.pmp.allows(0, 4, AccessType.LOAD, Hart.USER));
        assertTrue(harness.hart.pmp.allows(0x4000_0000, 4, AccessType.LOAD, Hart.USER));
    }
}
