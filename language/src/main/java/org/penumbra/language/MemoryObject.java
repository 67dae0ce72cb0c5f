// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.InvalidBufferOffsetException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.penumbra.machine.Machine;
import org.penumbra.machine.image.Image;

/// The guest's RAM as a buffer and as an array of unsigned bytes: offset 0 is the first byte of RAM, whose
/// guest-physical address is the member `base`.
///
/// `u8` to `u64` and `i8` to `i64` are arrays of wider elements, little-endian, indexed by the offset of their first
/// byte; `bytes(offset, n)` is a copy; `text(offset)` a string up to its zero byte; `write(offset, bytes or text)`;
/// `find(bytes or text, from)` the next offset that holds them, or null.
///
/// Nothing beyond RAM can be reached. What is written takes effect on code and translations at once.
@ExportLibrary(InteropLibrary.class)
final class MemoryObject extends MemberObject {
    /// Bytes that [#find] looks through at a time.
    private static final int CHUNK = 1 << 20;

    private final MachineRun run;
    private final Machine machine;

    MemoryObject(MachineRun run) {
        this.run = run;
        this.machine = run.machine();
        property("base", () -> machine.memory().base());
        property("size", this::getBufferSize);
        for (MemoryView.Width width : MemoryView.Width.values()) {
            var view = new MemoryView(this, width);
            property(width.key(), () -> view);
        }
        method("find", (arguments, _) -> find(arguments));
        method("text", (arguments, _) -> text(arguments));
        method("bytes", (arguments, _) -> bytes(arguments));
        method("write", (arguments, _) -> write(arguments));
    }

    /// The offset of the first place from `from` on that holds some bytes, or null.
    private Object find(Object[] arguments) throws ArityException, UnsupportedTypeException,
            UnsupportedMessageException {
        Arguments.count(arguments, 1, 2);
        byte[] wanted = Arguments.bytes(arguments[0]);
        long at = arguments.length > 1 ? Arguments.number(arguments[1], 0, getBufferSize()) : 0;
        if (wanted.length == 0 || wanted.length > CHUNK) {
            throw new RiscvException("find wants 1 to " + CHUNK + " bytes", RiscvException.USAGE);
        }
        byte[] chunk = new byte[2 * CHUNK];
        for (; at < getBufferSize(); at += CHUNK) {
            int length = (int) Math.min(getBufferSize() - at, CHUNK + wanted.length - 1);
            run.readMemory(at, chunk, 0, length);
            for (int i = 0; i + wanted.length <= length; i++) {
                if (chunk[i] == wanted[0] && Arrays.equals(chunk, i, i + wanted.length, wanted, 0, wanted.length)) {
                    return at + i;
                }
            }
        }
        return Nothing.INSTANCE;
    }

    /// The text at an offset up to a zero byte, or of so many bytes.
    private Object text(Object[] arguments) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 1, 2);
        long at = Arguments.number(arguments[0], 0, getBufferSize());
        int most = (int) Math.min(getBufferSize() - at, arguments.length > 1 ? Arguments.number(arguments[1], 0, CHUNK)
                : CHUNK);
        byte[] bytes = new byte[most];
        run.readMemory(at, bytes, 0, most);
        int length = 0;
        while (length < most && (arguments.length > 1 || bytes[length] != 0)) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private Object bytes(Object[] arguments) throws ArityException, UnsupportedTypeException {
        Arguments.count(arguments, 2);
        long at = Arguments.number(arguments[0], 0, getBufferSize());
        byte[] bytes = new byte[(int) Arguments.number(arguments[1], 0,
                Math.min(getBufferSize() - at, Image.LARGEST_FILE))];
        run.readMemory(at, bytes, 0, bytes.length);
        return new ByteList(bytes);
    }

    private Object write(Object[] arguments) throws ArityException, UnsupportedTypeException,
            UnsupportedMessageException {
        Arguments.count(arguments, 2);
        byte[] bytes = Arguments.bytes(arguments[1]);
        long at = Arguments.number(arguments[0], 0, getBufferSize() - bytes.length);
        run.writeMemory(at, bytes);
        return Nothing.INSTANCE;
    }

    @Override
    String describe() {
        return "RAM of " + getBufferSize() + " bytes at 0x" + Long.toHexString(machine.memory().base());
    }

    @ExportMessage
    boolean hasArrayElements() {
        return true;
    }

    @ExportMessage
    long getArraySize() {
        return getBufferSize();
    }

    @ExportMessage
    boolean isArrayElementReadable(long index) {
        return Bounds.contains(index, getBufferSize());
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
    Object readArrayElement(long index) throws InvalidArrayIndexException {
        try {
            return readBufferByte(index) & 0xff;
        } catch (InvalidBufferOffsetException e) {
            throw InvalidArrayIndexException.create(index);
        }
    }

    @ExportMessage
    @TruffleBoundary
    void writeArrayElement(long index, Object value) throws InvalidArrayIndexException, UnsupportedTypeException {
        try {
            writeBufferByte(index, (byte) Arguments.number(value, Byte.MIN_VALUE, 0xff));
        } catch (InvalidBufferOffsetException e) {
            throw InvalidArrayIndexException.create(index);
        }
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
    void readBuffer(long offset, byte[] destination, int destinationOffset, int length)
            throws InvalidBufferOffsetException {
        Bounds.range(offset, length, getBufferSize());
        run.readMemory(offset, destination, destinationOffset, length);
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
        Bounds.range(offset, bytes.capacity(), getBufferSize());
        run.writeMemory(offset, bytes.array());
    }

    private static ByteBuffer buffer(ByteOrder order, int length) {
        return ByteBuffer.allocate(length).order(order);
    }
}
