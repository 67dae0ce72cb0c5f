// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnsupportedMessageException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.CachedLibrary;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import com.oracle.truffle.api.nodes.Node;
import java.util.LinkedHashMap;
import java.util.Map;

/// An object with properties and methods for scripts; the subclass fills the table of members.
///
/// Properties are read-only; writing one is an error.
@ExportLibrary(InteropLibrary.class)
abstract class MemberObject implements TruffleObject {
    private final Map<String, Object> members = new LinkedHashMap<>();

    /// Computes a property's value on each read.
    @FunctionalInterface
    interface Property {
        Object get() throws UnsupportedMessageException;
    }

    /// Executes a method.
    @FunctionalInterface
    interface Method {
        /// @param location of the caller, where guest code can be stopped
        Object call(Object[] arguments, Node location)
                throws UnsupportedTypeException, ArityException, UnsupportedMessageException;
    }

    final void property(String name, Property property) {
        members.put(name, property);
    }

    final void method(String name, Method method) {
        members.put(name, method);
    }

    /// Description for messages.
    abstract String describe();

    @ExportMessage
    final boolean hasMembers() {
        return true;
    }

    @ExportMessage
    @TruffleBoundary
    final Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(members.keySet().toArray());
    }

    @ExportMessage
    @TruffleBoundary
    final boolean isMemberReadable(String member) {
        return members.containsKey(member);
    }

    @ExportMessage
    @TruffleBoundary
    final Object readMember(String member) throws UnknownIdentifierException, UnsupportedMessageException {
        return switch (members.get(member)) {
            case Property property -> property.get();
            case Method method -> new MethodObject(this, member, method);
            case null, default -> throw UnknownIdentifierException.create(member);
        };
    }

    @ExportMessage
    @TruffleBoundary
    final boolean isMemberInvocable(String member) {
        return members.get(member) instanceof Method;
    }

    @ExportMessage
    @TruffleBoundary
    final Object invokeMember(String member, Object[] arguments, @CachedLibrary("this") InteropLibrary location)
            throws UnknownIdentifierException, ArityException, UnsupportedTypeException, UnsupportedMessageException {
        if (members.get(member) instanceof Method method) {
            return call(method, arguments, location);
        }
        throw UnknownIdentifierException.create(member);
    }

    private static Object call(Method method, Object[] arguments, Node location)
            throws ArityException, UnsupportedTypeException, UnsupportedMessageException {
        try {
            return method.call(arguments, location);
        } catch (RiscvException e) {
            throw e.at(location);
        }
    }

    /// Reported as writable so that a write can explain why it is refused: languages silently drop writes to members
    /// reported as read-only.
    @ExportMessage
    @TruffleBoundary
    final boolean isMemberModifiable(String member) {
        return members.get(member) instanceof Property;
    }

    @ExportMessage
    final boolean isMemberInsertable(@SuppressWarnings("unused") String member) {
        return false;
    }

    @ExportMessage
    @TruffleBoundary
    final void writeMember(String member, @SuppressWarnings("unused") Object value) throws UnknownIdentifierException {
        if (!members.containsKey(member)) {
            throw UnknownIdentifierException.create(member);
        }
        throw new RiscvException("'" + member + "' of " + describe() + " cannot be written", RiscvException.USAGE);
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
        return describe();
    }

    /// A method by itself, for languages that read a member first and then execute it.
    @ExportLibrary(InteropLibrary.class)
    record MethodObject(MemberObject owner, String name, Method method) implements TruffleObject {
        @ExportMessage
        boolean isExecutable() {
            return true;
        }

        @ExportMessage
        @TruffleBoundary
        Object execute(Object[] arguments, @CachedLibrary("this") InteropLibrary location)
                throws ArityException, UnsupportedTypeException, UnsupportedMessageException {
            return MemberObject.call(method, arguments, location);
        }

        @ExportMessage
        @TruffleBoundary
        Object toDisplayString(@SuppressWarnings("unused") boolean allowSideEffects) {
            return name + " of " + owner.describe();
        }
    }
}
