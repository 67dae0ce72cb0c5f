// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Modules made here, as the assembler for RISC-V makes them, in little. What the kernel makes of them, LinuxBootTest sees.
final class TrimmedModuleTest {
    private static final int CALL = 19;
    private static final int ADDRESS = 2;
    private static final int HIGH = 23;
    private static final String[] NAMES = {"", ".L1", ".L2", "local", ".L3", "printk", "kfree"};
    private static final int LOCALS = 5;

    /// A relocation of code or data by the name of its symbol.
    private record Relocation(int place, int type, String symbol, long addend) {
    }

    private static final List<Relocation> CODE = List.of(new Relocation(0, HIGH, ".L2", 0), new Relocation(8, CALL, "kfree", 0),
            new Relocation(16, CALL, "printk", 0), new Relocation(24, CALL, "kfree", 0), new Relocation(32, HIGH, "local", 8),
            new Relocation(40, CALL, "kfree", 4), new Relocation(48, CALL, "printk", 0));
    private static final List<Relocation> DATA = List.of(new Relocation(8, ADDRESS, "printk", 0), new Relocation(0, CALL, "local", 1));

    private record Section(int type, long flags, int link, int info, int alignment, byte[] contents) {
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] relocations(List<Relocation> relocations) {
        ByteBuffer out = buffer(24 * relocations.size());
        for (Relocation one : relocations) {
            out.putLong(one.place).putInt(one.type).putInt(List.of(NAMES).indexOf(one.symbol)).putLong(one.addend);
        }
        return out.array();
    }

    private static byte[] module() {
        ByteBuffer symbols = buffer(24 * NAMES.length);
        for (int i = 0; i < NAMES.length; i++) {
            String before = String.join("\0", List.of(NAMES).subList(0, i));
            symbols.putInt(i == 0 ? 0 : before.length() + 1).put((byte) (i < LOCALS ? 0 : 0x10)).put((byte) 0).putShort((short) 1)
                    .putLong(100 + i).putLong(0);
        }
        byte[] code = new byte[60];
        new Random(1).nextBytes(code);
        byte[] strings = (String.join("\0", NAMES) + "\0").getBytes(StandardCharsets.US_ASCII);
        List<Section> sections = List.of(new Section(0, 0, 0, 0, 0, new byte[0]), new Section(1, 6, 0, 0, 4, code),
                new Section(4, 0x40, 6, 1, 8, relocations(CODE)), new Section(1, 3, 0, 0, 32, new byte[] {1, 2, 3}),
                new Section(4, 0x40, 6, 3, 8, relocations(DATA)), new Section(8, 3, 0, 0, 64, new byte[4000]),
                new Section(2, 0, 7, LOCALS, 8, symbols.array()), new Section(3, 0, 0, 0, 1, strings));
        ByteBuffer out = buffer(4096);
        out.putInt(0x464c457f).putShort((short) 0x0102).put(6, (byte) 1).putShort(16, (short) 1).putShort(18, (short) 243);
        out.putShort(58, (short) 64).putShort(60, (short) sections.size()).putShort(62, (short) 7);
        out.position(64);
        ByteBuffer headers = buffer(64 * sections.size());
        for (Section section : sections) {
            int alignment = Math.max(1, section.alignment);
            out.position((out.position() + alignment - 1) / alignment * alignment);
            headers.putInt(0).putInt(section.type).putLong(section.flags).putLong(0).putLong(out.position())
                    .putLong(section.contents.length).putInt(section.link).putInt(section.info).putLong(section.alignment).putLong(0);
            if (section.type != 8) {
                out.put(section.contents);
            }
        }
        out.position((out.position() + 7) / 8 * 8);
        out.putLong(40, out.position()).put(headers.flip());
        return java.util.Arrays.copyOf(out.array(), out.position());
    }

    private static int header(ByteBuffer module, int section) {
        return (int) module.getLong(40) + 64 * section;
    }

    private static ByteBuffer contents(ByteBuffer module, int section) {
        int at = header(module, section);
        return module.slice((int) module.getLong(at + 24), (int) module.getLong(at + 32)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String symbol(ByteBuffer module, int number) {
        ByteBuffer strings = contents(module, 7);
        var name = new StringBuilder();
        for (int at = contents(module, 6).getInt(24 * number); strings.get(at) != 0; at++) {
            name.append((char) strings.get(at));
        }
        return name.toString();
    }

    private static List<Relocation> relocations(ByteBuffer module, int section) {
        ByteBuffer contents = contents(module, section);
        List<Relocation> found = new ArrayList<>();
        for (int at = 0; at < contents.limit(); at += 24) {
            found.add(new Relocation((int) contents.getLong(at), contents.getInt(at + 8), symbol(module, contents.getInt(at + 12)),
                    contents.getLong(at + 16)));
        }
        return found;
    }

    @Test
    void labelsThatNothingRefersToStayBehind() {
        ByteBuffer trimmed = ByteBuffer.wrap(TrimmedModule.of(module())).order(ByteOrder.LITTLE_ENDIAN);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < contents(trimmed, 6).limit() / 24; i++) {
            names.add(symbol(trimmed, i));
            assertEquals(100 + List.of(NAMES).indexOf(names.getLast()), contents(trimmed, 6).getLong(24 * i + 8));
        }
        assertEquals(List.of("", ".L2", "local", "printk", "kfree"), names);
        assertEquals(3, trimmed.getInt(header(trimmed, 6) + 44), "where those that are not local begin");
    }

    @Test
    void callsComeFirstAndOneOfEachCalleeBeforeAllOthers() {
        ByteBuffer trimmed = ByteBuffer.wrap(TrimmedModule.of(module())).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(List.of(1, 2, 5, 3, 6, 0, 4).stream().map(CODE::get).toList(), relocations(trimmed, 2));
        assertEquals(DATA, relocations(trimmed, 4), "the kernel does not look for calls in data");
    }

    @Test
    void allElseStaysAndLiesWhereItMay() {
        ByteBuffer module = ByteBuffer.wrap(module()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer trimmed = ByteBuffer.wrap(TrimmedModule.of(module.array())).order(ByteOrder.LITTLE_ENDIAN);
        for (int section : new int[] {1, 3, 7}) {
            assertEquals(contents(module, section), contents(trimmed, section));
        }
        for (int section = 1; section < 8; section++) {
            long alignment = trimmed.getLong(header(trimmed, section) + 48);
            assertEquals(0, trimmed.getLong(header(trimmed, section) + 24) % alignment);
        }
        assertEquals(4000, trimmed.getLong(header(trimmed, 5) + 32));
        assertArrayEquals(trimmed.array(), TrimmedModule.of(trimmed.array()), "trimmed again");
    }

    /// None may be made worse, or stop the boot: the kernel says what is wrong with a module.
    @Test
    void damagedModulesAndThoseOfOtherKindsStayAsTheyAre() {
        byte[] good = module();
        for (int length = 0; length < good.length; length++) {
            byte[] part = java.util.Arrays.copyOf(good, length);
            assertSame(part, TrimmedModule.of(part));
        }
        byte[] other = module();
        other[18] = 62;
        assertSame(other, TrimmedModule.of(other));
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = good.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            TrimmedModule.of(damaged);
        }
    }
}
