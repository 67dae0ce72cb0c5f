// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.interop.UnsupportedTypeException;
import com.oracle.truffle.api.library.CachedLibrary;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;

/// A member of a machine to be called, for languages that read a member first and then execute it.
@ExportLibrary(InteropLibrary.class)
record MethodObject(MachineObject machine, String name) implements TruffleObject {
    @ExportMessage
    boolean isExecutable() {
        return true;
    }

    @ExportMessage
    Object execute(Object[] arguments, @CachedLibrary("this") InteropLibrary location)
            throws ArityException, UnsupportedTypeException {
        try {
            return machine.call(name, arguments, location);
        } catch (UnknownIdentifierException e) {
            throw new AssertionError(e);
        }
    }
}
