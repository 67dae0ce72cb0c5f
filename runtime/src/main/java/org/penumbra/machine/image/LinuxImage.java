// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.penumbra.device.board.VirtMap;
import org.penumbra.machine.image.ImageException.Reason;

/// A Linux kernel in the form `Image` with an optional initial RAM disk and a command line.
///
/// The kernel may be as it is, with the EFI stub that distributions add or without, compressed with gzip, zstd or xz, or
/// wrapped in the self-extracting EFI form (`vmlinuz.efi`) around one of these. (Linux,
/// `Documentation/arch/riscv/boot-image-header.rst`.)
public final class LinuxImage implements Image {
    private static final int HEADER = PackedKernel.HEADER;
    private static final int TEXT_OFFSET = 0x08;
    private static final int IMAGE_SIZE = 0x10;
    private static final int FLAGS = 0x18;
    private static final int MAGIC2 = 0x38;
    private static final int MAGIC2_VALUE = 0x0543_5352; // "RSC\x05"
    private static final int BIG_ENDIAN = 1;
    private static final int DEFAULT_OFFSET = 0x20_0000;
    private static final long PAGE = 4096;
    private static final int CHUNK = 1 << 16;

    private final String name;
    private final PackedKernel kernel;
    private final byte[] header;
    private final long offset;
    private final long size;
    private final String initrdName;
    private final Contents initrd;
    private final long initrdLength;
    private final String commandLine;

    private LinuxImage(String name, PackedKernel kernel, byte[] header, long offset, long size, String initrdName,
            Contents initrd, long initrdLength, String commandLine) {
        this.name = name;
        this.kernel = kernel;
        this.header = header;
        this.offset = offset;
        this.size = size;
        this.initrdName = initrdName;
        this.initrd = initrd;
        this.initrdLength = initrdLength;
        this.commandLine = commandLine;
    }

    /// Whether the bytes begin like a kernel that [#parse] takes, or like one of its compressed forms.
    public static boolean looksLikeLinux(byte[] bytes) {
        return Compression.of(bytes) != null || bytes.length >= HEADER && (isImage(bytes) || PackedKernel.isZboot(bytes));
    }

    /// Takes a kernel. What is in the file behind its first bytes is looked at when it is loaded.
    ///
    /// @throws ImageException if this is no RISC-V kernel
    public static LinuxImage parse(String name, Contents file) throws ImageException {
        PackedKernel kernel = PackedKernel.of(name, file);
        byte[] bytes = kernel.head();
        if (bytes.length < HEADER || !isImage(bytes)) {
            throw new ImageException(Reason.BAD_IMAGE, name + ": is " + describe(bytes)
                    + ", not a RISC-V Linux Image; name arch/riscv/boot/Image or Debian's /boot/vmlinux-*-riscv64");
        }
        ByteBuffer header = PackedKernel.little(bytes);
        if ((header.getLong(FLAGS) & BIG_ENDIAN) != 0) {
            throw new ImageException(Reason.BAD_IMAGE, name + ": is a big-endian kernel; build it for little-endian RISC-V");
        }
        long offset = header.getLong(TEXT_OFFSET);
        long size = header.getLong(IMAGE_SIZE);
        if (size == 0 || kernel.way() == null) {
            size = Math.max(size, kernel.length());
        }
        if (offset == 0 && header.getLong(IMAGE_SIZE) == 0) {
            offset = DEFAULT_OFFSET; // kernels before 5.4 left both out
        }
        if (offset < 0 || offset > LARGEST_MEMORY || size < 0 || size > LARGEST_MEMORY || (offset & PAGE - 1) != 0) {
            throw new ImageException(Reason.BAD_IMAGE, name + ": has a damaged header (text offset 0x" + Long.toHexString(offset)
                    + ", size 0x" + Long.toHexString(size) + "); get the file again");
        }
        return new LinuxImage(name, kernel, bytes, offset, size, "", Contents.of(new byte[0]), 0, "");
    }

    /// The same kernel with an initial RAM disk, in whatever format the kernel takes.
    ///
    /// @throws ImageException if it cannot be read
    public LinuxImage withInitrd(String file, Contents contents) throws ImageException {
        try {
            return new LinuxImage(name, kernel, header, offset, size, file, contents, contents.length(), commandLine);
        } catch (IOException failed) {
            throw PackedKernel.unreadable(file, failed);
        }
    }

    /// The same kernel with a command line.
    public LinuxImage withCommandLine(String line) {
        return new LinuxImage(name, kernel, header, offset, size, initrdName, initrd, initrdLength, line);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long entry() {
        return VirtMap.RAM + offset;
    }

    public String commandLine() {
        return commandLine;
    }

    /// Bytes of the initial RAM disk, 0 for none.
    public long initrdLength() {
        return initrdLength;
    }

    /// Where the initial RAM disk lies: at the end of RAM, before the device tree, on a page boundary.
    ///
    /// @param memory bytes of RAM
    public long initrdAddress(long memory) {
        // The longest tree there can be lies lowest.
        long end = VirtMap.deviceTreeAddress(VirtMap.RAM, memory, TREE_ALIGNMENT);
        return end - initrdLength & -PAGE;
    }

    @Override
    public void load(GuestMemoryWriter memory, long ramBase) throws ImageException {
        throw new UnsupportedOperationException("a kernel is loaded where the size of RAM is known");
    }

    /// Puts kernel and initial RAM disk in memory, which is clear.
    ///
    /// @param ramSize bytes of RAM
    /// @throws ImageException when they do not fit, nothing has been written then; or are damaged, have been changed
    /// since they were taken, or cannot be read
    public void load(GuestMemoryWriter memory, long ramBase, long ramSize) throws ImageException {
        long room = ramSize - offset - size - 2 * TREE_ALIGNMENT;
        if (room < 0) {
            throw new ImageException(Reason.NO_MEMORY, name + ": this kernel needs " + mebibytes(ramSize - room)
                    + "M for itself and more to run; give --memory 512M");
        }
        if (!Arrays.equals(header, kernel.head())) {
            throw changed(name);
        }
        try {
            // One that is not compressed takes as much again when the kernel has unpacked it.
            long unpacked = isArchive(initrd.head(HEADER)) ? initrdLength : 0;
            boolean placed = initrdLength <= ramSize && initrdAddress(ramSize) >= entry() + size;
            if (initrdLength > 0 && (!placed || initrdLength + unpacked > room)) {
                long wanted = Math.max(512, Long.highestOneBit(mebibytes(ramSize - room + 2 * initrdLength)) * 2);
                throw new ImageException(Reason.NO_MEMORY, initrdName + ": an initial RAM disk of " + mebibytes(initrdLength)
                        + "M does not fit beside the kernel; " + (wanted << 20 > ramSize ? "give --memory " + wanted + "M" : "make it smaller"));
            }
            kernel.load(memory, ramBase + offset, size);
            loadInitrd(memory, initrdAddress(ramSize));
        } catch (IOException failed) {
            throw PackedKernel.unreadable(initrdName, failed);
        }
    }

    private void loadInitrd(GuestMemoryWriter memory, long gpa) throws IOException, ImageException {
        byte[] chunk = new byte[(int) Math.min(initrdLength, CHUNK)];
        for (long done = 0; done < initrdLength; ) {
            int count = initrd.read(done, chunk, 0, (int) Math.min(chunk.length, initrdLength - done));
            if (count < 0) {
                throw changed(initrdName);
            }
            memory.write(gpa + done, chunk, 0, count);
            done += count;
        }
    }

    private static ImageException changed(String file) {
        return new ImageException(Reason.BAD_IMAGE, file + ": has been changed meanwhile; start again");
    }

    private static long mebibytes(long bytes) {
        return bytes + (1 << 20) - 1 >> 20;
    }

    @Override
    public boolean overlaps(long gpa, long length) {
        return Long.compareUnsigned(gpa - entry(), size) < 0 || Long.compareUnsigned(entry() - gpa, length) < 0;
    }

    private static boolean isImage(byte[] bytes) {
        return PackedKernel.little(bytes).getInt(MAGIC2) == MAGIC2_VALUE;
    }

    private static boolean isArchive(byte[] bytes) {
        return new String(bytes, 0, Math.min(5, bytes.length), StandardCharsets.US_ASCII).equals("07070");
    }

    /// What a file that is no kernel seems to be.
    private static String describe(byte[] bytes) {
        if (bytes.length == 0) {
            return "empty";
        }
        if (ElfImage.looksLikeElf(bytes)) {
            return "an ELF file (the kernel's vmlinux?)";
        }
        String[][] kinds = {
            {"04224d18", "compressed with lz4 (unpack it with: lz4 -d)"},
            {"425a68", "compressed with bzip2 (unpack it with: bunzip2)"},
            {"4d5a", "an EFI program for another machine"}, {"30373037", "a cpio archive (an initial RAM disk?)"},
            {"213c61726368", "a package (unpack it with: dpkg-deb -x)"}
        };
        String start = java.util.HexFormat.of().formatHex(bytes, 0, Math.min(8, bytes.length));
        for (String[] kind : kinds) {
            if (start.startsWith(kind[0])) {
                return kind[1];
            }
        }
        return "of an unknown kind";
    }
}
