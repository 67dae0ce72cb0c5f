// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.penumbra.device.board.VirtMap;
import org.penumbra.machine.image.ImageException.Reason;

/// A Linux kernel in the form `Image`.
///
/// The kernel may be plain, with or without the EFI stub that distributions add; compressed with gzip, zstd or xz; or
/// one of these wrapped in the self-extracting EFI form (`vmlinuz.efi`). (Linux,
/// `Documentation/arch/riscv/boot-image-header.rst`.)
public final class LinuxImage implements Image {
    static final int HEADER = PackedKernel.HEADER;
    private static final int TEXT_OFFSET = 0x08;
    private static final int IMAGE_SIZE = 0x10;
    private static final int FLAGS = 0x18;
    private static final int MAGIC2 = 0x38;
    private static final int MAGIC2_VALUE = 0x0543_5352; // "RSC\x05"
    private static final int BIG_ENDIAN = 1;
    private static final int DEFAULT_OFFSET = 0x20_0000;
    private static final long PAGE = 4096;

    private final String name;
    private final PackedKernel kernel;
    private final byte[] header;
    private final long offset;
    private final long size;

    private LinuxImage(String name, PackedKernel kernel, byte[] header, long offset, long size) {
        this.name = name;
        this.kernel = kernel;
        this.header = header;
        this.offset = offset;
        this.size = size;
    }

    /// Whether the first bytes are those of a kernel that [#parse] accepts, or of one of its compressed forms.
    public static boolean looksLikeLinux(byte[] bytes) {
        return Compression.of(bytes) != null || bytes.length >= HEADER
                && (isImage(bytes) || PackedKernel.isZboot(bytes));
    }

    /// Reads a kernel's header. The rest of the file is checked when it is loaded.
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
            throw new ImageException(Reason.BAD_IMAGE, name
                    + ": is a big-endian kernel; build it for little-endian RISC-V");
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
            throw new ImageException(Reason.BAD_IMAGE, name + ": has a damaged header (text offset 0x"
                    + Long.toHexString(offset)
                    + ", size 0x" + Long.toHexString(size) + "); get the file again");
        }
        return new LinuxImage(name, kernel, bytes, offset, size);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isKernel() {
        return true;
    }

    @Override
    public long entry() {
        return VirtMap.RAM + offset;
    }

    /// The kernel, an initial RAM disk, and memory to run; the message says what would suffice.
    @Override
    public void requireRoom(long ramSize, Blob ramDisk) throws ImageException {
        long room = ramSize - offset - size - 2 * TREE_ALIGNMENT;
        if (room < 0) {
            throw new ImageException(Reason.NO_MEMORY, name + ": this kernel needs " + mebibytes(ramSize - room)
                    + "M for itself and more to run; give --memory 512M");
        }
        if (ramDisk == null || ramDisk.length() == 0) {
            return;
        }
        long length = ramDisk.length();
        boolean below = length <= ramSize && VirtMap.deviceTreeAddress(VirtMap.RAM, ramSize, TREE_ALIGNMENT)
                - length >= entry() + size;
        if (!below || length + ramDisk.unpacked() > room) {
            long wanted = Math.max(512, Long.highestOneBit(mebibytes(ramSize - room + 2 * length)) * 2);
            throw new ImageException(Reason.NO_MEMORY, ramDisk.name() + ": an initial RAM disk of " + mebibytes(length)
                    + "M does not fit beside the kernel; "
                            + (wanted << 20 > ramSize ? "give --memory " + wanted + "M" : "make it smaller"));
        }
    }

    @Override
    public void load(GuestMemoryWriter memory, long ramBase) throws ImageException {
        if (!Arrays.equals(header, kernel.head())) {
            throw Blob.changed(name);
        }
        kernel.load(memory, ramBase + offset, size);
    }

    private static long mebibytes(long bytes) {
        return bytes + (1 << 20) - 1 >> 20;
    }

    @Override
    public List<Extent> extents() {
        return List.of(new Extent(entry(), size));
    }

    private static boolean isImage(byte[] bytes) {
        return PackedKernel.little(bytes).getInt(MAGIC2) == MAGIC2_VALUE;
    }

    /// Whether a file that is neither a kernel nor ELF is recognised as something that is not a program.
    static boolean isOtherKind(byte[] bytes) {
        return bytes.length == 0 || kind(bytes) != null;
    }

    /// The apparent kind of a file that is not a kernel.
    private static String describe(byte[] bytes) {
        if (bytes.length == 0) {
            return "empty";
        }
        if (ElfImage.looksLikeElf(bytes)) {
            return "an ELF file (the kernel's vmlinux?)";
        }
        String kind = kind(bytes);
        return kind == null ? "of an unknown kind" : kind;
    }

    /// @return null for one that is not known
    private static String kind(byte[] bytes) {
        String[][] kinds = {
            {"04224d18", "compressed with lz4 (unpack it with: lz4 -d)"},
            {"425a68", "compressed with bzip2 (unpack it with: bunzip2)"},
            {"4d5a", "an EFI program for another machine"}, {"30373037", "a cpio archive (an initial RAM disk?)"},
            {"213c61726368", "a package (unpack it with: dpkg-deb -x)"}
        };
        String start = HexFormat.of().formatHex(bytes, 0, Math.min(8, bytes.length));
        return Arrays.stream(kinds).filter(kind -> start.startsWith(kind[0])).map(kind -> kind[1]).findFirst()
                .orElse(null);
    }
}
