// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;

/// Checks of what other languages hand over.
final class Arguments {
    private Arguments() {
    }

    static void count(Object[] arguments, int expected) throws ArityException {
        if (arguments.length != expected) {
            throw ArityException.create(expected, expected, arguments.length);
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
            throw UnsupportedTypeException.create(new Object[] {value}, number + " is not from " + least + " to " + most);
        }
        return number;
    }
}
