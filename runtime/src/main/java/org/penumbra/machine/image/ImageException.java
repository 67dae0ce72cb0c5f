// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

/// A guest image that cannot be used. The message is one line that names the file, the fault and what to do.
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    /// What kind of fault it is, for the exit status.
    public enum Reason {
        /// The file is not there or cannot be read.
        NO_SUCH_FILE,
        /// The file's contents are wrong.
        BAD_IMAGE,
        /// The contents are right but the machine has no RAM where they belong.
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

    /// File names may hold anything, so control characters are shown as `?`.
    private static String oneLine(String message) {
        return message.replaceAll("\\p{Cntrl}", "?");
    }
}
