// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.penumbra.options.Settings;

/// Guest-physical RAM: `[base, base + size)`, kept in host memory page by page.
///
/// A host address is valid only within its 4 KiB page: under a virtualising model ([HostFrames]) neighbouring guest
/// pages lie in scattered host frames.
public final class GuestMemory implements AutoCloseable {
    public static final int PAGE_SHIFT = 12;
    public static final long PAGE_SIZE = 1L << PAGE_SHIFT;
    /// Bytes of a page of the next size, which is mapped one level further up.
    public static final long LARGE_PAGE_SIZE = Settings.LARGE_PAGES;
    public static final long PAGE_OFFSET = PAGE_SIZE - 1;
    public static final long MAXIMUM_SIZE = Settings.LARGEST_MEMORY;

    private final long base;
    private final long size;
    private HostFrames frames;

    /// @param base guest-physical address of the first byte, a multiple of 4 KiB
    /// @param size bytes, a multiple of 4 KiB, at most [#MAXIMUM_SIZE]
    public GuestMemory(long base, long size, HostFrames frames) {
        if ((base & PAGE_OFFSET) != 0 || (size & PAGE_OFFSET) != 0 || size <= 0 || size > MAXIMUM_SIZE) {
            throw new IllegalArgumentException("RAM must be whole pages, at most 16 GiB: base 0x"
                    + Long.toHexString(base)
                    + ", size " + size);
        }
        this.base = base;
        this.size = size;
        this.frames = frames;
    }

    public long base() {
        return base;
    }

    public long size() {
        return size;
    }

    public HostFrames frames() {
        return frames;
    }

    /// Whether all of `[gpa, gpa + length)` is RAM; `length` is positive.
    public boolean contains(long gpa, long length) {
        long offset = gpa - base;
        return offset >= 0 && length <= size && offset <= size - length;
    }

    /// Index of the RAM page that holds `gpa`, which must be RAM.
    public int pageIndex(long gpa) {
        return (int) ((gpa - base) >>> PAGE_SHIFT);
    }

    public int pageCount() {
        return (int) (size >>> PAGE_SHIFT);
    }

    /// Host address of the byte at `gpa`, which must be RAM; valid within its 4 KiB page.
    public long hostAddress(long gpa) {
        return frames.address((gpa - base) >>> PAGE_SHIFT) + (gpa & PAGE_OFFSET);
    }

    /// Zero-extended value of `size` bytes that lie in RAM within one page.
    public long load(long gpa, int bytes) {
        return HostMemory.load(hostAddress(gpa), bytes);
    }

    public void store(long gpa, int bytes, long value) {
        HostMemory.store(hostAddress(gpa), bytes, value);
    }

    /// Copies out of RAM across pages.
    /// @throws IndexOutOfBoundsException when the range is not all RAM or not all in `target`
    public void read(long gpa, byte[] target, int offset, int length) {
        check(gpa, length, target, offset);
        for (int done = 0; done < length;) {
            int part = (int) Math.min(length - done, PAGE_SIZE - ((gpa + done) & PAGE_OFFSET));
            HostMemory.read(hostAddress(gpa + done), target, offset + done, part);
            done += part;
        }
    }

    /// Copies into RAM across pages. Decoded code and translations are not notified; the machine has methods for that.
    /// @throws IndexOutOfBoundsException when the range is not all RAM or not all in `source`
    public void write(long gpa, byte[] source, int offset, int length) {
        check(gpa, length, source, offset);
        for (int done = 0; done < length;) {
            int part = (int) Math.min(length - done, PAGE_SIZE - ((gpa + done) & PAGE_OFFSET));
            HostMemory.write(hostAddress(gpa + done), source, offset + done, part);
            done += part;
        }
    }

    /// Passes on the index and content of every page that is not all zero, in the order of [HostFrames#touched].
    ///
    /// @param known an array with the probable content of a page, which is passed on if that is right, or null
    public void pages(IntFunction<byte[]> known, ObjIntConsumer<byte[]> consumer) {
        frames.touched(pageCount(), page -> {
            long host = frames.peek(page);
            if (!HostMemory.isZero(host, PAGE_SIZE)) {
                byte[] content = known.apply(page);
                if (content == null || !HostMemory.equals(host, content)) {
                    content = new byte[(int) PAGE_SIZE];
                    HostMemory.read(host, content, 0, content.length);
                }
                consumer.accept(content, page);
            }
        });
    }

    /// Host address at which the content of a page is to be restored. The page counts as touched only if its frame had
    /// still to be chosen.
    public long restored(int page) {
        long host = frames.peek(page);
        return host != 0 ? host : frames.address(page);
    }

    /// Passes on the indices of all pages that may be non-zero.
    public void touched(IntConsumer consumer) {
        frames.touched(pageCount(), consumer);
    }

    /// The guest-physical address whose host address is `host`, or -1.
    public long guestAddress(long host) {
        long[] found = {-1};
        frames.touched(pageCount(), page -> {
            if (frames.peek(page) == (host & -PAGE_SIZE)) {
                found[0] = base + ((long) page << PAGE_SHIFT) | host & PAGE_OFFSET;
            }
        });
        return found[0];
    }

    /// Moves all content to other frames. Earlier host addresses become invalid.
    ///
    /// @param fresh untouched; the old frames are released
    public void moveTo(HostFrames fresh) {
        HostFrames old = frames;
        old.touched(pageCount(), page -> {
            long host = old.peek(page);
            if (!HostMemory.isZero(host, PAGE_SIZE)) {
                HostMemory.copy(host, fresh.address(page), PAGE_SIZE);
            }
        });
        frames = fresh;
        old.close();
    }

    /// Zeroes all of RAM. Earlier host addresses become invalid.
    public void clear() {
        frames.clear();
    }

    /// Releases the memory. Earlier host addresses become invalid, and no method may be called afterwards.
    @Override
    public void close() {
        frames.close();
    }

    private void check(long gpa, int length, byte[] bytes, int offset) {
        java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length > 0 && !contains(gpa, length)) {
            throw new IndexOutOfBoundsException("0x" + Long.toHexString(gpa) + " + " + length + " is not all RAM");
        }
    }
}
