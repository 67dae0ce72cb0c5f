// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

/// How a run ended.
///
/// @param reason  why
/// @param status  the guest's exit status where it powered off
public record Outcome(Reason reason, int status) {
    public enum Reason {
        /// The guest switched the machine off.
        POWER_OFF,
        /// The guest reset the machine, which was configured not to restart.
        RESET,
        /// The instruction limit was reached.
        INSTRUCTION_LIMIT,
        /// The guest waits for an interrupt that cannot come.
        DEADLOCK,
        /// The first instruction of the guest's trap handler itself traps, forever.
        TRAP_LOOP
    }
}
