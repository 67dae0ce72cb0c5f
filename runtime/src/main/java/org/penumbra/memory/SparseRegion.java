// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.stream.LongStream;

/// Zero-filled, page-aligned host memory that costs nothing until it is touched (an anonymous private mapping).
///
/// The region requests huge pages: with 4 KiB pages, a guest whose working set exceeds the host's TLB pays for a host
/// table walk in most accesses. QEMU does the same.
///
/// Closing it releases it at once; otherwise it is released some time after it becomes unreachable.
public final class SparseRegion implements AutoCloseable {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;   // Linux values
    private static final long HUGE_PAGE = 2 << 20;
    private static final int PAGE_SHIFT = 12;
    /// What the kernel tells of each page of a process, in 64 bits: whether it is in memory or swapped out.
    private static final Path PAGE_MAP = Path.of("/proc/self/pagemap");
    private static final long PRESENT_OR_SWAPPED = 3L << 62;
    private static final Cleaner CLEANER = Cleaner.create();

    private final long address;
    private final long size;
    private final Cleaner.Cleanable cleanable;
    private boolean closed;

    /// @param size bytes, a multiple of 4096
    /// @throws OutOfMemoryError if the host refuses the mapping
    public SparseRegion(long size) {
        this.size = size;
        long slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
        long mapped = Native.map(size + slack);
        this.cleanable = CLEANER.register(this, () -> Native.unmap(mapped, size + slack));
        this.address = slack == 0 ? mapped : mapped + HUGE_PAGE - 1 & -HUGE_PAGE;
        if (slack != 0) {
            Native.advise(address, size, Native.MADV_HUGEPAGE);
        }
    }

    /// @throws IllegalStateException if it is closed
    public long address() {
        if (closed) {
            throw new IllegalStateException("this memory has been given back to the host");
        }
        return address;
    }

    public long size() {
        return size;
    }

    /// Releases the pages of `[offset, offset + bytes)`, which read as zero afterwards.
    public void discard(long offset, long bytes) {
        Native.advise(address() + offset, bytes, Native.MADV_DONTNEED);
    }

    /// Indices of the 4 KiB pages that may be other than zero: those that were ever touched, or all where the host does
    /// not tell.
    BitSet touched() {
        int pages = (int) (size >>> PAGE_SHIFT);
        var found = new BitSet(pages);
        ByteBuffer map = ByteBuffer.allocate(pages * Long.BYTES).order(ByteOrder.nativeOrder());
        try (FileChannel file = FileChannel.open(PAGE_MAP)) {
            long at = (address() >>> PAGE_SHIFT) * Long.BYTES;
            while (map.hasRemaining() && file.read(map, at + map.position()) > 0) {
                // The kernel gives it in parts.
            }
        } catch (IOException e) {
            // Another system, or /proc is not there.
        }
        int known = map.position() / Long.BYTES;
        for (int page = 0; page < known; page++) {
            if ((map.getLong(page * Long.BYTES) & PRESENT_OR_SWAPPED) != 0) {
                found.set(page);
            }
        }
        found.set(known, pages);
        return found;
    }

    /// All of it as buffers.
    ///
    /// @param most bytes of one
    public Iterable<ByteBuffer> buffers(int most) {
        return () -> LongStream.iterate(0, at -> at < size, at -> at + most)
                .mapToObj(at -> MemorySegment.ofAddress(address() + at).reinterpret(Math.min(most, size - at))
                        .asByteBuffer()).iterator();
    }

    /// No thread may use addresses in it afterwards.
    @Override
    public void close() {
        closed = true;
        cleanable.clean();
    }

    private static final class Native {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final java.lang.invoke.MethodHandle MMAP =
                handle("mmap", FunctionDescriptor.of(ValueLayout.ADDRESS,
                ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        private static final java.lang.invoke.MethodHandle MUNMAP = handle("munmap",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        private static final java.lang.invoke.MethodHandle MADVISE = handle("madvise",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT));
        private static final int MADV_DONTNEED = 4;
        private static final int MADV_HUGEPAGE = 14;

        private static java.lang.invoke.MethodHandle handle(String name, FunctionDescriptor type) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
        }

        static long map(long size) {
            try {
                var p = (MemorySegment) MMAP.invokeExact(MemorySegment.NULL, size, PROT_READ_WRITE,
                        MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
                if (p.address() == -1) {
                    throw new OutOfMemoryError("the host refuses to map " + (size >> 20) + " MiB");
                }
                return p.address();
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        static void unmap(long address, long size) {
            try {
                int ignored = (int) MUNMAP.invokeExact(MemorySegment.ofAddress(address), size);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        static void advise(long address, long size, int advice) {
            try {
                int ignored = (int) MADVISE.invokeExact(MemorySegment.ofAddress(address), size, advice);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
