// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.penumbra.machine.image.SymbolTable.Kind;
import org.penumbra.machine.image.SymbolTable.Symbol;

/// Reads the symbol table of an ELF file. The program runs without it, so broken symbols are skipped with a warning.
final class ElfSymbols {
    /// Limit on the total length of names, as a multiple of the file's size: otherwise thousands of symbols could each
    /// have nearly the whole file as their name.
    private static final long MOST_NAMES = 16;
    private static final int SECTION_HEADER_LENGTH = 64;
    private static final int SYMBOL_LENGTH = 24;
    private static final int SHT_SYMTAB = 2;
    private static final int SHT_STRTAB = 3;
    private static final int SHN_UNDEF = 0;
    private static final int STT_FUNC = 2;
    private static final int STT_OBJECT = 1;
    private static final int STT_NOTYPE = 0;

    private final ByteBuffer file;
    private final List<String> warnings;
    private long namesLeft;

    /// @param file little-endian, at least an ELF header long
    /// @param warnings receives a line for each fault
    ElfSymbols(ByteBuffer file, List<String> warnings) {
        this.file = file;
        this.warnings = warnings;
        this.namesLeft = MOST_NAMES * file.limit();
    }

    SymbolTable read() {
        long table = file.getLong(0x28);
        if (table == 0) {
            return SymbolTable.EMPTY;
        }
        if (Short.toUnsignedInt(file.getShort(0x3a)) != SECTION_HEADER_LENGTH
                || !inFile(table, SECTION_HEADER_LENGTH)) {
            return broken("its section headers are truncated or of an unknown size");
        }
        long count = Short.toUnsignedInt(file.getShort(0x3c));
        if (count == 0) {
            count = file.getLong((int) table + 0x20); // the count did not fit the header
        }
        if (count < 0 || count > file.limit() / SECTION_HEADER_LENGTH
                || !inFile(table, count * SECTION_HEADER_LENGTH)) {
            return broken("its section headers are truncated");
        }
        for (long i = 0; i < count; i++) {
            int header = (int) (table + i * SECTION_HEADER_LENGTH);
            if (file.getInt(header + 4) == SHT_SYMTAB) {
                long link = Integer.toUnsignedLong(file.getInt(header + 0x28));
                if (link >= count) {
                    return broken("its symbol table has no string table");
                }
                return symbols(header, (int) (table + link * SECTION_HEADER_LENGTH));
            }
        }
        return SymbolTable.EMPTY;
    }

    private SymbolTable symbols(int header, int stringsHeader) {
        long offset = file.getLong(header + 0x18);
        long size = file.getLong(header + 0x20);
        long strings = file.getLong(stringsHeader + 0x18);
        long stringsSize = file.getLong(stringsHeader + 0x20);
        if (!inFile(offset, size) || file.getLong(header + 0x38) != SYMBOL_LENGTH) {
            return broken("its symbol table is truncated or of an unknown format");
        }
        if (file.getInt(stringsHeader + 4) != SHT_STRTAB || !inFile(strings, stringsSize)) {
            return broken("its string table is truncated");
        }
        var found = new ArrayList<Symbol>();
        int nameless = 0;
        for (int at = (int) offset; at <= offset + size - SYMBOL_LENGTH; at += SYMBOL_LENGTH) {
            Kind kind = switch (file.get(at + 4) & 0xf) {
                case STT_NOTYPE -> Kind.LABEL;
                case STT_OBJECT -> Kind.OBJECT;
                case STT_FUNC -> Kind.FUNCTION;
                default -> null;
            };
            if (kind == null || file.getShort(at + 6) == SHN_UNDEF || file.getInt(at) == 0) {
                continue;
            }
            String name = string(strings, stringsSize, Integer.toUnsignedLong(file.getInt(at)));
            if (name == null) {
                nameless++;
            } else if (!name.isEmpty() && name.charAt(0) != '$') { // $x and $d mark code and data
                found.add(new Symbol(name, file.getLong(at + 8), file.getLong(at + 16), kind));
            }
        }
        if (nameless > 0) {
            warnings.add(nameless + " symbols have no valid name and are ignored");
        }
        return new SymbolTable(found);
    }

    /// The zero-terminated string at an index; null if it extends beyond the table, or if the names so far are too
    /// long.
    private String string(long strings, long stringsSize, long index) {
        if (index >= stringsSize) {
            return null;
        }
        int start = (int) (strings + index);
        int limit = (int) Math.min(strings + stringsSize, start + namesLeft);
        int end = start;
        while (end < limit && file.get(end) != 0) {
            end++;
        }
        namesLeft -= end - start;
        return end == limit ? null : new String(file.array(), start, end - start, StandardCharsets.UTF_8);
    }

    private boolean inFile(long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= file.limit() && length <= file.limit() - offset;
    }

    private SymbolTable broken(String fault) {
        warnings.add(fault + "; symbols are ignored");
        return SymbolTable.EMPTY;
    }
}
