// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.debug;

/// The hart of a machine whose turn it is, as nodes execute it.
public interface Stepper {
    long pc();

    /// Executes one instruction; a trap is left pending.
    void step();

    /// Whether another one can follow before the machine has something else to do.
    boolean ready();

    /// Whether the code at the pc is what a function's text says, at an index of [Disassembly#find].
    boolean shown(Disassembly text, int index);

    /// The registers as a scope, whose parent are the CSRs.
    Object registers();
}
