// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.InvalidBufferOffsetException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Checks of what other languages hand over.
final class Arguments {
    private Arguments() {
    }

    static void count(Object[] arguments, int expected) throws ArityException {
        count(arguments, expected, expected);
    }

    static void count(Object[] arguments, int least, int most) throws ArityException {
        if (arguments.length < least || arguments.length > most) {
            throw ArityException.create(least, most, arguments.length);
        }
    }

    /// A 64-bit number, signed or unsigned.
    static long number(Object value) throws UnsupportedTypeException {
        InteropLibrary interop = InteropLibrary.getUncached();
        try {
            if (interop.fitsInLong(value)) {
                return interop.asLong(value);
            }
            if (interop.fitsInBigInteger(value)) {
                var big = interop.asBigInteger(value);
                if (big.signum() > 0 && big.bitLength() == Long.SIZE) {
                    return big.longValue();
                }
            }
        } catch (UnsupportedMessageException e) {
            throw new AssertionError("asked before", e);
        }
        throw UnsupportedTypeException.create(new Object[] {value}, "not a number of 64 bits");
    }

    /// A number from `least` to `most`.
    static long number(Object value, long least, long most) throws UnsupportedTypeException {
        long number = number(value);
        if (number < least || number > most) {
            throw UnsupportedTypeException.create(new Object[] {value},
                    number + " is not from " + least + " to " + most);
        }
        return number;
    }

    /// @return null for what is no text
    static String textOrNull(Object value) {
        InteropLibrary interop = InteropLibrary.getUncached();
        try {
            return interop.isString(value) ? interop.asString(value) : null;
        } catch (UnsupportedMessageException e) {
            throw new AssertionError("asked before", e);
        }
    }

    static String text(Object value) throws UnsupportedTypeException {
        String text = textOrNull(value);
        if (text == null) {
            throw UnsupportedTypeException.create(new Object[] {value}, "not a text");
        }
        return text;
    }

    /// The number that a text such as `0xffffffff80000000` gives.
    static long hex(Object value) throws UnsupportedTypeException {
        String text = text(value);
        try {
            return Long.parseUnsignedLong(text.startsWith("0x") ? text.substring(2) : text, 16);
        } catch (NumberFormatException e) {
            throw UnsupportedTypeException.create(new Object[] {value},
                    "'" + text + "' is not a number such as 0x80000000");
        }
    }

    /// The UTF-8 of a text, or the elements of a buffer or an array of numbers.
    static byte[] bytes(Object value) throws UnsupportedTypeException, UnsupportedMessageException {
        InteropLibrary interop = InteropLibrary.getUncached();
        if (interop.isString(value)) {
            return interop.asString(value).getBytes(StandardCharsets.UTF_8);
        }
        try {
            if (interop.hasBufferElements(value)) {
                byte[] bytes = new byte[Math.toIntExact(interop.getBufferSize(value))];
                interop.readBuffer(value, 0, bytes, 0, bytes.length);
                return bytes;
            }
            if (interop.hasArrayElements(value)) {
                byte[] bytes = new byte[Math.toIntExact(interop.getArraySize(value))];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) number(interop.readArrayElement(value, i), Byte.MIN_VALUE, 0xff);
                }
                return bytes;
            }
        } catch (InvalidBufferOffsetException | InvalidArrayIndexException | ArithmeticException e) {
            throw UnsupportedTypeException.create(new Object[] {value}, "too many bytes");
        }
        throw UnsupportedTypeException.create(new Object[] {value}, "neither a text nor bytes");
    }

    /// A text, or the elements of an array of texts.
    static List<String> texts(Object value) throws UnsupportedTypeException {
        InteropLibrary interop = InteropLibrary.getUncached();
        if (interop.isString(value)) {
            return List.of(text(value));
        }
        var texts = new ArrayList<String>();
        try {
            for (long i = 0; i < interop.getArraySize(value); i++) {
                texts.add(text(interop.readArrayElement(value, i)));
            }
        } catch (UnsupportedMessageException | InvalidArrayIndexException e) {
            throw UnsupportedTypeException.create(new Object[] {value}, "neither a text nor texts");
        }
        return texts;
    }
}
