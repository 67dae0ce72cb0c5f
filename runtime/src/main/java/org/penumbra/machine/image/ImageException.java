// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

/// A guest image that cannot be used. The message is one line that names the file, the fault and what to do.
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    /// The kind of fault, which determines the exit status.
    public enum Reason {
        /// The file does not exist or cannot be read.
        NO_SUCH_FILE,
        /// The file's contents are wrong.
        BAD_IMAGE,
        /// The contents are valid, but the machine has no RAM at their address.
        NO_MEMORY
    }

    private final Reason reason;

    public ImageException(Reason reason, String message) {
        super(oneLine(message));
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /// File names may contain anything, so control characters are shown as `?`.
    private static String oneLine(String message) {
        return message.replaceAll("\\p{Cntrl}", "?");
    }
}
