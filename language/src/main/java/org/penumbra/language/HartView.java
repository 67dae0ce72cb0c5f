// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.ArrayList;
import java.util.Locale;

/// A hart's registers and CSRs in another form than signed numbers.
@ExportLibrary(InteropLibrary.class)
record HartView(HartObject hart, Form form) implements TruffleObject {
    /// How 64 bits are shown.
    enum Form {
        /// As an [Unsigned].
        UNSIGNED,
        /// As text such as `0x80000000`.
        HEX,
        /// As a double-precision number; float registers only.
        DOUBLES;

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    @TruffleBoundary
    Object getMembers(boolean includeInternal) throws UnsupportedMessageException {
        InteropLibrary interop = InteropLibrary.getUncached();
        Object all = hart.getMembers(includeInternal);
        var names = new ArrayList<Object>();
        try {
            for (long i = 0; i < interop.getArraySize(all); i++) {
                Object name = interop.readArrayElement(all, i);
                if (isMemberReadable((String) name)) {
                    names.add(name);
                }
            }
        } catch (InvalidArrayIndexException e) {
            throw new AssertionError(e);
        }
        return new ValueList(names.toArray());
    }

    @ExportMessage
    @TruffleBoundary
    boolean isMemberReadable(String member) {
        return form == Form.DOUBLES ? hart.isFloat(member) : hart.isMemberReadable(member);
    }

    @ExportMessage
    @TruffleBoundary
    Object readMember(String member) throws UnknownIdentifierException {
        long bits = hart.read(known(member));
        return switch (form) {
            case UNSIGNED -> new Unsigned(bits);
            case HEX -> "0x" + Long.toHexString(bits);
            case DOUBLES -> Double.longBitsToDouble(bits);
        };
    }

    @ExportMessage
    @TruffleBoundary
    boolean isMemberModifiable(String member) {
        return isMemberReadable(member);
    }

    @ExportMessage
    boolean isMemberInsertable(@SuppressWarnings("unused") String member) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    void writeMember(String member, Object value) throws UnknownIdentifierException, UnsupportedTypeException,
            UnsupportedMessageException {
        hart.writeMember(known(member), switch (form) {
            case UNSIGNED -> value;
            case HEX -> Arguments.hex(value);
            case DOUBLES -> Double.doubleToRawLongBits(InteropLibrary.getUncached().asDouble(value));
        });
    }

    private String known(String member) throws UnknownIdentifierException {
        if (!isMemberReadable(member)) {
            throw UnknownIdentifierException.create(member);
        }
        return member;
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
    Object toDisplayString(boolean allowSideEffects) {
        return form.key() + " of " + hart.toDisplayString(allowSideEffects);
    }
}
