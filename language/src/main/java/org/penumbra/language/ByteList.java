// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.InvalidBufferOffsetException;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A copy of bytes of a guest, read only: an array of unsigned bytes and a buffer.
@ExportLibrary(InteropLibrary.class)
final class ByteList implements TruffleObject {
    private final byte[] bytes;

    ByteList(byte[] bytes) {
        this.bytes = bytes;
    }

    @ExportMessage
    boolean hasArrayElements() {
        return true;
    }

    @ExportMessage
    long getArraySize() {
        return bytes.length;
    }

    @ExportMessage
    boolean isArrayElementReadable(long index) {
        return Bounds.contains(index, bytes.length);
    }

    @ExportMessage
    Object readArrayElement(long index) throws InvalidArrayIndexException {
        return bytes[Bounds.index(index, bytes.length)] & 0xff;
    }

    @ExportMessage
    boolean hasBufferElements() {
        return true;
    }

    @ExportMessage
    long getBufferSize() {
        return bytes.length;
    }

    @ExportMessage
    @TruffleBoundary
    void readBuffer(long offset, byte[] destination, int at, int length) throws InvalidBufferOffsetException {
        buffer(ByteOrder.LITTLE_ENDIAN, offset, length).get(destination, at, length);
    }

    @ExportMessage
    @TruffleBoundary
    byte readBufferByte(long offset) throws InvalidBufferOffsetException {
        return buffer(ByteOrder.LITTLE_ENDIAN, offset, Byte.BYTES).get();
    }

    @ExportMessage
    @TruffleBoundary
    short readBufferShort(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return buffer(order, offset, Short.BYTES).getShort();
    }

    @ExportMessage
    @TruffleBoundary
    int readBufferInt(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return buffer(order, offset, Integer.BYTES).getInt();
    }

    @ExportMessage
    @TruffleBoundary
    long readBufferLong(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return buffer(order, offset, Long.BYTES).getLong();
    }

    @ExportMessage
    @TruffleBoundary
    float readBufferFloat(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return buffer(order, offset, Float.BYTES).getFloat();
    }

    @ExportMessage
    @TruffleBoundary
    double readBufferDouble(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return buffer(order, offset, Double.BYTES).getDouble();
    }

    private ByteBuffer buffer(ByteOrder order, long offset, int length) throws InvalidBufferOffsetException {
        Bounds.range(offset, length, bytes.length);
        return ByteBuffer.wrap(bytes, (int) offset, length).slice().order(order);
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
        return bytes.length + " bytes";
    }
}
