// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidBufferOffsetException;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.machine.Machine;

/// The guest's RAM as a buffer: offset 0 is the first byte of RAM, whose guest-physical address is the member `base`.
///
/// Nothing beyond RAM can be reached. What is written takes effect on code and translations at once.
@ExportLibrary(InteropLibrary.class)
final class MemoryObject implements TruffleObject {
    private static final String BASE = "base";

    private final Machine machine;

    MemoryObject(Machine machine) {
        this.machine = machine;
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(BASE);
    }

    @ExportMessage
    boolean isMemberReadable(String member) {
        return BASE.equals(member);
    }

    @ExportMessage
    Object readMember(String member) throws UnknownIdentifierException {
        if (BASE.equals(member)) {
            return machine.memory().base();
        }
        throw UnknownIdentifierException.create(member);
    }

    @ExportMessage
    boolean hasBufferElements() {
        return true;
    }

    @ExportMessage
    boolean isBufferWritable() {
        return true;
    }

    @ExportMessage
    long getBufferSize() {
        return machine.memory().size();
    }

    @ExportMessage
    @TruffleBoundary
    void readBuffer(long offset, byte[] destination, int destinationOffset, int length) throws InvalidBufferOffsetException {
        check(offset, length);
        machine.memory().read(machine.memory().base() + offset, destination, destinationOffset, length);
    }

    @ExportMessage
    byte readBufferByte(long offset) throws InvalidBufferOffsetException {
        return read(ByteOrder.LITTLE_ENDIAN, offset, Byte.BYTES).get();
    }

    @ExportMessage
    short readBufferShort(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return read(order, offset, Short.BYTES).getShort();
    }

    @ExportMessage
    int readBufferInt(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return read(order, offset, Integer.BYTES).getInt();
    }

    @ExportMessage
    long readBufferLong(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return read(order, offset, Long.BYTES).getLong();
    }

    @ExportMessage
    float readBufferFloat(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return read(order, offset, Float.BYTES).getFloat();
    }

    @ExportMessage
    double readBufferDouble(ByteOrder order, long offset) throws InvalidBufferOffsetException {
        return read(order, offset, Double.BYTES).getDouble();
    }

    @ExportMessage
    void writeBufferByte(long offset, byte value) throws InvalidBufferOffsetException {
        write(offset, buffer(ByteOrder.LITTLE_ENDIAN, Byte.BYTES).put(value));
    }

    @ExportMessage
    void writeBufferShort(ByteOrder order, long offset, short value) throws InvalidBufferOffsetException {
        write(offset, buffer(order, Short.BYTES).putShort(value));
    }

    @ExportMessage
    void writeBufferInt(ByteOrder order, long offset, int value) throws InvalidBufferOffsetException {
        write(offset, buffer(order, Integer.BYTES).putInt(value));
    }

    @ExportMessage
    void writeBufferLong(ByteOrder order, long offset, long value) throws InvalidBufferOffsetException {
        write(offset, buffer(order, Long.BYTES).putLong(value));
    }

    @ExportMessage
    void writeBufferFloat(ByteOrder order, long offset, float value) throws InvalidBufferOffsetException {
        write(offset, buffer(order, Float.BYTES).putFloat(value));
    }

    @ExportMessage
    void writeBufferDouble(ByteOrder order, long offset, double value) throws InvalidBufferOffsetException {
        write(offset, buffer(order, Double.BYTES).putDouble(value));
    }

    @TruffleBoundary
    private ByteBuffer read(ByteOrder order, long offset, int length) throws InvalidBufferOffsetException {
        ByteBuffer bytes = buffer(order, length);
        readBuffer(offset, bytes.array(), 0, length);
        return bytes;
    }

    @TruffleBoundary
    private void write(long offset, ByteBuffer bytes) throws InvalidBufferOffsetException {
        check(offset, bytes.capacity());
        machine.writeMemory(machine.memory().base() + offset, bytes.array(), 0, bytes.capacity());
    }

    private static ByteBuffer buffer(ByteOrder order, int length) {
        return ByteBuffer.allocate(length).order(order);
    }

    private void check(long offset, int length) throws InvalidBufferOffsetException {
        if (length < 0 || offset < 0 || offset > getBufferSize() - length) {
            throw InvalidBufferOffsetException.create(offset, length);
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
        return "RAM of " + getBufferSize() + " bytes at 0x" + Long.toHexString(machine.memory().base());
    }
}
