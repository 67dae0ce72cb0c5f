// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// The fields of satp and the translation modes its MODE field names (privileged specification, "satp").
public final class TranslationMode {
    public static final int BARE = 0;
    public static final int SV39 = 8;
    public static final int SV48 = 9;
    public static final int SV57 = 10;

    /// Levels of the tables of the widest mode, Sv57.
    public static final int MAXIMUM_LEVELS = 5;
    /// Entries of a page table.
    public static final int ENTRIES = 512;

    private static final int MODE_SHIFT = 60;
    private static final int ASID_SHIFT = 44;
    private static final int ASID_MASK = 0xffff;
    private static final long ROOT_MASK = (1L << ASID_SHIFT) - 1;
    /// Of a paged mode, its number less that of its levels.
    private static final int LEVELS_TO_MODE = SV39 - 3;

    /// Bits of VMIDs in hgatp.
    public static final int VMID_MASK = 0x3fff;
    /// Bits by which a guest-physical address of a second stage is wider than a virtual one of the same levels.
    private static final int WIDER = 2;

    private TranslationMode() {
    }

    public static int mode(long satp) {
        return (int) (satp >>> MODE_SHIFT);
    }

    public static boolean isBare(long satp) {
        return mode(satp) == BARE;
    }

    /// The paged mode with virtual addresses of so many bits: 39, 48 or 57.
    public static int ofWidth(int virtualAddressBits) {
        return (virtualAddressBits - 12) / 9 + LEVELS_TO_MODE;
    }

    /// Levels of the page tables of a paged mode: 3, 4 or 5.
    public static int levels(long satp) {
        return mode(satp) - LEVELS_TO_MODE;
    }

    /// Guest-physical address of the root page table.
    public static long root(long satp) {
        return (satp & ROOT_MASK) << 12;
    }

    public static int asid(long satp) {
        return (int) (satp >>> ASID_SHIFT) & ASID_MASK;
    }

    /// VMID of hgatp.
    public static int vmid(long hgatp) {
        return (int) (hgatp >>> ASID_SHIFT) & VMID_MASK;
    }

    public static long satp(int mode, int asid, long root) {
        return (long) mode << MODE_SHIFT | (long) asid << ASID_SHIFT | root >>> 12;
    }

    /// The bits of satp that a hart has.
    ///
    /// @param asidMask the bits of ASIDs that it has
    public static long fields(int asidMask) {
        return ~0L << MODE_SHIFT | (long) asidMask << ASID_SHIFT | ROOT_MASK;
    }

    /// Whether the bits above the virtual address all equal its top bit, as a paged mode of `levels` levels requires.
    public static boolean isCanonical(long gva, int levels) {
        int unused = 64 - 12 - 9 * levels;
        return gva << unused >> unused == gva;
    }

    /// Whether a guest-physical address is one that a second stage of `levels` levels can translate (Sv39x4, Sv48x4,
    /// Sv57x4).
    public static boolean isGuestPhysical(long gpa, int levels) {
        return gpa >>> 12 + 9 * levels + WIDER == 0;
    }

    /// Index into the root table of a second stage, whose number of levels is `level` + 1.
    public static int rootIndex(long gpa, int level) {
        return (int) (gpa >>> 12 + 9 * level) & (ENTRIES << WIDER) - 1;
    }

    /// Index into a page table of a level (0 for leaves of 4 KiB).
    public static int index(long gva, int level) {
        return (int) (gva >>> (12 + 9 * level)) & ENTRIES - 1;
    }

    /// Bytes covered by an entry at a level.
    public static long span(int level) {
        return 1L << (12 + 9 * level);
    }
}
