// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.penumbra.machine.image.ImageException.Reason;

/// A statically linked RISC-V program in ELF64, loaded by its program headers at physical addresses.
///
/// Position-independent programs (`ET_DYN`) are loaded at the addresses in the file; they relocate themselves.
public final class ElfImage implements Image {
    private static final int HEADER_LENGTH = 64;
    private static final int PROGRAM_HEADER_LENGTH = 56;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int VERSION = 1;
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;
    private static final int EM_RISCV = 243;
    private static final int PT_LOAD = 1;
    private static final int PT_INTERP = 3;
    private static final int PN_XNUM = 0xffff;

    /// A range of the file that goes to memory, followed by zeros up to `memorySize`.
    ///
    /// @param flags `PF_X` 1, `PF_W` 2, `PF_R` 4
    public record Segment(long virtualAddress, long physicalAddress, int fileOffset, int fileSize, long memorySize,
            int flags) {
        boolean hasVirtual(long address) {
            return Long.compareUnsigned(address - virtualAddress, memorySize) < 0;
        }

        boolean hasPhysical(long address) {
            return Long.compareUnsigned(address - physicalAddress, memorySize) < 0;
        }
    }

    private final String name;
    private final byte[] bytes;
    private final List<Segment> segments;
    /// Bytes at the beginning of the file that describe it: the ELF header and the program headers.
    private final int headers;
    private final long entry;
    private final SymbolTable symbols;
    private final List<String> warnings;

    private ElfImage(String name, byte[] bytes, int headers, List<Segment> segments, long entry, SymbolTable symbols,
            List<String> warnings) {
        this.name = name;
        this.bytes = bytes;
        this.headers = headers;
        this.segments = List.copyOf(segments);
        this.entry = entry;
        this.symbols = symbols;
        this.warnings = List.copyOf(warnings);
    }

    /// Whether a file begins with ELF's magic number.
    public static boolean looksLikeElf(byte[] bytes) {
        return bytes.length >= 4 && bytes[0] == 0x7f && bytes[1] == 'E' && bytes[2] == 'L' && bytes[3] == 'F';
    }

    /// @throws ImageException if the file cannot be read or is not a program this machine can run
    public static ElfImage read(Path file) throws ImageException {
        return owning(file.toString(), Image.contents(file));
    }

    /// @param name of the file, for messages
    /// @throws ImageException if it is not a program this machine can run
    public static ElfImage parse(String name, byte[] contents) throws ImageException {
        return owning(name, contents.clone());
    }

    /// The same without a copy of the bytes.
    static ElfImage owning(String name, byte[] contents) throws ImageException {
        return new Parser(name, contents).parse();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long entry() {
        return entry;
    }

    /// The parts that have memory, ascending by physical address, without overlaps.
    public List<Segment> segments() {
        return segments;
    }

    @Override
    public SymbolTable symbols() {
        return symbols;
    }

    /// Problems of the file that do not prevent it from running; each line names the file.
    public List<String> warnings() {
        return warnings;
    }

    /// The physical address of the word with the program's commands to its host.
    @Override
    public OptionalLong tohost() {
        return physical("tohost");
    }

    /// The physical address of the word with the host's answers.
    @Override
    public OptionalLong fromhost() {
        return physical("fromhost");
    }

    /// The physical address of a symbol.
    public OptionalLong physical(String symbol) {
        SymbolTable.Symbol found = symbols.named(symbol);
        return found == null ? OptionalLong.empty() : OptionalLong.of(physical(segments, found.value()));
    }

    @Override
    public List<Extent> extents() {
        return segments.stream().map(segment -> new Extent(segment.physicalAddress, segment.memorySize)).toList();
    }

    @Override
    public void load(GuestMemoryWriter memory, long ramBase) throws ImageException {
        List<Segment> loaded = segments.stream().map(segment -> withoutHeaders(segment, ramBase))
                .filter(segment -> segment.memorySize > 0).toList();
        if (loaded.stream().noneMatch(segment -> segment.hasPhysical(entry))) {
            throw new ImageException(Reason.NO_MEMORY, name + ": starts at 0x" + Long.toHexString(entry)
                    + ", where no RAM is; link it for addresses from 0x" + Long.toHexString(ramBase));
        }
        Segment last = loaded.getLast();
        Image.requireMemory(name, memory, ramBase, last.physicalAddress, last.memorySize); // names the largest need
        for (Segment segment : loaded) {
            Image.requireMemory(name, memory, ramBase, segment.physicalAddress, segment.memorySize);
        }
        for (Segment segment : loaded) {
            memory.write(segment.physicalAddress, bytes, segment.fileOffset, segment.fileSize);
            memory.clear(segment.physicalAddress + segment.fileSize, segment.memorySize - segment.fileSize);
        }
    }

    /// The part of a segment that is loaded if the file's own headers lie below RAM, where a linker puts them when only
    /// the code's address is given (`-Ttext=0x80000000`). The headers and what follows them there (padding, notes) are
    /// not loaded. QEMU silently drops everything outside RAM; here the rest of the program must be in RAM.
    private Segment withoutHeaders(Segment segment, long ramBase) {
        long below = ramBase - segment.physicalAddress;
        boolean described = segment.fileOffset == 0 && segment.fileSize >= headers;
        if (!described || Long.compareUnsigned(segment.physicalAddress, ramBase) >= 0 || below < headers) {
            return segment;
        }
        long out = Math.min(below, segment.memorySize);
        int outOfFile = (int) Math.min(out, segment.fileSize);
        return new Segment(segment.virtualAddress + out, segment.physicalAddress + out, outOfFile,
                segment.fileSize - outOfFile,
                segment.memorySize - out, segment.flags);
    }

    /// Linked addresses are virtual; before the guest translates, its code runs at the physical address of the same
    /// byte.
    private static long physical(List<Segment> segments, long address) {
        for (Segment segment : segments) {
            if (segment.hasPhysical(address)) {
                return address;
            }
        }
        for (Segment segment : segments) {
            if (segment.hasVirtual(address)) {
                return address - segment.virtualAddress + segment.physicalAddress;
            }
        }
        return address;
    }

    private static final class Parser {
        private final String name;
        private final byte[] bytes;
        private final ByteBuffer file;

        Parser(String name, byte[] bytes) {
            this.name = name;
            this.bytes = bytes;
            this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        ElfImage parse() throws ImageException {
            checkHeader();
            List<Segment> segments = segments();
            long entry = entry(segments);
            var faults = new ArrayList<String>();
            SymbolTable symbols = new ElfSymbols(file, faults).read();
            List<String> warnings = faults.stream().map(fault -> name + ": " + fault).toList();
            int headers = (int) Math.min(bytes.length, file.getLong(0x20)
                    + (long) PROGRAM_HEADER_LENGTH * unsigned(0x38));
            return new ElfImage(name, bytes, headers, segments, entry, symbols, warnings);
        }

        private void checkHeader() throws ImageException {
            if (bytes.length == 0) {
                throw bad("is empty; name an ELF or raw image file");
            }
            if (!looksLikeElf(bytes)) {
                throw bad("is not an ELF file; build it with a riscv64 compiler");
            }
            if (bytes.length < HEADER_LENGTH) {
                throw bad("is truncated in the ELF header; copy or build it again");
            }
            if (bytes[4] != CLASS_64) {
                throw bad(bytes[4] == 1 ? "is a 32-bit program; build it for riscv64"
                        : "has the unknown ELF class " + bytes[4]
                        + "; build it for riscv64");
            }
            if (bytes[5] != LITTLE_ENDIAN) {
                throw bad(bytes[5] == 2 ? "is big-endian; build it for little-endian riscv64"
                        : "has the unknown byte order "
                        + bytes[5] + "; build it for little-endian riscv64");
            }
            if (bytes[6] != VERSION || file.getInt(0x14) != VERSION) {
                throw bad("has an unknown ELF version; build it again");
            }
            int machine = unsigned(0x12);
            if (machine != EM_RISCV) {
                throw bad("is for the machine " + machineName(machine) + ", not RISC-V; build it for riscv64");
            }
            int type = unsigned(0x10);
            if (type != ET_EXEC && type != ET_DYN) {
                throw bad(type == 1 ? "is an object file; link it into a program" : type == 4
                        ? "is a core dump; name a program"
                        : "has the unknown ELF type " + type + "; build it again");
            }
        }

        private List<Segment> segments() throws ImageException {
            int count = unsigned(0x38);
            if (count == 0) {
                throw bad("has no program headers; link it into a program");
            }
            if (count == PN_XNUM) {
                throw bad("has more than 65534 program headers; link it with fewer segments");
            }
            if (unsigned(0x36) != PROGRAM_HEADER_LENGTH) {
                throw bad("has program headers of " + unsigned(0x36) + " bytes instead of " + PROGRAM_HEADER_LENGTH
                        + "; build it again");
            }
            long table = file.getLong(0x20);
            if (!inFile(table, (long) count * PROGRAM_HEADER_LENGTH)) {
                throw bad("is truncated in the program headers; copy or build it again");
            }
            var segments = new ArrayList<Segment>();
            for (int i = 0; i < count; i++) {
                int header = (int) table + i * PROGRAM_HEADER_LENGTH;
                int type = file.getInt(header);
                if (type == PT_INTERP) {
                    throw bad("is dynamically linked; link it with -static");
                }
                if (type == PT_LOAD && file.getLong(header + 40) != 0) {
                    segments.add(segment(header, i));
                } else if (type == PT_LOAD && file.getLong(header + 32) != 0) {
                    throw bad("segment " + i + " is larger in the file than in memory; build it again");
                }
            }
            if (segments.isEmpty()) {
                throw bad("has no segment to load; link it into a program");
            }
            segments.sort(Comparator.comparing(Segment::physicalAddress, Long::compareUnsigned));
            for (int i = 1; i < segments.size(); i++) {
                Segment before = segments.get(i - 1);
                Segment after = segments.get(i);
                if (before.hasPhysical(after.physicalAddress)) {
                    throw bad("has overlapping segments at 0x" + Long.toHexString(before.physicalAddress) + " and 0x"
                            + Long.toHexString(after.physicalAddress) + "; correct the linker script");
                }
            }
            return segments;
        }

        private Segment segment(int header, int index) throws ImageException {
            long offset = file.getLong(header + 8);
            long virtual = file.getLong(header + 16);
            long physical = file.getLong(header + 24);
            long fileSize = file.getLong(header + 32);
            long memorySize = file.getLong(header + 40);
            if (Long.compareUnsigned(memorySize, LARGEST_MEMORY) > 0) {
                throw bad("segment " + index + " takes 0x" + Long.toHexString(memorySize)
                        + " bytes, more than the 16 GiB a machine can have; correct the linker script");
            }
            if (Long.compareUnsigned(fileSize, memorySize) > 0) {
                throw bad("segment " + index + " is larger in the file than in memory; build it again");
            }
            if (fileSize != 0 && !inFile(offset, fileSize)) {
                throw bad("is truncated in segment " + index + "; copy or build it again");
            }
            if (wraps(virtual, memorySize) || wraps(physical, memorySize)) {
                throw bad("segment " + index + " wraps around the address space; correct the linker script");
            }
            int fileOffset = fileSize == 0 ? 0 : (int) offset;
            return new Segment(virtual, physical, fileOffset, (int) fileSize, memorySize, file.getInt(header + 4));
        }

        private long entry(List<Segment> segments) throws ImageException {
            long linked = file.getLong(0x18);
            long entry = physical(segments, linked);
            if (segments.stream().noneMatch(segment -> segment.hasPhysical(entry))) {
                throw bad("starts at 0x" + Long.toHexString(linked)
                        + ", which is in none of its segments; link it with -e SYMBOL");
            }
            if ((entry & 1) != 0) {
                throw bad("starts at the odd address 0x" + Long.toHexString(linked) + "; link it with -e SYMBOL");
            }
            return entry;
        }

        private ImageException bad(String fault) {
            return new ImageException(Reason.BAD_IMAGE, name + ": " + fault);
        }

        private int unsigned(int offset) {
            return Short.toUnsignedInt(file.getShort(offset));
        }

        private boolean inFile(long offset, long length) {
            return offset >= 0 && offset <= bytes.length && length <= bytes.length - offset;
        }

        /// It may end exactly at the top of the address space.
        private static boolean wraps(long base, long size) {
            return Long.compareUnsigned(base + (size - 1), base) < 0;
        }

        private static String machineName(int machine) {
            return switch (machine) {
                case 3 -> "x86";
                case 40 -> "Arm";
                case 62 -> "x86-64";
                case 183 -> "AArch64";
                default -> Integer.toString(machine);
            };
        }
    }
}
