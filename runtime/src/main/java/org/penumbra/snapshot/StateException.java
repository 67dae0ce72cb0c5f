// SPDX-License-Identifier: Apache-2.0
package org.penumbra.snapshot;

/// A snapshot that is damaged or of another machine; the message says in a few words what was found.
public final class StateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StateException(String message) {
        super(message, null, false, false);
    }
}
