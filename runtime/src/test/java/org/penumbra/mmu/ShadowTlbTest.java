// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.memory.HostMemory;

class ShadowTlbTest {
    private static final long HOST = 0x7000_0000_0000L;

    /// Two pages that follow each other, at hosts that do not, in the order given.
    private static ShadowTlb filled(int entries, long first, long second) {
        ShadowTlb tlb = new ShadowTlb(entries);
        for (long gva : new long[] {first, second}) {
            tlb.fill(gva, gva | ShadowTlb.LOADABLE | ShadowTlb.STORABLE, HOST + 16 * gva);
            tlb.allow(gva, HOST + 16 * gva, true, true);
        }
        return tlb;
    }

    private static boolean hits(ShadowTlb tlb, int entries, long gva, int size, int tag) {
        return HostMemory.getLong(ShadowTlb.entry(tlb.address(), gva, entries) + tag) == ShadowTlb.wanted(gva, size);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 1024})
    void accessesHitWithinAPageAtAnyAlignmentAndNeverAcrossPages(int entries) {
        for (long page : new long[] {0x5000, 0x8000, -0x2000}) {
            for (boolean backwards : new boolean[] {false, true}) {
                long next = page + 4096;
                ShadowTlb tlb = backwards ? filled(entries, next, page) : filled(entries, page, next);
                boolean held = entries > 1 || backwards;
                for (int size = 1; size <= 8; size *= 2) {
                    for (int tag : new int[] {ShadowTlb.LOAD_TAG, ShadowTlb.STORE_TAG}) {
                        for (long offset = 4096 - 16; offset < 4096; offset++) {
                            assertEquals(held && offset + size <= 4096, hits(tlb, entries, page + offset, size, tag),
                                    "page %x offset %x size %d backwards %s".formatted(page, offset, size, backwards));
                        }
                        assertEquals(entries > 1 || !backwards, hits(tlb, entries, next + 1, size, tag));
                    }
                }
                tlb.close();
            }
        }
    }

    /// The last access goes from the end of the address space to its start.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1024})
    void anAccessAcrossTheEndOfTheAddressSpaceMisses(int entries) {
        ShadowTlb tlb = filled(entries, -4096, 0);
        assertEquals(false, hits(tlb, entries, -3, 8, ShadowTlb.LOAD_TAG));
        tlb.close();
        tlb = filled(entries, 0, -4096);
        assertEquals(false, hits(tlb, entries, -3, 8, ShadowTlb.LOAD_TAG));
        assertEquals(true, hits(tlb, entries, -8, 8, ShadowTlb.LOAD_TAG));
        tlb.close();
    }
}
