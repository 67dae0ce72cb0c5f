// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// Notices a trap that leads to itself: one taken at the first instruction of its own handler. Twice in a row it changes
/// nothing any more on its hart: no instruction is retired and no interrupt enabled.
final class SelfTrap {
    /// The hart, and the instructions retired, at the last such trap.
    private Hart hart;
    private long instructions;

    void forget() {
        hart = null;
    }

    /// Takes the pending trap of a hart.
    ///
    /// @param retired instructions so far
    /// @return whether it will be taken again and again
    boolean take(Hart trapped, long retired) {
        long pc = trapped.pc;
        int privilege = trapped.privilege;
        trapped.takePendingTrap();
        if (trapped.pc != pc || trapped.privilege != privilege) {
            return false;
        }
        boolean again = hart == trapped && instructions == retired;
        hart = trapped;
        instructions = retired;
        return again;
    }

    /// Hands over its state, or takes it.
    ///
    /// @param harts of the machine
    void transfer(State state, Hart[] harts) {
        int id = state.number(hart == null ? -1 : hart.id());
        hart = id < 0 ? null : harts[id];
        instructions = state.number(instructions);
    }
}
