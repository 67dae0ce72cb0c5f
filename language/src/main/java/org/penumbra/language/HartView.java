// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnknownKeyException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.List;
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
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(names().toArray());
    }

    private List<Object> names() {
        return hart.names().stream().filter(name -> isMemberReadable((String) name)).toList();
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

    @ExportMessage
    boolean hasHashEntries() {
        return true;
    }

    @ExportMessage
    @TruffleBoundary
    long getHashSize() {
        return names().size();
    }

    @ExportMessage
    @TruffleBoundary
    boolean isHashEntryReadable(Object key) {
        String name = Arguments.textOrNull(key);
        return name != null && isMemberReadable(name);
    }

    @ExportMessage
    @TruffleBoundary
    Object readHashValue(Object key) throws UnknownKeyException {
        try {
            return readMember(known(Arguments.textOrNull(key)));
        } catch (UnknownIdentifierException e) {
            throw UnknownKeyException.create(key);
        }
    }

    @ExportMessage
    @TruffleBoundary
    boolean isHashEntryModifiable(Object key) {
        return isHashEntryReadable(key);
    }

    @ExportMessage
    boolean isHashEntryInsertable(@SuppressWarnings("unused") Object key) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    void writeHashEntry(Object key, Object value) throws UnknownKeyException, UnsupportedTypeException,
            UnsupportedMessageException {
        try {
            writeMember(known(Arguments.textOrNull(key)), value);
        } catch (UnknownIdentifierException e) {
            throw UnknownKeyException.create(key);
        }
    }

    @ExportMessage
    @TruffleBoundary
    Object getHashEntriesIterator() {
        return new ValueIterator(names().stream().map(name -> {
            try {
                return (Object) new ValueList(name, readMember((String) name));
            } catch (UnknownIdentifierException e) {
                throw new AssertionError("asked before", e);
            }
        }).iterator());
    }

    private String known(String member) throws UnknownIdentifierException {
        if (member == null || !isMemberReadable(member)) {
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
