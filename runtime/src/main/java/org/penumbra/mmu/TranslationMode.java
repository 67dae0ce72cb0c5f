// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// The fields of satp and the translation modes its MODE field names (privileged specification, "satp").
public final class TranslationMode {
    public static final int BARE = 0;
    public static final int SV39 = 8;
    public static final int SV48 = 9;
    public static final int SV57 = 10;

    private static final long ROOT_MASK = (1L << 44) - 1;

    private TranslationMode() {
    }

    public static int mode(long satp) {
        return (int) (satp >>> 60);
    }

    public static boolean isBare(long satp) {
        return satp >>> 60 == BARE;
    }

    /// Levels of the page tables of a paged mode: 3, 4 or 5.
    public static int levels(long satp) {
        return (int) (satp >>> 60) - 5;
    }

    /// Guest-physical address of the root page table.
    public static long root(long satp) {
        return (satp & ROOT_MASK) << 12;
    }

    public static int asid(long satp) {
        return (int) (satp >>> 44) & 0xffff;
    }

    public static long satp(int mode, int asid, long root) {
        return (long) mode << 60 | (long) asid << 44 | root >>> 12;
    }

    /// Whether the bits above the virtual address all equal its top bit, as a paged mode of `levels` levels requires.
    public static boolean isCanonical(long gva, int levels) {
        int unused = 64 - 12 - 9 * levels;
        return gva << unused >> unused == gva;
    }

    /// Index into a page table of a level (0 for leaves of 4 KiB).
    public static int index(long gva, int level) {
        return (int) (gva >>> (12 + 9 * level)) & 511;
    }

    /// Bytes covered by an entry at a level.
    public static long span(int level) {
        return 1L << (12 + 9 * level);
    }
}
