// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// What the host's user types.
public interface ConsoleInput {
    boolean hasInput();

    /// The next byte, or -1.
    int take();
}
