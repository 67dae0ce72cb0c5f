// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.penumbra.device.board.VirtMap;
import org.penumbra.machine.image.ImageException.Reason;

/// What a machine boots: the programs and data in its RAM, where they lie, and what starts first.
///
/// @param firmware    a program that starts in machine mode and then starts the other one; null for none
/// @param program     null if there is only a firmware
/// @param supervised  whether the program starts in supervisor mode on the built-in firmware
/// @param ramDisk     an initial RAM disk for the program, or null
/// @param commandLine for the program, `bootargs` in the device tree
/// @param data        further data in RAM
public record Boot(Image firmware, Image program, boolean supervised, Blob ramDisk, String commandLine,
        List<Placed> data) {
    /// Where a firmware expects its payload, and where a raw program for supervisor mode is loaded.
    public static final long PAYLOAD = VirtMap.RAM + (2L << 20);
    private static final long PAGE = 4096;

    /// Bytes at an address.
    public record Placed(Blob blob, long gpa) {
    }

    public Boot {
        data = List.copyOf(data);
    }

    /// Boots a program according to its kind: a Linux kernel in supervisor mode on the built-in firmware, others in
    /// machine mode.
    public static Boot of(Image program) {
        return new Boot(null, program, program.isKernel(), null, "", List.of());
    }

    /// A program for supervisor mode on the built-in firmware.
    public static Boot supervised(Image program) {
        return new Boot(null, program, true, null, "", List.of());
    }

    /// A firmware for machine mode.
    ///
    /// @param payload the program it starts in supervisor mode, or null
    public static Boot firmware(Image firmware, Image payload) {
        return new Boot(firmware, payload, false, null, "", List.of());
    }

    /// @param disk none if it is empty
    public Boot withRamDisk(Blob disk) {
        return new Boot(firmware, program, supervised, disk.length() == 0 ? null : disk, commandLine, data);
    }

    public Boot withCommandLine(String line) {
        return new Boot(firmware, program, supervised, ramDisk, line, data);
    }

    public Boot withData(List<Placed> others) {
        return new Boot(firmware, program, supervised, ramDisk, commandLine, others);
    }

    /// The program that runs in the end, as far as known.
    public Image image() {
        return program != null ? program : firmware;
    }

    /// The first instruction, after the boot ROM or the built-in firmware.
    public long entry() {
        return firmware != null ? firmware.entry() : program.entry();
    }

    /// Where a firmware jumps next, 0 for nowhere.
    public long next() {
        return firmware != null && program != null ? program.entry() : 0;
    }

    /// Whether it includes a Linux kernel, which has drivers.
    public boolean isLinux() {
        return program != null && program.isKernel();
    }

    private List<Image> images() {
        List<Image> images = new ArrayList<>();
        if (firmware != null) {
            images.add(firmware);
        }
        if (program != null) {
            images.add(program);
        }
        return images;
    }

    /// Loads everything into RAM, which is all zero.
    ///
    /// @param ramSize bytes of RAM
    /// @throws ImageException when it does not fit, is damaged, has been changed since it was taken, or cannot be read
    public void load(GuestMemoryWriter memory, long ramSize) throws ImageException {
        requireDistinct();
        for (Placed placed : data) {
            Image.requireMemory(placed.blob.name(), memory, VirtMap.RAM, placed.gpa, placed.blob.length());
        }
        for (Image image : images()) {
            image.requireRoom(ramSize, ramDisk);
        }
        long disk = ramDisk == null ? 0 : ramDiskAddress(ramSize);
        for (Image image : images()) {
            image.load(memory, VirtMap.RAM);
        }
        for (Placed placed : data) {
            placed.blob.load(memory, placed.gpa);
        }
        if (ramDisk != null) {
            ramDisk.load(memory, disk);
        }
    }

    private void requireDistinct() throws ImageException {
        record Part(Object owner, String name, Extent extent) {
        }
        List<Part> parts = new ArrayList<>();
        for (Image image : images()) {
            image.extents().forEach(extent -> parts.add(new Part(image, image.name(), extent)));
        }
        for (Placed placed : data) {
            parts.add(new Part(placed, placed.blob.name(), new Extent(placed.gpa, placed.blob.length())));
        }
        for (int i = 0; i < parts.size(); i++) {
            for (Part later : parts.subList(i + 1, parts.size())) {
                Part part = parts.get(i);
                if (part.owner != later.owner && part.extent.overlaps(later.extent.gpa(), later.extent.length())) {
                    throw new ImageException(Reason.BAD_IMAGE, later.name + ": lies over " + part.name + " at 0x"
                            + Long.toHexString(Math.max(part.extent.gpa(), later.extent.gpa()))
                                    + "; give it another address");
                }
            }
        }
    }

    private boolean isFree(long gpa, long length) {
        return images().stream().noneMatch(image -> image.overlaps(gpa, length))
                && data.stream().noneMatch(placed -> new Extent(placed.gpa, placed.blob.length())
                        .overlaps(gpa, length));
    }

    /// Where the initial RAM disk lies: at the end of RAM before the device tree, on a page boundary, or at the next
    /// free place below or above that.
    ///
    /// @throws ImageException if there is none
    public long ramDiskAddress(long ramSize) throws ImageException {
        long length = ramDisk.length();
        if (length <= ramSize - 2 * Image.TREE_ALIGNMENT) {
            // The longest tree there can be lies lowest.
            long tree = VirtMap.deviceTreeAddress(VirtMap.RAM, ramSize, Image.TREE_ALIGNMENT);
            long gpa = place(ramSize, length, tree - length & -PAGE, at -> isFree(at, length));
            if (gpa != 0) {
                return gpa;
            }
        }
        throw new ImageException(Reason.NO_MEMORY, ramDisk.name() + ": an initial RAM disk of "
                + (length + (1 << 20) - 1 >> 20)
                + "M does not fit beside the program; give more --memory");
    }

    /// Where the device tree lies: see [VirtMap#deviceTreeAddress], or at the next free place below or above that.
    ///
    /// @throws ImageException if there is none
    public long treeAddress(long ramSize, long length) throws ImageException {
        long disk = ramDisk == null ? 0 : ramDiskAddress(ramSize);
        LongPredicate free = at -> isFree(at, length)
                && (ramDisk == null || !new Extent(disk, ramDisk.length()).overlaps(at, length));
        long gpa = place(ramSize, length, VirtMap.deviceTreeAddress(VirtMap.RAM, ramSize, length), free);
        if (gpa == 0) {
            throw new ImageException(Reason.NO_MEMORY, image().name() + ": leaves no room for the device tree; give "
                    + (2 * Image.TREE_ALIGNMENT >> 20) + "M more --memory");
        }
        return gpa;
    }

    /// @return the address nearest to the preferred one, downwards first, that is free; 0 for none
    private static long place(long ramSize, long length, long preferred, LongPredicate free) {
        for (long gpa = preferred; gpa >= VirtMap.RAM; gpa -= Image.TREE_ALIGNMENT) {
            if (free.test(gpa)) {
                return gpa;
            }
        }
        long top = VirtMap.RAM + ramSize - length;
        for (long gpa = top & -Image.TREE_ALIGNMENT; gpa > preferred; gpa -= Image.TREE_ALIGNMENT) {
            if (free.test(gpa)) {
                return gpa;
            }
        }
        long last = top & -8;
        return last >= VirtMap.RAM && free.test(last) ? last : 0;
    }
}
