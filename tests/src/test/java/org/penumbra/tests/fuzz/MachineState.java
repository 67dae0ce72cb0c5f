// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.util.SplittableRandom;

/// What a generator knows of the machine at the place it generates code for, and how the machine is at the start.
final class MachineState {
    private static final long NAPOT = 1L << 63;
    /// Where protection may begin to differ.
    private static final long PROTECTED = Layout.DATA + 4096L * Layout.SOUND_FRAMES;
    private static final int NON_CACHEABLE = 61;

    final boolean paged;
    /// Mode, 0 or 1, that the code is mapped for.
    final int lowMode;
    /// Levels of its page tables: 3 to 5.
    final int levels;
    /// Whether it has interrupts; then it does not write random values to CSRs.
    final boolean interrupts;
    /// Whether it has physical memory protection of its own.
    final boolean protects;
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
        this.levels = random.nextInt(2) == 0 ? 3 : 4 + random.nextInt(2);
        this.interrupts = !profile.hot() && random.nextInt(3) == 0;
        this.protects = random.nextInt(3) == 0;
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

    /// CSRs on entry.
    FuzzProgram.Setup setup() {
        long toggles = random.nextLong() & (1 << 18 | 1 << 19 | 1 << 1 | 1 << 5 | (interrupts ? 1 << 7 : 0));
        long floats = profile.hot() || random.nextInt(20) != 0 ? 3 : 0;
        long status = (long) startMode << 11 | floats << 13 | toggles;
        long[] protection = new long[1 + Layout.PROTECTIONS];
        java.util.Arrays.fill(protection, 1, protection.length, PROTECTED >>> 2);
        if (protects) {
            for (int i = random.nextInt(3); i >= 0; i--) {
                Protection entry = protection(random.nextInt(Layout.PROTECTIONS));
                protection[1 + entry.index] = entry.address;
                protection[0] = protection[0] & ~(0xffL << entry.shift()) | entry.config << entry.shift();
            }
        }
        return new FuzzProgram.Setup(status, paged ? satp(false) : 0, delegated, random.nextInt(4),
                interrupts ? supervisorInterrupts() : 0, interrupts ? supervisorInterrupts() : 0, protection);
    }

    /// An entry of physical memory protection.
    ///
    /// @param index among those that programs own
    record Protection(int index, long config, long address) {
        int shift() {
            return 8 * (Layout.PROTECTION + index);
        }
    }

    /// An entry that begins and ends where protection may, other than at frames that must stay sound.
    Protection protection(int index) {
        long size = 4096L * (Layout.FRAMES - Layout.SOUND_FRAMES);
        boolean wholePages = profile.partner() && QemuDifferences.PROTECTION_OF_WHOLE_PAGES_ONLY;
        long permissions = new long[] {0, 1, 3, 4, 5, 7}[random.nextInt(6)];
        long grain = wholePages ? 4096 : 4L << random.nextInt(11);
        long address = PROTECTED + random.nextLong(size / grain) * grain;
        return switch (random.nextInt(4)) {
            // Off, which gives the next one, if TOR, where to begin.
            case 0 -> new Protection(index, permissions, address >>> 2);
            // TOR; the first one would begin within the code.
            case 1 -> new Protection(index, index > 0 ? permissions | 1 << 3 : permissions, address >>> 2);
            case 2 -> wholePages || random.nextBoolean() ? napot(index, permissions, address, Math.max(grain, 8))
                    : new Protection(index, permissions | 2 << 3, address >>> 2);
            default -> napot(index, permissions, address, Math.max(grain, 8));
        };
    }

    private static Protection napot(int index, long permissions, long address, long size) {
        return new Protection(index, permissions | 3 << 3, ((address & -size) | (size >>> 1) - 1) >>> 2);
    }

    /// A set of interrupts that software can raise.
    long supervisorInterrupts() {
        long set = random.nextInt() & 0x222;
        return profile.partner() ? set & ~QemuDifferences.INTERRUPT_OF_OTHER_PRIORITY : set;
    }

    long satp(boolean second) {
        long root = switch (levels) {
            case 3 -> second ? Layout.ROOT_B : Layout.ROOT_A;
            case 4 -> second ? Layout.SV48_B : Layout.SV48_A;
            default -> second ? Layout.SV57_B : Layout.SV57_A;
        };
        return 5L + levels << 60 | (long) (second ? asidB : asidA) << 44 | root >>> 12;
    }

    /// Whether accesses may go from one page to another.
    boolean mayCross() {
        return !(protects && profile.partner() && QemuDifferences.PROTECTION_OF_WHOLE_ACCESSES);
    }

    /// Whether loads and stores go through page tables.
    boolean translates() {
        return paged && (mode != 3 || modifiesPrivilege);
    }

    /// What the harness copies into the program's page tables.
    long[] tables() {
        long[] tables = new long[Layout.TABLE_ENTRIES];
        int half = Layout.ROOT_ENTRIES;
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
            for (int i = 0; i < Layout.LARGE; i++) {
                tables[at + Layout.SUPERPAGES + Layout.PAGES + i] = large(i);
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
        int frame = index == Layout.STUB_WRITE ? Layout.STUB_FRAME : random.nextInt(Layout.SOUND_FRAMES);
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

    /// @param index 0 for the gigapage, and so on
    long large(int index) {
        long misalignment = random.nextInt(8) == 0 ? 4096L << random.nextInt(18) : 0;
        return FuzzImage.entry((index == 0 ? Layout.HARNESS : 0) + misalignment, flags());
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
