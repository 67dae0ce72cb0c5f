// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

/// What a request ends in that cannot be carried out; the guest sees the number.
final class ShareException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /// @param errno one of [Errno], or of the host's
    ShareException(int errno) {
        super("errno " + errno, null, false, false);
        this.errno = errno;
    }

    int errno() {
        return errno;
    }
}
