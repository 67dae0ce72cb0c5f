// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.machine.image.ImageException.Reason;
import org.penumbra.machine.image.SymbolTable.Kind;

final class ElfImageTest {
    private static final long BASE = LoaderRam.BASE;
    private static final int FUNCTION = 2;
    private static final int E_TYPE = 0x10;
    private static final int E_MACHINE = 0x12;
    private static final int E_PHOFF = 0x20;
    private static final int E_SHOFF = 0x28;
    private static final int E_PHENTSIZE = 0x36;
    private static final int E_PHNUM = 0x38;
    private static final int E_SHNUM = 0x3c;
    private static final int FIRST_SEGMENT = 64;

    private static byte[] program() {
        return new ElfBuilder().segment(BASE, new byte[] {1, 2, 3, 4}, 16).segment(BASE + 0x1000, new byte[] {5, 6}, 2)
                .symbol("_start", BASE, 4, FUNCTION).symbol("tohost", BASE + 0x1000, 8, 1).symbol("fromhost", BASE + 0x1008, 8, 1)
                .build();
    }

    private static ByteBuffer view(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The message without the name of the file.
    private static String fault(byte[] file) {
        var thrown = assertThrows(ImageException.class, () -> ElfImage.parse("a.elf", file));
        assertEquals(Reason.BAD_IMAGE, thrown.reason());
        assertTrue(thrown.getMessage().startsWith("a.elf: ") && thrown.getMessage().contains("; "), thrown.getMessage());
        return thrown.getMessage().substring("a.elf: ".length());
    }

    private static void assertFault(String expected, byte[] file) {
        String fault = fault(file);
        assertTrue(fault.startsWith(expected), fault);
    }

    @Test
    void segmentsGoToTheirPhysicalAddressesAndTheRestIsCleared() throws ImageException {
        var ram = new LoaderRam(0x10000);
        var image = ElfImage.parse("a.elf", program());
        image.load(ram, BASE);
        assertEquals(BASE, image.entry());
        for (int i = 0; i < 16; i++) {
            assertEquals(i < 4 ? i + 1 : 0, ram.at(BASE + i));
        }
        assertEquals(0xaa, ram.at(BASE + 16));
        assertEquals(5, ram.at(BASE + 0x1000));
        assertEquals(6, ram.at(BASE + 0x1001));
        assertEquals(0xaa, ram.at(BASE + 0x1002));
        assertEquals(OptionalLong.of(BASE + 0x1000), image.tohost());
        assertEquals(OptionalLong.of(BASE + 0x1008), image.fromhost());
        assertEquals(List.of(), image.warnings());
    }

    @Test
    void virtualEntryAndSymbolsAreTakenToWhereTheirBytesLie() throws ImageException {
        long kernel = 0xffff_ffff_8000_0000L;
        var image = ElfImage.parse("k", new ElfBuilder().entry(kernel + 8).segment(kernel, BASE + 0x20_0000, new byte[64], 64)
                .symbol("tohost", kernel + 16, 8, 1).build());
        assertEquals(BASE + 0x20_0008, image.entry());
        assertEquals(OptionalLong.of(BASE + 0x20_0010), image.tohost());
        assertEquals(OptionalLong.empty(), image.fromhost());
    }

    @Test
    void positionIndependentProgramsAreLoadedWhereTheyAre() throws ImageException {
        byte[] file = program();
        view(file).putShort(E_TYPE, (short) 3);
        assertEquals(BASE, ElfImage.parse("pie", file).entry());
        view(file).putInt(FIRST_SEGMENT + 56, 3); // PT_INTERP
        assertFault("is dynamically linked", file);
    }

    @Test
    void aSegmentMayEndAtTheTopOfTheAddressSpace() throws ImageException {
        var image = ElfImage.parse("top", new ElfBuilder().entry(-4096).segment(-4096, new byte[4], 4096).build());
        assertEquals(-4096, image.entry());
        assertThrows(ImageException.class, () -> image.load(new LoaderRam(64), BASE));
    }

    @Test
    void wrongKindsOfFileAreNamed() {
        assertFault("is empty", new byte[0]);
        assertFault("is not an ELF file", "#!/bin/sh\n".getBytes());
        record Change(String fault, int offset, int value) { }
        for (var change : List.of(
                new Change("is a 32-bit program", 4, 1),
                new Change("has the unknown ELF class 9", 4, 9),
                new Change("is big-endian", 5, 2),
                new Change("has the unknown byte order 0", 5, 0),
                new Change("has an unknown ELF version", 6, 2),
                new Change("has an unknown ELF version", 0x14, 0),
                new Change("is for the machine x86-64, not RISC-V", E_MACHINE, 62),
                new Change("is for the machine 77, not RISC-V", E_MACHINE, 77),
                new Change("is an object file", E_TYPE, 1),
                new Change("is a core dump", E_TYPE, 4),
                new Change("has the unknown ELF type 5", E_TYPE, 5),
                new Change("has no program headers", E_PHNUM, 0),
                new Change("has program headers of 32 bytes instead of 56", E_PHENTSIZE, 32))) {
            byte[] file = program();
            file[change.offset] = (byte) change.value;
            assertFault(change.fault, file);
        }
    }

    @Test
    void everyTruncationIsRefusedOrOnlyCostsTheSymbols() {
        byte[] whole = program();
        int end = view(whole).getInt(E_SHOFF); // the section headers come last
        for (int length = 4; length < whole.length; length++) {
            byte[] file = Arrays.copyOf(whole, length);
            if (length < end) {
                assertFault("is truncated in ", file);
            } else {
                var image = parses(file);
                assertEquals(1, image.warnings().size());
                assertEquals("a.elf: its section headers are truncated"
                        + (length < end + 64 ? " or of an unknown size" : "") + "; symbols are ignored", image.warnings().getFirst());
                assertEquals(List.of(), image.symbols().all());
            }
        }
    }

    private static ElfImage parses(byte[] file) {
        return assertDoesNotThrow(() -> ElfImage.parse("a.elf", file));
    }

    @Test
    void impossibleSegmentsAreRefused() {
        assertFault("has overlapping segments at 0x80000000 and 0x8000000f", new ElfBuilder()
                .segment(BASE + 15, new byte[0], 1).segment(BASE, new byte[1], 16).build());
        assertFault("has overlapping segments", new ElfBuilder()
                .segment(0, BASE, new byte[1], 0x1000).segment(0x8000, BASE, new byte[1], 1).entry(0).build());
        assertFault("segment 0 takes 0x400000001 bytes", new ElfBuilder().segment(BASE, new byte[0], (16L << 30) + 1).build());
        assertFault("segment 0 takes 0xffffffffffffffff bytes", new ElfBuilder().segment(BASE, new byte[0], -1).build());
        assertFault("segment 0 is larger in the file than in memory", new ElfBuilder().segment(BASE, new byte[2], 1).build());
        assertFault("segment 0 is larger in the file than in memory", new ElfBuilder().segment(BASE, new byte[2], 0).build());
        assertFault("segment 0 wraps around", new ElfBuilder().segment(-8, new byte[0], 16).entry(-8).build());
        assertFault("segment 0 wraps around", new ElfBuilder().segment(-8, BASE, new byte[0], 16).build());
        assertFault("has no segment to load", new ElfBuilder().segment(BASE, new byte[0], 0).build());
        assertFault("starts at 0x80000010, which is in none of its segments",
                new ElfBuilder().segment(BASE, new byte[4], 16).entry(BASE + 16).build());
        assertFault("starts at 0x0, which is in none", new ElfBuilder().segment(BASE, new byte[4], 16).entry(0).build());
        assertFault("starts at the odd address 0x80000001", new ElfBuilder().segment(BASE, new byte[4], 16).entry(BASE + 1).build());
        byte[] file = program();
        view(file).putLong(FIRST_SEGMENT + 8, Long.MAX_VALUE); // p_offset
        assertFault("is truncated in segment 0", file);
        view(file).putLong(FIRST_SEGMENT + 8, -1);
        assertFault("is truncated in segment 0", file);
        view(file).putLong(E_PHOFF, -64);
        assertFault("is truncated in the program headers", file);
        view(file).putShort(E_PHNUM, (short) -1);
        assertFault("has more than 65534 program headers", file);
    }

    @Test
    void neighbouringSegmentsAreNoOverlap() throws ImageException {
        var image = ElfImage.parse("n", new ElfBuilder().segment(BASE + 16, new byte[1], 1).segment(BASE, new byte[1], 16).build());
        assertEquals(List.of(BASE, BASE + 16), image.segments().stream().map(ElfImage.Segment::physicalAddress).toList());
    }

    @Test
    void missingMemoryIsAskedForByItsOption() throws ImageException {
        var ram = new LoaderRam(0x1000);
        var image = ElfImage.parse("big.elf", new ElfBuilder().segment(BASE, new byte[] {1}, 16)
                .segment(BASE + (300 << 20), new byte[1], 4096).build());
        var thrown = assertThrows(ImageException.class, () -> image.load(ram, BASE));
        assertEquals(Reason.NO_MEMORY, thrown.reason());
        assertEquals("big.elf: no RAM at 0x92c00000 (4096 bytes); give at least --memory 304M", thrown.getMessage());
        assertEquals(0xaa, ram.at(BASE), "nothing was written");

        for (long address : new long[] {0, BASE - 1, BASE + (16L << 30), 0xffff_ffff_0000_0000L}) {
            var elsewhere = ElfImage.parse("e", new ElfBuilder().entry(address & -2).segment(address & -2, new byte[8], 8).build());
            thrown = assertThrows(ImageException.class, () -> elsewhere.load(ram, BASE));
            assertTrue(thrown.getMessage().endsWith("; link or load it at addresses from 0x80000000"), thrown.getMessage());
        }
    }

    @Test
    void aProgramHasTheMemoryOfItsSegments() throws ImageException {
        var elf = ElfImage.parse("p.elf", program());
        var raw = RawImage.of("p.bin", new byte[16], BASE);
        for (Image image : new Image[] {elf, raw}) {
            for (long[] taken : new long[][] {{BASE, 8}, {BASE + 15, 1}, {BASE - 8, 9}, {BASE - 8, 100}}) {
                assertTrue(image.overlaps(taken[0], taken[1]));
            }
            for (long[] free : new long[][] {{BASE + 16, 8}, {BASE - 8, 8}, {BASE + 0x1002, 8}}) {
                assertFalse(image.overlaps(free[0], free[1]));
            }
        }
        assertTrue(elf.overlaps(BASE + 0xff0, 0x20));
    }

    /// What `ld -Ttext=0x80000000` makes of a program without a linker script: the headers, and the code a page behind them.
    private static byte[] defaultLink(long headers, long entry) {
        byte[] file = new ElfBuilder().entry(entry).segment(headers, new byte[0x1004], 0x2000).build();
        byte[] moved = Arrays.copyOf(file, 0x1004);
        view(moved).putLong(FIRST_SEGMENT + 8, 0); // from the beginning of the file on
        view(moved).putInt(0x1000, 0x1234_5678).putShort(E_SHNUM, (short) 0);
        return moved;
    }

    @Test
    void headersBelowRamAreLeftOut() throws ImageException {
        var ram = new LoaderRam(0x10000);
        ElfImage.parse("a", defaultLink(BASE - 0x1000, BASE)).load(ram, BASE);
        assertEquals(0x78, ram.at(BASE));
        assertEquals(0, ram.at(BASE + 4));
        assertEquals(0, ram.at(BASE + 0xfff));
        assertEquals(0xaa, ram.at(BASE + 0x1000));
        var alone = new LoaderRam(0x10000); // a segment of headers only, as with -z separate-code
        byte[] file = new ElfBuilder().segment(0x1_0000L, new byte[0], 0x100).segment(BASE, new byte[] {7}, 1).build();
        view(file).putLong(FIRST_SEGMENT + 32, 64 + 2 * 56);
        view(file).putLong(FIRST_SEGMENT + 8, 0);
        ElfImage.parse("b", file).load(alone, BASE);
        assertEquals(7, alone.at(BASE));
    }

    @Test
    void nothingElseMayLieBelowRam() {
        var ram = new LoaderRam(0x10000);
        for (byte[] file : List.of(
                defaultLink(BASE - 0x1000, BASE - 0x800), // starts there
                defaultLink(BASE - 8, BASE), // RAM has a part of the headers
                new ElfBuilder().segment(BASE - 0x1000, new byte[0x1004], 0x2000).build())) { // code and data
            var thrown = assertThrows(ImageException.class, () -> ElfImage.parse("a", file).load(ram, BASE));
            assertTrue(thrown.getMessage().endsWith("addresses from 0x80000000"), thrown.getMessage());
        }
    }

    @Test
    void symbolsAreSortedAndFoundByAddress() throws ImageException {
        var symbols = ElfImage.parse("a", new ElfBuilder().segment(BASE, new byte[4], 0x1000)
                .symbol("outer", BASE + 0x100, 0x100, FUNCTION).symbol("inner", BASE + 0x140, 0x10, FUNCTION)
                .symbol("label", BASE + 0x180, 0, 0).symbol("_start", BASE, 0, 0).symbol("$x", BASE, 0, 0)
                .symbol("data", BASE + 0x300, 8, 1).symbol("alias", BASE + 0x100, 0, 0).symbol("file.c", 0, 0, 4)
                .undefined("elsewhere").build()).symbols();
        assertEquals(List.of("_start", "alias", "outer", "inner", "label", "data"),
                symbols.all().stream().map(SymbolTable.Symbol::name).toList());
        assertEquals("outer", symbols.at(BASE + 0x100).name());
        assertEquals("inner", symbols.at(BASE + 0x14f).name());
        assertEquals("outer", symbols.at(BASE + 0x150).name());
        assertEquals("outer", symbols.at(BASE + 0x1ff).name());
        assertEquals("label", symbols.at(BASE + 0x200).name());
        assertEquals("_start", symbols.at(BASE + 0xff).name());
        assertNull(symbols.at(BASE - 1));
        assertNull(symbols.named("elsewhere"));
        assertEquals(new SymbolTable.Symbol("data", BASE + 0x300, 8, Kind.OBJECT), symbols.named("data"));
    }

    /// Else each would be a string of nearly the whole file.
    @Test
    void thousandsOfSymbolsInOneLongNameAreNotAllNamed() throws ImageException {
        var builder = new ElfBuilder().segment(BASE, new byte[4], 0x1000);
        for (int i = 0; i < 2000; i++) {
            builder.symbol("", BASE + i, 0, 0);
        }
        builder.symbol("x".repeat(500_000), BASE, 0, 0);
        byte[] file = builder.build();
        ByteBuffer table = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2000; i++) {
            table.putInt(64 + 56 + 24 * (i + 1), 2001); // where the long one begins
        }
        ElfImage image = ElfImage.parse("a", file);
        long named = image.symbols().all().stream().mapToLong(symbol -> symbol.name().length()).sum();
        assertTrue(named > 0 && named <= 16L * file.length, named + " bytes of names");
        assertTrue(image.warnings().getFirst().endsWith("symbols have no valid name and are ignored"), image.warnings()::toString);
    }

    @Test
    void brokenSymbolTablesOnlyWarn() throws ImageException {
        int sections = view(program()).getInt(E_SHOFF);
        record Change(String fault, int offset, long value) { }
        for (var change : List.of(
                new Change("its section headers are truncated or of an unknown size", E_SHOFF, -1),
                new Change("its section headers are truncated or of an unknown size", E_SHOFF, 1 << 20),
                new Change("its symbol table is truncated or of an unknown format", sections + 64 + 0x18, 1 << 20),
                new Change("its symbol table is truncated or of an unknown format", sections + 64 + 0x20, -1),
                new Change("its symbol table is truncated or of an unknown format", sections + 64 + 0x38, 16),
                new Change("its symbol table has no string table", sections + 64 + 0x28, 3),
                new Change("its string table is truncated", sections + 128 + 0x20, 1 << 20))) {
            byte[] file = program();
            view(file).putLong(change.offset, change.value);
            var image = ElfImage.parse("a.elf", file);
            assertEquals(List.of("a.elf: " + change.fault + "; symbols are ignored"), image.warnings());
            assertEquals(OptionalLong.empty(), image.tohost());
        }
        byte[] counted = program(); // too many sections for the header: their number is in the first of them
        view(counted).putShort(E_SHNUM, (short) 0).putLong(sections + 0x20, 3);
        assertEquals(OptionalLong.of(BASE + 0x1000), ElfImage.parse("a.elf", counted).tohost());
        for (long count : new long[] {4, -1, 1L << 58, Long.MIN_VALUE}) {
            view(counted).putLong(sections + 0x20, count);
            assertEquals(List.of("a.elf: its section headers are truncated; symbols are ignored"),
                    ElfImage.parse("a.elf", counted).warnings());
        }
        byte[] file = program();
        int firstSymbol = (int) view(file).getLong(sections + 64 + 0x18) + 24;
        view(file).putInt(firstSymbol, 1 << 30); // st_name
        var image = ElfImage.parse("a.elf", file);
        assertEquals(List.of("a.elf: 1 symbols have no valid name and are ignored"), image.warnings());
        assertEquals(OptionalLong.of(BASE + 0x1000), image.tohost());
        view(file).putLong(E_SHOFF, 0);
        assertEquals(List.of(), ElfImage.parse("stripped", file).warnings());
    }

    @Test
    void filesThatCannotBeReadAreNamedAndOthersAreRaw(@TempDir Path directory) throws IOException, ImageException {
        Path missing = directory.resolve("missing.elf");
        var thrown = assertThrows(ImageException.class, () -> Image.read(missing, BASE));
        assertEquals(Reason.NO_SUCH_FILE, thrown.reason());
        assertEquals(missing + ": no such file; check the path", thrown.getMessage());
        thrown = assertThrows(ImageException.class, () -> Image.read(directory, BASE));
        assertEquals(directory + ": is a directory; name an ELF or raw image file", thrown.getMessage());

        Path empty = Files.createFile(directory.resolve("empty"));
        thrown = assertThrows(ImageException.class, () -> Image.read(empty, BASE));
        assertEquals(Reason.BAD_IMAGE, thrown.reason());
        Path raw = Files.write(directory.resolve("raw.bin"), new byte[] {0x13, 0, 0, 0, 9});
        var image = Image.read(raw, BASE);
        assertEquals(BASE, image.entry());
        var ram = new LoaderRam(16);
        image.load(ram, BASE);
        assertEquals(9, ram.at(BASE + 4));
        assertEquals(0xaa, ram.at(BASE + 5));
        thrown = assertThrows(ImageException.class, () -> image.load(new LoaderRam(4), BASE));
        assertEquals(raw + ": no RAM at 0x80000000 (5 bytes); give at least --memory 4M", thrown.getMessage());
        Path elf = Files.write(directory.resolve("a.elf"), program());
        assertTrue(Image.read(elf, BASE) instanceof ElfImage);
        assertEquals(BASE, ElfImage.read(elf).entry());
    }

    @Test
    void aFileWithoutEndIsRefused() {
        Path zeros = Path.of("/dev/zero");
        assumeTrue(Files.exists(zeros), "there is no /dev/zero");
        var thrown = assertThrows(ImageException.class, () -> Image.read(zeros, BASE));
        assertEquals("/dev/zero: is larger than 16 MiB; strip its debug information", thrown.getMessage());
    }

    @Test
    void messagesAreOneLineWhateverTheFileIsCalled() {
        var thrown = assertThrows(ImageException.class, () -> ElfImage.parse("evil\nname\u001b[2J", new byte[0]));
        assertEquals("evil?name?[2J: is empty; name an ELF or raw image file", thrown.getMessage());
        assertFalse(ElfImage.looksLikeElf(new byte[] {0x7f, 'E', 'L'}));
    }
}
