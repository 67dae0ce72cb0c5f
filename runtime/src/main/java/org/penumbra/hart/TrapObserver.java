// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

/// Notified of every trap before the hart's state changes: pc and privilege are those of the interrupted instruction.
@FunctionalInterface
public interface TrapObserver {
    /// @param cause exception code, or interrupt number
    void trapTaken(boolean interrupt, int cause, long tval);
}
