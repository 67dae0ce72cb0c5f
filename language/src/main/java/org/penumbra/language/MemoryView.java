// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.InvalidBufferOffsetException;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.nio.ByteOrder;
import java.util.Locale;

/// RAM as an array of wider elements, indexed by the offset of an element's first byte.
@ExportLibrary(InteropLibrary.class)
record MemoryView(MemoryObject memory, Width width) implements TruffleObject {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /// Size and sign of the elements.
    enum Width {
        U8(1), U16(2), U32(4), U64(8), I8(1), I16(2), I32(4), I64(8);

        private final int bytes;

        Width(int bytes) {
            this.bytes = bytes;
        }

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        private long least() {
            return bytes == Long.BYTES ? Long.MIN_VALUE : -1L << 8 * bytes - 1;
        }

        private long most() {
            return bytes == Long.BYTES ? Long.MAX_VALUE : (1L << 8 * bytes) - 1;
        }
    }

    @ExportMessage
    boolean hasArrayElements() {
        return true;
    }

    @ExportMessage
    long getArraySize() {
        return memory.getBufferSize() - width.bytes + 1;
    }

    @ExportMessage
    boolean isArrayElementReadable(long index) {
        return Bounds.contains(index, getArraySize());
    }

    @ExportMessage
    boolean isArrayElementModifiable(long index) {
        return isArrayElementReadable(index);
    }

    @ExportMessage
    boolean isArrayElementInsertable(@SuppressWarnings("unused") long index) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    Object readArrayElement(long index) throws InvalidArrayIndexException {
        try {
            return switch (width) {
                case U8 -> memory.readBufferByte(index) & 0xff;
                case I8 -> memory.readBufferByte(index);
                case U16 -> memory.readBufferShort(ORDER, index) & 0xffff;
                case I16 -> memory.readBufferShort(ORDER, index);
                case U32 -> memory.readBufferInt(ORDER, index) & 0xffff_ffffL;
                case I32 -> memory.readBufferInt(ORDER, index);
                case U64 -> new Unsigned(memory.readBufferLong(ORDER, index));
                case I64 -> memory.readBufferLong(ORDER, index);
            };
        } catch (InvalidBufferOffsetException e) {
            throw InvalidArrayIndexException.create(index);
        }
    }

    @ExportMessage
    @TruffleBoundary
    void writeArrayElement(long index, Object value) throws InvalidArrayIndexException, UnsupportedTypeException {
        long bits = Arguments.number(value, width.least(), width.most());
        try {
            switch (width) {
                case U8, I8 -> memory.writeBufferByte(index, (byte) bits);
                case U16, I16 -> memory.writeBufferShort(ORDER, index, (short) bits);
                case U32, I32 -> memory.writeBufferInt(ORDER, index, (int) bits);
                case U64, I64 -> memory.writeBufferLong(ORDER, index, bits);
            }
        } catch (InvalidBufferOffsetException e) {
            throw InvalidArrayIndexException.create(index);
        }
    }

    @ExportMessage
    boolean hasLanguage() {
        return true;
    }

    @ExportMessage
    Class<RiscvLanguage> getLanguage() {
        return RiscvLanguage.class;
    }

    @ExportMessage
    @TruffleBoundary
    Object toDisplayString(@SuppressWarnings("unused") boolean allowSideEffects) {
        return width.key() + " of " + memory.describe();
    }
}
