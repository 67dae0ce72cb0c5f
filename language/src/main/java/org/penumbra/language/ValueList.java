// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.StringJoiner;

/// Interop values as an array that is read only.
@ExportLibrary(InteropLibrary.class)
final class ValueList implements TruffleObject {
    private final Object[] values;

    ValueList(Object... values) {
        this.values = values;
    }

    @ExportMessage
    boolean hasArrayElements() {
        return true;
    }

    @ExportMessage
    long getArraySize() {
        return values.length;
    }

    @ExportMessage
    boolean isArrayElementReadable(long index) {
        return Bounds.contains(index, values.length);
    }

    @ExportMessage
    Object readArrayElement(long index) throws InvalidArrayIndexException {
        return values[Bounds.index(index, values.length)];
    }

    /// As far as a caller can ask: see [MemberObject#isMemberModifiable].
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
    void writeArrayElement(long index, @SuppressWarnings("unused") Object value) throws InvalidArrayIndexException {
        throw new RiscvException("element " + Bounds.index(index, values.length) + " of a list that cannot be written",
                RiscvException.USAGE);
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
        var text = new StringJoiner(", ", "[", "]");
        for (Object value : values) {
            text.add(InteropLibrary.getUncached().toDisplayString(value).toString());
        }
        return text.toString();
    }
}
