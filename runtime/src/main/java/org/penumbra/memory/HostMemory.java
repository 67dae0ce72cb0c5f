// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.lang.invoke.MethodHandles;
import sun.misc.Unsafe;

/// Raw host memory by absolute address: the only class that knows how it is accessed.
///
/// Addresses come from [GuestMemory] and from shadow-TLB entries, which only ever cover whole pages of guest RAM;
/// nothing here checks bounds. In partially evaluated code `Unsafe` was 10 % faster than a global `MemorySegment`, and
/// it needs no constant segment; replacing it would change only this file.
@SuppressWarnings({"removal", "deprecation"})
public final class HostMemory {
    private static final Unsafe UNSAFE = unsafe();

    private HostMemory() {
    }

    private static Unsafe unsafe() {
        try {
            return (Unsafe) MethodHandles.privateLookupIn(Unsafe.class, MethodHandles.lookup())
                    .findStaticGetter(Unsafe.class, "theUnsafe", Unsafe.class).invokeExact();
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    public static byte getByte(long address) {
        return UNSAFE.getByte(address);
    }

    public static short getShort(long address) {
        return UNSAFE.getShort(address);
    }

    public static int getInt(long address) {
        return UNSAFE.getInt(address);
    }

    public static long getLong(long address) {
        return UNSAFE.getLong(address);
    }

    public static void putByte(long address, byte value) {
        UNSAFE.putByte(address, value);
    }

    public static void putShort(long address, short value) {
        UNSAFE.putShort(address, value);
    }

    public static void putInt(long address, int value) {
        UNSAFE.putInt(address, value);
    }

    public static void putLong(long address, long value) {
        UNSAFE.putLong(address, value);
    }

    /// The array element whose index is the byte at `address`; the caller guarantees that it exists.
    public static long indexed(long[] array, long address) {
        return UNSAFE.getLong(array, Unsafe.ARRAY_LONG_BASE_OFFSET + ((UNSAFE.getByte(address) & 0xffL) << 3));
    }

    /// Sets the array element at an index; the caller guarantees that it exists.
    public static void setElement(long[] array, long index, long value) {
        UNSAFE.putLong(array, Unsafe.ARRAY_LONG_BASE_OFFSET + (index << 3), value);
    }

    /// Zero-extended little-endian value of `size` (1, 2, 4 or 8) bytes; `size` is a constant where it matters.
    public static long load(long address, int size) {
        return switch (size) {
            case 1 -> UNSAFE.getByte(address) & 0xffL;
            case 2 -> UNSAFE.getShort(address) & 0xffffL;
            case 4 -> UNSAFE.getInt(address) & 0xffff_ffffL;
            default -> UNSAFE.getLong(address);
        };
    }

    /// Stores the low `size` (1, 2, 4 or 8) bytes of `value`.
    public static void store(long address, int size, long value) {
        switch (size) {
            case 1 -> UNSAFE.putByte(address, (byte) value);
            case 2 -> UNSAFE.putShort(address, (short) value);
            case 4 -> UNSAFE.putInt(address, (int) value);
            default -> UNSAFE.putLong(address, value);
        }
    }

    /// A 64-bit load that later loads of this thread are not moved before (page-table entries).
    public static long getLongAcquire(long address) {
        return UNSAFE.getLongVolatile(null, address);
    }

    public static boolean compareAndSetLong(long address, long expected, long value) {
        return UNSAFE.compareAndSwapLong(null, address, expected, value);
    }

    public static boolean compareAndSetInt(long address, int expected, int value) {
        return UNSAFE.compareAndSwapInt(null, address, expected, value);
    }

    /// Replaces the `size` (1, 2, 4 or 8) bytes at an address that is naturally aligned, if they are the low ones of
    /// `expected`.
    ///
    /// @return whether they were; not false if only bytes beside them have changed
    public static boolean compareAndSet(long address, int size, long expected, long value) {
        return switch (size) {
            case 4 -> compareAndSetInt(address, (int) expected, (int) value);
            case 8 -> compareAndSetLong(address, expected, value);
            default -> compareAndSetPart(address, size, (int) expected, (int) value);
        };
    }

    private static boolean compareAndSetPart(long address, int size, int expected, int value) {
        long word = address & -4;
        int shift = (int) (address & 3) << 3;
        int mask = ((1 << 8 * size) - 1) << shift;
        while (true) {
            int old = UNSAFE.getIntVolatile(null, word);
            if ((old & mask) != (expected << shift & mask)) {
                return false;
            }
            if (compareAndSetInt(word, old, old & ~mask | value << shift & mask)) {
                return true;
            }
        }
    }

    public static void fullFence() {
        UNSAFE.fullFence();
    }

    /// Keeps loads before it from being moved behind it, by the compiler too: on x86-64 it is no instruction.
    public static void loadFence() {
        UNSAFE.loadFence();
    }

    /// Keeps stores behind it from being moved before it, and loads before it from being moved behind it, by the
    /// compiler too: on x86-64 it is no instruction.
    public static void storeFence() {
        UNSAFE.storeFence();
    }

    public static void fill(long address, long bytes, byte value) {
        UNSAFE.setMemory(address, bytes, value);
    }

    public static void copy(long from, long to, long bytes) {
        UNSAFE.copyMemory(from, to, bytes);
    }

    public static void read(long address, byte[] target, int offset, int length) {
        UNSAFE.copyMemory(null, address, target, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) offset, length);
    }

    public static void write(long address, byte[] source, int offset, int length) {
        UNSAFE.copyMemory(source, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) offset, null, address, length);
    }

    /// Whether the bytes at an address, aligned to 8, are those of an array, whose length is a multiple of 8.
    public static boolean equals(long address, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += 8) {
            if (getLong(address + at) != UNSAFE.getLong(bytes, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) at)) {
                return false;
            }
        }
        return true;
    }

    /// Whether two ranges, aligned to 8 bytes, hold the same.
    public static boolean equals(long address, long other, long bytes) {
        for (long at = 0; at < bytes; at += 8) {
            if (getLong(address + at) != getLong(other + at)) {
                return false;
            }
        }
        return true;
    }

    /// Whether a range, aligned to 8 bytes, is all zero.
    public static boolean isZero(long address, long bytes) {
        for (long at = address; at < address + bytes; at += 8) {
            if (getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
