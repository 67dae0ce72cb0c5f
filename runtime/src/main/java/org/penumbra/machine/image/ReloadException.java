// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

/// A file that was loaded when the machine was built cannot be loaded again for a reset, because it has changed.
public final class ReloadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ReloadException(ImageException reason) {
        super(reason.getMessage(), reason);
    }

    @Override
    public synchronized ImageException getCause() {
        return (ImageException) super.getCause();
    }
}
