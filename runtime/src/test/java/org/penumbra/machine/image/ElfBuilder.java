// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Makes small ELF files: header, program headers, symbol table, strings, contents, section headers.
final class ElfBuilder {
    record Part(long virtualAddress, long physicalAddress, byte[] contents, long memorySize) {
    }

    record Name(String name, long value, long size, int type, int section) {
    }

    private final List<Part> parts = new ArrayList<>();
    private final List<Name> names = new ArrayList<>();
    private long entry = 0x8000_0000L;

    ElfBuilder entry(long address) {
        entry = address;
        return this;
    }

    ElfBuilder segment(long address, byte[] contents, long memorySize) {
        return segment(address, address, contents, memorySize);
    }

    ElfBuilder segment(long virtualAddress, long physicalAddress, byte[] contents, long memorySize) {
        parts.add(new Part(virtualAddress, physicalAddress, contents, memorySize));
        return this;
    }

    ElfBuilder symbol(String name, long value, long size, int type) {
        names.add(new Name(name, value, size, type, 1));
        return this;
    }

    ElfBuilder undefined(String name) {
        names.add(new Name(name, 0, 0, 0, 0));
        return this;
    }

    byte[] build() {
        var strings = new ByteArrayOutputStream();
        strings.write(0);
        ByteBuffer table = buffer(24 * (names.size() + 1));
        table.position(24);
        for (Name name : names) {
            table.putInt(strings.size()).put((byte) name.type).put((byte) 0).putShort((short) name.section)
                    .putLong(name.value).putLong(name.size);
            strings.writeBytes(name.name.getBytes(StandardCharsets.UTF_8));
            strings.write(0);
        }
        int tableOffset = 64 + 56 * parts.size();
        int stringsOffset = tableOffset + table.capacity();
        int contentsOffset = stringsOffset + strings.size();
        int sectionsOffset = contentsOffset + parts.stream().mapToInt(part -> part.contents.length).sum();
        ByteBuffer file = buffer(sectionsOffset + 3 * 64);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
        file.putShort((short) 2).putShort((short) 243).putInt(1).putLong(entry).putLong(64).putLong(sectionsOffset)
                .putInt(5).putShort((short) 64).putShort((short) 56).putShort((short) parts.size())
                .putShort((short) 64).putShort((short) 3).putShort((short) 2);
        int offset = contentsOffset;
        for (Part part : parts) {
            file.putInt(1).putInt(7).putLong(offset).putLong(part.virtualAddress).putLong(part.physicalAddress)
                    .putLong(part.contents.length).putLong(part.memorySize).putLong(1);
            offset += part.contents.length;
        }
        file.put(table.array()).put(strings.toByteArray());
        parts.forEach(part -> file.put(part.contents));
        file.position(sectionsOffset + 64);
        file.putInt(0).putInt(2).putLong(0).putLong(0).putLong(tableOffset).putLong(table.capacity()).putInt(2).putInt(1)
                .putLong(8).putLong(24);
        file.putInt(0).putInt(3).putLong(0).putLong(0).putLong(stringsOffset).putLong(strings.size()).putInt(0).putInt(0)
                .putLong(1).putLong(0);
        return file.array();
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
