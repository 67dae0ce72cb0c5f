// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A kernel module with all that the kernel uses and little for it to go through when it loads one.
///
/// - No signature: to check one takes longer than all the rest.
/// - No labels of the assembler that nothing refers to. For RISC-V it leaves all of them, 98 of 100 symbols of `ext4`
///   and 5 of its 7 MB, and the kernel looks at each a few times.
/// - Calls first among the relocations of code, one of each callee before all others. The kernel (6.12) counts callees
///   by looking for each call through all relocations from the first on, until it finds one that is the same.
///
/// What is no module of 64-bit RISC-V, or damaged, is left to the kernel, which says what is wrong.
final class TrimmedModule {
    /// What a signed module ends with; before it come a few bytes about the signature, and before these the signature.
    private static final byte[] SIGNED = "~Module signature appended~\n".getBytes(StandardCharsets.US_ASCII);
    /// The bytes about the signature, the last four of which are its length, highest first.
    private static final int ABOUT_SIGNATURE = 12;

    private static final int HEADER = 64;
    private static final int MAGIC = 0x464c_457f;
    private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
    private static final int RELOCATABLE = 1;
    private static final int RISCV = 243;
    /// Where the header has the place of the section headers, their size and their number.
    private static final int PLACE = 40;
    private static final int ENTRY_SIZE = 58;
    private static final int NUMBER = 60;
    private static final int SECTION = 64;

    private static final int NULL = 0;
    private static final int SYMBOLS = 2;
    private static final int RELOCATIONS = 4;
    private static final int NO_BITS = 8;
    private static final int GROUP = 17;
    private static final int SYMBOL_INDICES = 18;
    private static final long EXECUTABLE = 4;

    /// Of a symbol, and of a relocation.
    private static final int ENTRY = 24;
    private static final int CALL = 19;
    private static final int MOST_ALIGNMENT = 4096;

    /// A section's header.
    private record Section(int number, int type, long flags, int place, int size, int link, int info, int alignment) {
        boolean isInFile() {
            return type != NULL && type != NO_BITS;
        }
    }

    /// What a relocation does, but for where.
    private record Target(long info, long addend) {
    }

    private final byte[] bytes;
    private final ByteBuffer in;
    private final List<Section> sections = new ArrayList<>();
    private Section symbols;
    /// The new number of each symbol.
    private int[] numbers;

    private TrimmedModule(byte[] bytes) {
        this.bytes = bytes;
        this.in = little(bytes);
    }

    /// @param module as its package has it, unpacked
    static byte[] of(byte[] module) {
        byte[] unsigned = unsigned(module);
        try {
            var trimmed = new TrimmedModule(unsigned);
            return trimmed.read() ? trimmed.write() : unsigned;
        } catch (IndexOutOfBoundsException | BufferOverflowException | ArithmeticException
                | IllegalArgumentException _) {
            return unsigned;
        }
    }

    private static byte[] unsigned(byte[] module) {
        int about = module.length - SIGNED.length - ABOUT_SIGNATURE;
        if (about < 0 || !Arrays.equals(module, module.length - SIGNED.length, module.length, SIGNED, 0,
                SIGNED.length)) {
            return module;
        }
        int length = ByteBuffer.wrap(module).getInt(about + ABOUT_SIGNATURE - Integer.BYTES);
        return length < 0 || length > about ? module : Arrays.copyOf(module, about - length);
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Reads the headers.
    ///
    /// @return whether this is a module as they usually are
    private boolean read() {
        if (bytes.length < HEADER || in.getInt(0) != MAGIC || in.getShort(4) != CLASS_64_LITTLE_ENDIAN
                || in.getShort(16) != RELOCATABLE || in.getShort(18) != RISCV || in.getShort(ENTRY_SIZE) != SECTION) {
            return false;
        }
        int headers = Math.toIntExact(in.getLong(PLACE));
        for (int i = 0; i < Short.toUnsignedInt(in.getShort(NUMBER)); i++) {
            int at = headers + SECTION * i;
            var section = new Section(i, in.getInt(at + 4), in.getLong(at + 8), Math.toIntExact(in.getLong(at + 24)),
                    Math.toIntExact(in.getLong(at + 32)), in.getInt(at + 40), in.getInt(at + 44),
                    Math.max(1, Math.toIntExact(in.getLong(at + 48))));
            if (section.type() == GROUP || section.type() == SYMBOL_INDICES || !isSound(section)) {
                return false; // the former have numbers of symbols, too
            }
            if (section.type() == SYMBOLS) {
                if (symbols != null) {
                    return false;
                }
                symbols = section;
            }
            sections.add(section);
        }
        return symbols != null;
    }

    private boolean isSound(Section section) {
        boolean table = section.type() == SYMBOLS || section.type() == RELOCATIONS;
        return section.alignment() <= MOST_ALIGNMENT && (!section.isInFile()
                || section.place() >= 0 && section.size() >= 0 && section.size() <= bytes.length - section.place()
                && (!table || section.size() % ENTRY == 0));
    }

    private boolean refersToSymbols(Section section) {
        return section.type() == RELOCATIONS && section.link() == symbols.number();
    }

    private byte[] write() {
        byte[] kept = symbols();
        int gaps = sections.stream().mapToInt(Section::alignment).sum() + SECTION;
        ByteBuffer out = little(new byte[bytes.length + gaps]);
        out.put(bytes, 0, HEADER);
        int[] places = new int[sections.size()];
        for (Section section : sections.stream().sorted(Comparator.comparingInt(Section::place)).toList()) {
            if (section.type() == NULL) {
                continue;
            }
            align(out, section.alignment());
            places[section.number()] = out.position();
            if (section == symbols) {
                out.put(kept);
            } else if (refersToSymbols(section)) {
                relocations(section, out);
            } else if (section.isInFile()) {
                out.put(bytes, section.place(), section.size());
            }
        }
        align(out, Long.BYTES);
        int headers = out.position();
        out.putLong(PLACE, headers).put(bytes, Math.toIntExact(in.getLong(PLACE)), SECTION * sections.size());
        for (Section section : sections) {
            out.putLong(headers + SECTION * section.number() + 24, places[section.number()]);
        }
        int ours = headers + SECTION * symbols.number();
        long locals = Arrays.stream(numbers, 0, symbols.info()).filter(number -> number >= 0).count();
        out.putLong(ours + 32, kept.length).putInt(ours + 44, (int) locals);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static void align(ByteBuffer out, int alignment) {
        out.position((out.position() + alignment - 1) / alignment * alignment);
    }

    /// The symbols that stay.
    private byte[] symbols() {
        BitSet used = new BitSet();
        for (Section section : sections) {
            if (refersToSymbols(section)) {
                for (int at = section.place(); at < section.place() + section.size(); at += ENTRY) {
                    used.set(in.getInt(at + 12));
                }
            }
        }
        int names = sections.get(symbols.link()).place();
        numbers = new int[symbols.size() / ENTRY];
        ByteBuffer kept = ByteBuffer.allocate(symbols.size());
        for (int i = 0; i < numbers.length; i++) {
            int at = symbols.place() + ENTRY * i;
            int name = names + in.getInt(at);
            boolean label = in.get(at + 4) == 0 && in.get(name) == '.' && in.get(name + 1) == 'L'; // local, of no type
            numbers[i] = label && !used.get(i) ? -1 : kept.position() / ENTRY;
            if (numbers[i] >= 0) {
                kept.put(bytes, at, ENTRY);
            }
        }
        return Arrays.copyOf(kept.array(), kept.position());
    }

    private void relocations(Section section, ByteBuffer out) {
        boolean code = (sections.get(section.info()).flags() & EXECUTABLE) != 0;
        Map<Target, Integer> callees = new LinkedHashMap<>();
        List<Integer> calls = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int at = section.place(); at < section.place() + section.size(); at += ENTRY) {
            if (!code || in.getInt(at + 8) != CALL) {
                others.add(at);
            } else if (callees.putIfAbsent(new Target(in.getLong(at + 8), in.getLong(at + 16)), at) != null) {
                calls.add(at);
            }
        }
        for (var part : List.of(callees.values(), calls, others)) {
            for (int at : part) {
                out.putLong(in.getLong(at)).putInt(in.getInt(at + 8)).putInt(numbers[in.getInt(at + 12)])
                        .putLong(in.getLong(at + 16));
            }
        }
    }
}
