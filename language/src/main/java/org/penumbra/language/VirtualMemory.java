// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;

/// Memory at the addresses that a hart uses at its current privilege, accessed from outside: nothing is counted.
///
/// `load(address, size)` and `store(address, size, value)` take 1, 2, 4 or 8 bytes; `bytes(address, n)`,
/// `text(address)` and `write(address, bytes or text)` are as those of `memory`.
final class VirtualMemory extends MemberObject {
    private static final int MOST = 1 << 26;

    private final ScriptMachine machine;
    private final Hart hart;

    VirtualMemory(ScriptMachine machine, Hart hart) {
        this.machine = machine;
        this.hart = hart;
        method("load", (arguments, _) -> {
            Arguments.count(arguments, 2);
            int size = BusObject.size(arguments[1]);
            long value = load(Arguments.number(arguments[0]), size);
            return size == Long.BYTES ? (Object) new Unsigned(value) : value;
        });
        method("store", (arguments, _) -> {
            Arguments.count(arguments, 3);
            int size = BusObject.size(arguments[1]);
            long value = Arguments.number(arguments[2]);
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) (value >>> 8 * i);
            }
            write(Arguments.number(arguments[0]), bytes);
            return Nothing.INSTANCE;
        });
        method("bytes", (arguments, _) -> {
            Arguments.count(arguments, 2);
            return new ByteList(read(Arguments.number(arguments[0]), (int) Arguments.number(arguments[1], 0, MOST)));
        });
        method("text", (arguments, _) -> text(arguments));
        method("write", (arguments, _) -> {
            Arguments.count(arguments, 2);
            write(Arguments.number(arguments[0]), Arguments.bytes(arguments[1]));
            return Nothing.INSTANCE;
        });
    }

    @Override
    String describe() {
        return "virtual memory of hart " + hart.id();
    }

    private Object text(Object[] arguments)
            throws ArityException, UnsupportedTypeException, UnsupportedMessageException {
        Arguments.count(arguments, 1);
        long address = Arguments.number(arguments[0]);
        var bytes = new ByteArrayOutputStream();
        for (int b = (int) load(address, 1); b != 0 && bytes.size() < MOST; b = (int) load(++address, 1)) {
            bytes.write(b);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /// A little-endian number, zero-extended.
    long load(long address, int size) {
        byte[] bytes = read(address, size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (bytes[i] & 0xffL) << 8 * i;
        }
        return value;
    }

    private byte[] read(long address, int length) {
        byte[] bytes = new byte[length];
        inPages(address, length, (gpa, at, count) -> machine.machine().memory().read(gpa, bytes, at, count));
        return bytes;
    }

    private void write(long address, byte[] bytes) {
        inPages(address, bytes.length, (gpa, at, count) -> machine.machine().writeMemory(gpa, bytes, at, count));
        machine.run.changed();
    }

    /// An action on a part of a page.
    private interface Part {
        void done(long gpa, int at, int count);
    }

    private void inPages(long address, int length, Part part) {
        try (var _ = machine.run.hold()) {
            var walk = new TableWalk(machine.machine(), hart);
            for (int at = 0; at < length;) {
                long gva = address + at;
                int count = (int) Math.min(length - at, GuestMemory.PAGE_SIZE - (gva & GuestMemory.PAGE_OFFSET));
                long gpa = walk.translate(gva);
                if (gpa == -1 || !machine.machine().memory().contains(gpa, count)) {
                    throw new RiscvException("nothing is mapped at 0x" + Long.toHexString(gva), RiscvException.USAGE);
                }
                part.done(gpa, at, count);
                at += count;
            }
        }
    }
}
