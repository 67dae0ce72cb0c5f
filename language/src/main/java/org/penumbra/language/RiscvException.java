// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.exception.AbstractTruffleException;
import com.oracle.truffle.api.interop.InteropLibrary;
import com.oracle.truffle.api.interop.UnknownIdentifierException;
import com.oracle.truffle.api.library.ExportLibrary;
import com.oracle.truffle.api.library.ExportMessage;
import com.oracle.truffle.api.nodes.EncapsulatingNodeReference;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.machine.image.ImageException;

/// An error of a machine, in one line; the member `exitStatus` is the status a command should end with.
@ExportLibrary(InteropLibrary.class)
final class RiscvException extends AbstractTruffleException {
    static final int USAGE = 64;
    static final int BAD_IMAGE = 65;
    static final int NO_SUCH_FILE = 66;
    static final int GUEST_RESET = 71;
    static final int CANNOT_WRITE = 73;
    static final int LIMIT = 75;

    private static final long serialVersionUID = 1;
    private static final String EXIT_STATUS = "exitStatus";

    private final int exitStatus;

    RiscvException(String message, int exitStatus) {
        super(message);
        this.exitStatus = exitStatus;
    }

    RiscvException(String message, int exitStatus, Throwable cause) {
        this(message, exitStatus, cause, null);
    }

    /// @param place where in the guest, or null
    RiscvException(String message, int exitStatus, Node place) {
        this(message, exitStatus, null, place);
    }

    /// The same error, located at a place in a script.
    ///
    /// @param library interop library of the call that failed
    RiscvException at(Node library) {
        if (getLocation() != null) {
            return this;
        }
        Node place = library != null && library.isAdoptable() ? library : EncapsulatingNodeReference.getCurrent().get();
        return new RiscvException(getMessage(), exitStatus, getCause(), place);
    }

    private RiscvException(String message, int exitStatus, Throwable cause, Node place) {
        super(message, cause, UNLIMITED_STACK_TRACE, place);
        this.exitStatus = exitStatus;
    }

    static RiscvException of(ImageException e) {
        return new RiscvException(e.getMessage(), e.reason() == ImageException.Reason.NO_SUCH_FILE ? NO_SUCH_FILE
                : BAD_IMAGE);
    }

    @ExportMessage
    boolean hasMembers() {
        return true;
    }

    @ExportMessage
    Object getMembers(@SuppressWarnings("unused") boolean includeInternal) {
        return new ValueList(EXIT_STATUS);
    }

    @ExportMessage
    boolean isMemberReadable(String member) {
        return EXIT_STATUS.equals(member);
    }

    @ExportMessage
    Object readMember(String member) throws UnknownIdentifierException {
        if (EXIT_STATUS.equals(member)) {
            return exitStatus;
        }
        throw UnknownIdentifierException.create(member);
    }
}
