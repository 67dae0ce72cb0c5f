// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.StopIterationException;
import com.oracle.truffle.api.interop.TruffleObject;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import java.util.Iterator;

/// Interop values one after the other.
@ExportLibrary(InteropLibrary.class)
final class ValueIterator implements TruffleObject {
    private final Iterator<Object> values;

    ValueIterator(Iterator<Object> values) {
        this.values = values;
    }

    @ExportMessage
    boolean isIterator() {
        return true;
    }

    @ExportMessage
    @TruffleBoundary
    boolean hasIteratorNextElement() {
        return values.hasNext();
    }

    @ExportMessage
    @TruffleBoundary
    Object getIteratorNextElement() throws StopIterationException {
        if (!values.hasNext()) {
            throw StopIterationException.create();
        }
        return values.next();
    }
}
