// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.lang.reflect.Field;
import org.penumbra.isa.Assembler;

/// Where things lie in the memory of a guest that runs fuzzed programs.
///
/// Three regions of 2 MiB: harness with page tables and results, code, data. Both roots map the code where it is, the
/// first 2 MiB of three at [#ALIAS] for the supervisor handler, and at [#WINDOW] what the program's own entries say.
final class Layout {
    static final long HARNESS = 0x8000_0000L;
    static final long RAM_SIZE = 32 << 20;
    static final long STATE = 0x8010_0000L;
    static final long RESULTS = 0x8011_0000L;
    static final long ROOT_A = 0x8018_0000L;
    static final long ROOT_B = 0x8018_1000L;
    static final long WINDOW_A = 0x8018_2000L;
    static final long WINDOW_B = 0x8018_3000L;
    static final long CODE_TABLE = 0x8018_4000L;
    static final long ALIAS_TABLE = 0x8018_5000L;
    /// Tables of single pages that a program's own entries may be in: of [#WINDOW_A], [#WINDOW_B], and of the code, U and S.
    static final long PAGES_A = 0x8018_6000L;
    static final long PAGES_B = 0x8018_7000L;
    static final long CODE_PAGES_U = 0x8018_8000L;
    static final long CODE_PAGES_S = 0x8018_9000L;
    /// Tables above the roots, for Sv48 and Sv57, whose first and last entries lead to the next lower one.
    static final long SV48_A = 0x8018_a000L;
    static final long SV48_B = 0x8018_b000L;
    static final long SV57_A = 0x8018_c000L;
    static final long SV57_B = 0x8018_d000L;
    static final long CODE = 0x8020_0000L;
    static final long CODE_END = 0x8040_0000L;
    static final long DATA = 0x8040_0000L;
    static final long DESCRIPTORS = 0x8060_0000L;

    /// Nothing is there physically either.
    static final long WINDOW = 0x0800_0000L;
    /// Of the window in a table of superpages.
    static final int WINDOW_INDEX = (int) (WINDOW >>> 21);
    /// What to add for the same window at the other end of the address space.
    static final long HIGH = -1L << 30;
    /// Where a leaf of level 2 to 4 that programs own shows RAM: index 4 of the root, index 1 of the tables above.
    static final long GIGAPAGE = 4L << 30;
    static final long TERAPAGE = 1L << 39;
    static final long PETAPAGE = 1L << 48;
    /// Offset of the alias from what it shows.
    static final long ALIAS = 0x4000_0000L;

    /// Data frames; the last is where programs put code to run.
    static final int FRAMES = 6;
    static final int STUB_FRAME = FRAMES - 1;
    /// Entries of a table of pages that programs own; those from 16 on are one NAPOT group.
    static final int PAGES = 24;
    /// Entries of a window's table of superpages that programs own.
    static final int SUPERPAGES = 4;
    /// Entry through which the stub frame can be written, and the one through which it is run.
    static final int STUB_WRITE = 14;
    static final int STUB_RUN = 15;
    /// Page that is always readable and writable.
    static final int SOUND_PAGE = 0;

    /// Leaves above superpages: [#GIGAPAGE], [#TERAPAGE], [#PETAPAGE].
    static final int LARGE = 3;
    /// Entries that programs own below and above one root, in this order: window, pages, large ones.
    static final int ROOT_ENTRIES = SUPERPAGES + PAGES + LARGE;
    /// Entries in [FuzzProgram#tables]: those of A, of B, and the entry that maps the code.
    static final int TABLE_ENTRIES = 2 * ROOT_ENTRIES + 1;
    /// First entry of physical memory protection that programs own, and how many.
    static final int PROTECTION = 1;
    static final int PROTECTIONS = 7;
    /// Data frames that protection never covers, for [#SOUND_PAGE].
    static final int SOUND_FRAMES = 2;

    // Fields of a descriptor.
    static final int ENTRY = 0;
    static final int END = 8;
    static final int STATUS = 16;
    static final int SATP = 24;
    static final int DELEGATED = 32;
    static final int SUPERVISOR_VECTOR = 40;
    static final int SUPERVISOR_SCRATCH = 48;
    static final int SUPERVISOR_OFFSET = 56;
    static final int SEED = 64;
    static final int FCSR = 72;
    static final int MACHINE_VECTORED = 80;
    static final int INTERRUPTS_DELEGATED = 88;
    static final int INTERRUPTS_ENABLED = 96;
    /// pmpcfg0 and the addresses of the program's entries.
    static final int PROTECTION_SETTINGS = 104;
    static final int REGISTERS = PROTECTION_SETTINGS + 8 * (1 + PROTECTIONS);
    static final int TABLES = REGISTERS + 64 * 8;
    static final int DESCRIPTOR_SIZE = TABLES + TABLE_ENTRIES * 8;

    // Fields of the state block.
    static final int SAVED_FLOATS = 256;
    static final int SAVED_FCSR = 512;
    static final int SAVED_STATUS = 520;
    static final int TRAPS = 528;
    static final int TRAP_HASH = 536;
    static final int STATE_HASHED = 544;
    static final int CURRENT = 544;
    static final int CURRENT_END = 552;
    static final int INDEX = 560;
    static final int CURRENT_OFFSET = 568;
    static final int LOG = 1024;
    static final int LOG_ENTRIES = 24;
    /// Where the supervisor handler saves registers.
    static final int SUPERVISOR_STATE = 1856;
    /// Traps after which a program is ended.
    static final int MAXIMUM_TRAPS = 120;

    private Layout() {
    }

    /// Makes all of these known to guest code, by their names.
    static Assembler define(Assembler assembler) {
        for (Field field : Layout.class.getDeclaredFields()) {
            try {
                assembler.define(field.getName(), field.getLong(null));
            } catch (IllegalAccessException e) {
                throw new AssertionError("a class sees its own fields", e);
            }
        }
        return assembler.define("LOG_END", LOG + 32 * LOG_ENTRIES).define("DATA_END", DATA + 4096L * FRAMES);
    }
}
