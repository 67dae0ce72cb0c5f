// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

/// The bits of an Sv39/48/57 page-table entry and what they mean, with Svnapot and Svpbmt.
public final class PageTableEntry {
    public static final long VALID = 1;
    public static final long READ = 2;
    public static final long WRITE = 4;
    public static final long EXECUTE = 8;
    public static final long USER = 16;
    public static final long GLOBAL = 32;
    public static final long ACCESSED = 64;
    public static final long DIRTY = 128;
    public static final long NAPOT = 1L << 63;
    public static final long MEMORY_TYPE = 3L << 61;

    private static final long RESERVED = 0x7fL << 54;
    private static final long FRAME = (1L << 44) - 1;
    private static final long POINTER_RESERVED = DIRTY | ACCESSED | USER | MEMORY_TYPE | NAPOT;
    /// The only encoding of Svnapot: 64 KiB, low frame bits 1000.
    private static final long NAPOT_64K = 8;

    /// Classifies an entry, as in steps 3, 4 and 6 of the translation process.
    public static final int INVALID = 0;
    public static final int POINTER = 1;
    public static final int LEAF = 2;

    private PageTableEntry() {
    }

    /// [#INVALID] (any access page-faults), [#POINTER] or [#LEAF].
    ///
    /// @param options which of the fields [#MEMORY_TYPE] (Svpbmt) and [#NAPOT] (Svnapot) are not reserved
    public static int kind(long pte, int level, long options) {
        if ((pte & VALID) == 0 || (pte & (READ | WRITE)) == WRITE || (pte & RESERVED) != 0) {
            return INVALID;
        }
        if ((pte & (READ | EXECUTE)) == 0) {
            return level > 0 && (pte & POINTER_RESERVED) == 0 ? POINTER : INVALID;
        }
        long type = pte & MEMORY_TYPE;
        if (type != 0 && ((options & MEMORY_TYPE) == 0 || type == MEMORY_TYPE)) {
            return INVALID;
        }
        if (pte < 0 && ((options & NAPOT) == 0 || level > 0 || (pte >>> 10 & 15) != NAPOT_64K)) {
            return INVALID;
        }
        return (pte >>> 10 & (1L << 9 * level) - 1) != 0 ? INVALID : LEAF;
    }

    /// Physical address of the table a pointer refers to, or of the page a leaf maps (before Svnapot is applied).
    public static long frame(long pte) {
        return (pte >>> 10 & FRAME) << 12;
    }

    /// Physical address that a leaf at this level maps `gva` to.
    public static long target(long pte, int level, long gva) {
        long offset = (pte < 0 ? 1L << 16 : TranslationMode.span(level)) - 1;
        return frame(pte) & ~offset | gva & offset;
    }

    /// Step 5: whether a leaf's R, W, X and U bits allow an access.
    public static boolean allows(long pte, AccessType access, int privilege, boolean sum, boolean mxr) {
        return allows(pte, access, privilege, sum, mxr ? READ | EXECUTE : READ);
    }

    /// The same under a context, which may have loads need what is executable.
    public static boolean allows(long pte, AccessType access, int privilege, TranslationContext context) {
        return allows(pte, access, privilege, context.sum(), context.readable());
    }

    private static boolean allows(long pte, AccessType access, int privilege, boolean sum, long readable) {
        boolean user = (pte & USER) != 0;
        if (privilege == 0 ? !user : user && (access == AccessType.FETCH || !sum)) {
            return false;
        }
        return switch (access) {
            case FETCH -> (pte & EXECUTE) != 0;
            case LOAD -> (pte & readable) != 0;
            case STORE -> (pte & WRITE) != 0;
        };
    }

    /// The A and D bits that an access needs set.
    public static long touched(AccessType access) {
        return access == AccessType.STORE ? ACCESSED | DIRTY : ACCESSED;
    }
}
