// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.SplittableRandom;

/// What a generator knows of the machine at the place it generates code for, and how the machine is at the start.
final class MachineState {
    private static final long SV39 = 8L << 60;
    private static final long NAPOT = 1L << 63;
    private static final int NON_CACHEABLE = 61;

    final boolean paged;
    /// Mode, 0 or 1, that the code is mapped for.
    final int lowMode;
    /// ASIDs of the two roots.
    final int asidA;
    final int asidB;

    int mode;
    boolean modifiesPrivilege;
    /// Mode that functions are made for.
    final int functionMode;
    boolean inFunction;
    boolean nested;
    /// Set of registers that must not be written.
    int protectedRegisters;

    private final SplittableRandom random;
    private final ProgramGenerator.Profile profile;
    private final int startMode;
    private final boolean smallCodePages;
    private final long delegated;

    MachineState(SplittableRandom random, ProgramGenerator.Profile profile) {
        this.random = random;
        this.profile = profile;
        this.paged = random.nextInt(100) < 55;
        this.lowMode = random.nextInt(2);
        this.startMode = random.nextInt(100) < (paged ? 15 : 60) ? 3 : lowMode;
        this.mode = startMode;
        this.functionMode = startMode;
        this.smallCodePages = random.nextBoolean();
        this.asidA = random.nextInt(0x10000);
        this.asidB = random.nextInt(4) == 0 ? asidA : random.nextInt(0x10000);
        // Misaligned fetch to page faults, without breakpoints and calls.
        // Load and store access faults together, for QEMU may take one for the other.
        int some = random.nextInt(0x10000) & 0xb057;
        this.delegated = random.nextBoolean() ? 0 : some | (random.nextBoolean() ? 0xa0 : 0);
    }

    long initialStatus() {
        long toggles = random.nextLong() & (1 << 18 | 1 << 19);
        long floats = profile.hot() || random.nextInt(20) != 0 ? 3 : 0;
        return (long) startMode << 11 | floats << 13 | toggles;
    }

    long delegated() {
        return delegated;
    }

    long satp() {
        return paged ? satp(false) : 0;
    }

    long satp(boolean second) {
        return SV39 | (long) (second ? asidB : asidA) << 44 | (second ? Layout.ROOT_B : Layout.ROOT_A) >>> 12;
    }

    /// Whether loads and stores go through page tables.
    boolean translates() {
        return paged && (mode != 3 || modifiesPrivilege);
    }

    /// What the harness copies into the program's page tables.
    long[] tables() {
        long[] tables = new long[Layout.TABLE_ENTRIES];
        int half = Layout.SUPERPAGES + Layout.PAGES;
        for (int root = 0; root < 2; root++) {
            int at = root * half;
            tables[at] = FuzzImage.pointer(root == 0 ? Layout.PAGES_A : Layout.PAGES_B);
            for (int i = 1; i < Layout.SUPERPAGES; i++) {
                tables[at + i] = superpage();
            }
            long group = random.nextInt(3) == 0 ? napot() : 0;
            for (int i = 0; i < Layout.PAGES; i++) {
                tables[at + Layout.SUPERPAGES + i] = i == Layout.SOUND_PAGE || i == Layout.STUB_WRITE ? sound(i)
                        : i == Layout.STUB_RUN ? stub() : i >= 16 && group != 0 ? group : page();
            }
        }
        tables[2 * half] = smallCodePages ? FuzzImage.pointer(lowMode == 0 ? Layout.CODE_PAGES_U : Layout.CODE_PAGES_S)
                : FuzzImage.entry(Layout.CODE, FuzzImage.LEAF | user());
        return tables;
    }

    private long user() {
        return lowMode == 0 ? FuzzImage.USER : 0;
    }

    private long sound(int index) {
        int frame = index == Layout.STUB_WRITE ? Layout.STUB_FRAME : random.nextInt(Layout.FRAMES - 1);
        return FuzzImage.entry(Layout.DATA + 4096L * frame, 0xc7 | user());
    }

    private long stub() {
        return FuzzImage.entry(Layout.DATA + 4096L * Layout.STUB_FRAME, random.nextInt(4) == 0 ? flags() : 0xcb | user());
    }

    /// A random entry for a page of data.
    long page() {
        return FuzzImage.entry(Layout.DATA + 4096L * random.nextInt(Layout.FRAMES - 1), flags());
    }

    long superpage() {
        long misalignment = random.nextInt(8) == 0 ? 4096L << random.nextInt(9) : 0;
        return FuzzImage.entry(Layout.DATA + misalignment, flags());
    }

    private long napot() {
        return FuzzImage.entry(Layout.DATA + 0x8000, flags()) | NAPOT;
    }

    private long flags() {
        if (profile.hot() && random.nextInt(4) != 0) {
            return 0xc7 | user();
        }
        long flags = random.nextInt(12) == 0 ? 0 : 1;
        flags |= random.nextInt(100) < 60 ? 6 : random.nextInt(8) << 1;
        // Without permissions it would be a pointer, to data.
        if ((flags & 0xe) == 0) {
            flags |= 2;
        }
        flags |= random.nextInt(5) == 0 ? FuzzImage.USER - user() : user();
        flags |= random.nextInt(4) == 0 ? 0 : 0x40;
        flags |= random.nextInt(3) == 0 ? 0 : 0x80;
        flags |= (long) random.nextInt(4) << 8;
        if (random.nextInt(16) == 0) {
            flags |= (1L + random.nextInt(2)) << NON_CACHEABLE;
        }
        return flags;
    }
}
