// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;

/// What ends a run of a script's machine before the guest ends: an address, a text on the console, an event, a number
/// of instructions, a function's result, or nothing.
///
/// @param address      where to stop before an instruction, or null
/// @param text         or null
/// @param event        its kind, or null
/// @param function     called every [#SLICE] instructions, or null
/// @param instructions from now on, `Long.MAX_VALUE` for never
record Until(Long address, TextPattern text, String event, Object function, long instructions) {
    /// Instructions between two calls of a function.
    static final long SLICE = 100_000;

    private static final InteropLibrary INTEROP = InteropLibrary.getUncached();

    /// @param value   what the script gave, or null
    /// @param limit   instructions at most
    /// @param symbols addresses by name
    static Until of(Object value, long limit, ValueMap symbols) {
        if (value == null) {
            return new Until(null, null, null, null, limit);
        }
        try {
            if (INTEROP.isNumber(value) || INTEROP.isString(value)) {
                return new Until(addressOf(value, symbols), null, null, null, limit);
            }
            if (INTEROP.isExecutable(value)) {
                return new Until(null, null, null, value, limit);
            }
            Object text = member(value, "text");
            Object event = member(value, "event");
            Object count = member(value, "instructions");
            if (text == null && event == null && count == null) {
                throw new RiscvException("until is an address, a symbol, a function, {text}, {event} or "
                        + "{instructions}, not "
                        + INTEROP.toDisplayString(value), RiscvException.USAGE);
            }
            return new Until(null, text == null ? null : new TextPattern(text), event == null ? null
                    : Arguments.text(event), null,
                    count == null ? limit : Math.min(limit, Arguments.number(count, 0, Long.MAX_VALUE)));
        } catch (InteropException e) {
            throw new RiscvException("until: " + e.getMessage(), RiscvException.USAGE);
        }
    }

    /// The address that a number or a text gives.
    static long addressOf(Object value, ValueMap symbols)
            throws UnsupportedTypeException, UnsupportedMessageException {
        return INTEROP.isNumber(value) ? Arguments.number(value) : AddressText.parse(Arguments.text(value), symbols);
    }

    private static Object member(Object object, String name) throws InteropException {
        if (INTEROP.isMemberReadable(object, name)) {
            return INTEROP.readMember(object, name);
        }
        return INTEROP.isHashEntryReadable(object, name) ? INTEROP.readHashValue(object, name) : null;
    }

    /// Whether the function requests the end of the run.
    boolean functionSaysSo() {
        try {
            Object answer = INTEROP.execute(function);
            return INTEROP.isBoolean(answer) ? INTEROP.asBoolean(answer)
                    : !INTEROP.isNull(answer) && !(INTEROP.isNumber(answer) && INTEROP.fitsInInt(answer)
                            && INTEROP.asInt(answer) == 0);
        } catch (InteropException e) {
            throw new RiscvException("until: " + e.getMessage(), RiscvException.USAGE);
        }
    }
}
