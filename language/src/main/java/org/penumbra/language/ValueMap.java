// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnknownKeyException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Read-only named values: numbers, strings and further maps, in insertion order. Languages with dictionaries see a
/// dictionary, those with objects an object.
@ExportLibrary(InteropLibrary.class)
final class ValueMap implements TruffleObject {
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Call> calls = new LinkedHashMap<>();

    @TruffleBoundary
    ValueMap put(String name, Object value) {
        values.put(name, value);
        return this;
    }

    /// A method, in addition to the values.
    interface Call {
        Object call(Object[] arguments) throws ArityException, UnsupportedTypeException;
    }

    ValueMap method(String name, Call call) {
        calls.put(name, call);
        return this;
    }

    /// This map's numbers minus those of another map with the same names; other values are kept.
    ValueMap minus(ValueMap other) {
        var result = new ValueMap();
        values.forEach((name, value) -> {
            Object before = other.get(name);
            result.put(name, value instanceof ValueMap map && before instanceof ValueMap earlier ? map.minus(earlier)
                    : value instanceof Double number && before instanceof Double earlier ? (Object) (number - earlier)
                    : value instanceof Number number && before instanceof Number earlier
                            ? number.longValue() - earlier.longValue()
                    : value);
        });
        return result;
    }

    Set<String> names() {
        return values.keySet();
    }

    /// The value with a name, or null.
    @TruffleBoundary
    Object get(String name) {
        return values.get(name);
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    @TruffleBoundary
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(values.keySet().toArray());
    }

    @ExportMessage
    @TruffleBoundary
    boolean isMemberReadable(String member) {
        return values.containsKey(member);
    }

    @ExportMessage
    @TruffleBoundary
    Object readMember(String member) throws UnknownIdentifierException {
        Object value = values.get(member);
        if (value == null) {
            throw UnknownIdentifierException.create(member);
        }
        return value;
    }

    @ExportMessage
    @TruffleBoundary
    boolean isMemberInvocable(String member) {
        return calls.containsKey(member);
    }

    @ExportMessage
    @TruffleBoundary
    Object invokeMember(String member, Object[] arguments)
            throws UnknownIdentifierException, ArityException, UnsupportedTypeException {
        Call call = calls.get(member);
        if (call == null) {
            throw UnknownIdentifierException.create(member);
        }
        return call.call(arguments);
    }

    /// As far as a caller can ask: see [MemberObject#isMemberModifiable].
    @ExportMessage
    @TruffleBoundary
    boolean isMemberModifiable(String member) {
        return values.containsKey(member);
    }

    @ExportMessage
    boolean isMemberInsertable(@SuppressWarnings("unused") String member) {
        return false;
    }

    @ExportMessage
    void writeMember(String member, @SuppressWarnings("unused") Object value) {
        throw refused(member);
    }

    @ExportMessage
    boolean hasHashEntries() {
        return true;
    }

    @ExportMessage
    @TruffleBoundary
    long getHashSize() {
        return values.size();
    }

    @ExportMessage
    @TruffleBoundary
    boolean isHashEntryReadable(Object key) {
        return values.containsKey(Arguments.textOrNull(key));
    }

    @ExportMessage
    @TruffleBoundary
    Object readHashValue(Object key) throws UnknownKeyException {
        Object value = values.get(Arguments.textOrNull(key));
        if (value == null) {
            throw UnknownKeyException.create(key);
        }
        return value;
    }

    @ExportMessage
    @TruffleBoundary
    boolean isHashEntryModifiable(Object key) {
        return values.containsKey(Arguments.textOrNull(key));
    }

    @ExportMessage
    boolean isHashEntryInsertable(@SuppressWarnings("unused") Object key) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    void writeHashEntry(Object key, @SuppressWarnings("unused") Object value) {
        throw refused(Arguments.textOrNull(key));
    }

    @ExportMessage
    @TruffleBoundary
    Object getHashEntriesIterator() {
        return new ValueIterator(values.entrySet().stream()
                .map(entry -> (Object) new ValueList(entry.getKey(), entry.getValue())).iterator());
    }

    @TruffleBoundary
    private static RiscvException refused(String name) {
        return new RiscvException("'" + name + "' is a value that was counted or found, and cannot be written",
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
        var text = new StringBuilder("{");
        values.forEach((name, value) -> text.append(text.length() > 1 ? ", " : "").append(name).append(": ")
                .append(InteropLibrary.getUncached().toDisplayString(value)));
        return text.append('}').toString();
    }
}
