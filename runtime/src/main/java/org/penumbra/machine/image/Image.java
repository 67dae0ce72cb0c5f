// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.penumbra.machine.image.ImageException.Reason;

/// A program for the guest, checked and ready to load.
public sealed interface Image permits ElfImage, LinuxImage, RawImage, SnapshotImage {
    /// The largest file or memory the machine can have, in bytes.
    long LARGEST_MEMORY = 16L << 30;

    /// The device tree lies at a multiple of this below the end of RAM, in bytes.
    long TREE_ALIGNMENT = 2L << 20;
    int LARGEST_FILE = 1 << 30;
    int LARGEST_STREAM = 16 << 20;

    /// The name of the file, for messages.
    String name();

    /// The physical address of the first instruction.
    long entry();

    /// Its symbols, if it has any.
    default SymbolTable symbols() {
        return SymbolTable.EMPTY;
    }

    /// Physical address of the word that talks to the host, if it has one.
    default OptionalLong tohost() {
        return OptionalLong.empty();
    }

    /// Like [#tohost], for the host's answers.
    default OptionalLong fromhost() {
        return OptionalLong.empty();
    }

    /// Whether it is a Linux kernel, which has drivers.
    default boolean isKernel() {
        return false;
    }

    /// Checks that RAM has room for all that has to be in it when the program runs.
    ///
    /// @param ramSize bytes of RAM
    /// @param ramDisk that is loaded beside it, or null
    /// @throws ImageException if it has not
    default void requireRoom(@SuppressWarnings("unused") long ramSize, @SuppressWarnings("unused") Blob ramDisk)
            throws ImageException {
        // Its extents are checked as it is loaded.
    }

    /// Loads the program into memory.
    ///
    /// @param ramBase start of RAM, for a message that says how much RAM would be needed
    /// @throws ImageException if any part of it is outside RAM; nothing has been written then
    void load(GuestMemoryWriter memory, long ramBase) throws ImageException;

    /// The ranges of memory that the program occupies.
    List<Extent> extents();

    /// Whether the program occupies memory in a range.
    default boolean overlaps(long gpa, long length) {
        return extents().stream().anyMatch(extent -> extent.overlaps(gpa, length));
    }

    /// Reads a file: ELF if it says so, raw contents for the address `rawBase` otherwise.
    ///
    /// @throws ImageException if it cannot be read or is no valid image
    static Image read(Path file, long rawBase) throws ImageException {
        byte[] bytes = contents(file);
        String name = file.toString();
        return ElfImage.looksLikeElf(bytes) ? ElfImage.owning(name, bytes) : RawImage.owning(name, bytes, rawBase);
    }

    /// Takes an image from bytes: ELF if they say so, raw contents for the address `rawBase` otherwise.
    static Image parse(String name, byte[] bytes, long rawBase) throws ImageException {
        return ElfImage.looksLikeElf(bytes) ? ElfImage.parse(name, bytes) : RawImage.of(name, bytes, rawBase);
    }

    /// The same from an open file.
    static Image of(String name, Contents file, long rawBase) throws ImageException {
        try {
            byte[] bytes = file.head(LARGEST_FILE);
            if (file.length() > bytes.length) {
                throw new ImageException(Reason.BAD_IMAGE, name + ": is larger than " + (LARGEST_FILE >> 20) + " MiB");
            }
            return ElfImage.looksLikeElf(bytes) ? ElfImage.owning(name, bytes) : RawImage.owning(name, bytes, rawBase);
        } catch (IOException failed) {
            throw PackedKernel.unreadable(name, failed);
        }
    }

    /// A program for supervisor mode: a Linux kernel, ELF, or raw contents of no other known kind.
    ///
    /// @param rawBase where the latter go, 0 where none are allowed
    /// @throws ImageException if it cannot be read, is no valid image, or of a kind that no machine runs
    static Image payload(String name, Contents file, long rawBase) throws ImageException {
        try {
            byte[] head = file.head(LinuxImage.HEADER);
            boolean linux = LinuxImage.looksLikeLinux(head) || LinuxImage.isOtherKind(head)
                    || rawBase == 0 && !ElfImage.looksLikeElf(head);
            return linux ? LinuxImage.parse(name, file) : of(name, file, rawBase);
        } catch (IOException failed) {
            throw PackedKernel.unreadable(name, failed);
        }
    }

    /// The bytes of a file.
    ///
    /// @throws ImageException if they cannot be had
    static byte[] contents(Path file) throws ImageException {
        try {
            if (Files.isDirectory(file)) {
                throw new ImageException(Reason.NO_SUCH_FILE, file + ": is a directory; name an ELF or raw image file");
            }
            // Pipes and devices have no size, and may be endless.
            int limit = Files.isRegularFile(file) ? LARGEST_FILE : LARGEST_STREAM;
            try (var in = Files.newInputStream(file)) {
                byte[] bytes = Files.size(file) > limit ? null : in.readNBytes(limit + 1);
                if (bytes == null || bytes.length > limit) {
                    throw new ImageException(Reason.BAD_IMAGE, file + ": is larger than " + (limit >> 20)
                            + " MiB; strip its debug information");
                }
                return bytes;
            }
        } catch (NoSuchFileException missing) {
            throw new ImageException(Reason.NO_SUCH_FILE, file + ": no such file; check the path");
        } catch (AccessDeniedException denied) {
            throw new ImageException(Reason.NO_SUCH_FILE, file + ": permission denied; make it readable");
        } catch (OutOfMemoryError full) {
            throw new ImageException(Reason.BAD_IMAGE, file
                    + ": does not fit the host's Java heap; strip its debug information");
        } catch (IOException failed) {
            throw new ImageException(Reason.NO_SUCH_FILE,
                    file + ": cannot be read (" + failed.getMessage() + "); check the file");
        }
    }

    /// Checks that a part of an image has RAM.
    static void requireMemory(String name, GuestMemoryWriter memory, long ramBase, long gpa, long length)
            throws ImageException {
        if (memory.contains(gpa, length)) {
            return;
        }
        String range = "0x" + Long.toHexString(gpa) + " (" + length + " bytes)";
        long needed = gpa - ramBase + length;
        if (Long.compareUnsigned(gpa, ramBase) < 0 || needed < 0 || needed > LARGEST_MEMORY) {
            throw new ImageException(Reason.NO_MEMORY, name + ": no RAM at " + range
                    + "; link or load it at addresses from 0x"
                    + Long.toHexString(ramBase));
        }
        long withTree = (needed + TREE_ALIGNMENT - 1 & -TREE_ALIGNMENT) + TREE_ALIGNMENT;
        throw new ImageException(Reason.NO_MEMORY, name + ": no RAM at " + range + "; give at least --memory "
                + (Math.min(withTree, LARGEST_MEMORY) >> 20) + "M");
    }
}
