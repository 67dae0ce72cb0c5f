// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// An ELF file with the harness and a batch of programs.
final class FuzzImage {
    private static final int HEADER = 64;
    private static final int PROGRAM_HEADER = 56;
    /// Leaf of level 1 with all permissions, accessed and dirty.
    static final long LEAF = 0xcf;
    static final long USER = 0x10;
    static final long POINTER = 1;

    record Segment(long address, byte[] bytes) {
    }

    private FuzzImage() {
    }

    static byte[] of(List<FuzzProgram> programs, boolean dump) {
        var harness = new Harness(programs.size(), dump);
        byte[] harnessCode = harness.code();
        var code = new GeneratedCode(Layout.CODE);
        var descriptors = new GeneratedCode(Layout.DESCRIPTORS);
        for (FuzzProgram program : programs) {
            for (int i = 0; i < program.padding(); i += 2) {
                code.half(0);
            }
            long entry = code.address();
            // Padding of four bytes or not leaves everything at half-word alignment.
            describe(descriptors, program, entry, program.emit(code), harness.supervisorVector());
        }
        if (code.address() > Layout.CODE_END) {
            throw new IllegalArgumentException("too many programs for one image");
        }
        return elf(List.of(new Segment(Layout.HARNESS, harnessCode), new Segment(Layout.ROOT_A, tables()),
                new Segment(Layout.CODE, code.finish()), new Segment(Layout.DESCRIPTORS, descriptors.finish())));
    }

    private static void describe(GeneratedCode d, FuzzProgram program, long entry, long end, long supervisorVector) {
        FuzzProgram.Setup setup = program.setup();
        long alias = setup.satp() == 0 ? 0 : Layout.ALIAS;
        long[] fields = {entry, end, setup.status(), setup.satp(), setup.delegated(),
            supervisorVector + alias + (setup.vectored() >> 1), Layout.STATE + alias, alias, program.seed() * 2 + 1,
            program.registers()[64], setup.vectored() & 1, setup.interruptsDelegated(), setup.interruptsEnabled()};
        for (long field : fields) {
            d.doubleWord(field);
        }
        for (long setting : setup.protection()) {
            d.doubleWord(setting);
        }
        for (int i = 0; i < 64; i++) {
            d.doubleWord(program.registers()[i]);
        }
        for (long entryOfTable : program.tables()) {
            d.doubleWord(entryOfTable);
        }
    }

    /// The page tables that are the same for all programs, with room for theirs.
    private static byte[] tables() {
        ByteBuffer t = ByteBuffer.allocate((int) (Layout.SV57_B + 4096 - Layout.ROOT_A)).order(ByteOrder.LITTLE_ENDIAN);
        for (long[] tables : new long[][] {{Layout.ROOT_A, Layout.WINDOW_A, Layout.SV48_A, Layout.SV57_A},
            {Layout.ROOT_B, Layout.WINDOW_B, Layout.SV48_B, Layout.SV57_B}}) {
            long root = tables[0];
            for (int index : new int[] {0, 511}) {
                put(t, root, index, pointer(tables[1]));
                put(t, tables[2], index, pointer(root));
                put(t, tables[3], index, pointer(tables[2]));
            }
            put(t, root, 2, pointer(Layout.CODE_TABLE));
            put(t, root, 3, pointer(Layout.ALIAS_TABLE));
        }
        for (int i = 0; i < 3; i++) {
            put(t, Layout.ALIAS_TABLE, i, entry(Layout.HARNESS + ((long) i << 21), LEAF));
        }
        for (int i = 0; i < 512; i++) {
            put(t, Layout.CODE_PAGES_U, i, entry(Layout.CODE + 4096L * i, LEAF | USER));
            put(t, Layout.CODE_PAGES_S, i, entry(Layout.CODE + 4096L * i, LEAF));
        }
        return t.array();
    }

    static long pointer(long table) {
        return entry(table, POINTER);
    }

    static long entry(long address, long bits) {
        return address >>> 12 << 10 | bits;
    }

    private static void put(ByteBuffer tables, long table, int index, long entry) {
        tables.putLong((int) (table - Layout.ROOT_A) + 8 * index, entry);
    }

    static byte[] elf(List<Segment> segments) {
        int size = HEADER + PROGRAM_HEADER * segments.size();
        for (Segment segment : segments) {
            size += segment.bytes.length;
        }
        ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1).position(16);
        file.putShort((short) 2).putShort((short) 243).putInt(1).putLong(Layout.HARNESS).putLong(HEADER).putLong(0)
                .putInt(5).putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) segments.size())
                .putShort((short) 64).putShort((short) 0).putShort((short) 0);
        int offset = HEADER + PROGRAM_HEADER * segments.size();
        for (Segment segment : segments) {
            long length = segment.bytes.length;
            file.putInt(1).putInt(7).putLong(offset).putLong(segment.address).putLong(segment.address).putLong(length)
                    .putLong(length).putLong(1);
            offset += segment.bytes.length;
        }
        for (Segment segment : segments) {
            file.put(segment.bytes);
        }
        return file.array();
    }
}
