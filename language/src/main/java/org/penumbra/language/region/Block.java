// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import java.util.List;
import org.penumbra.isa.Instruction;

/// Consecutive instructions, and what ends the block.
///
/// @param steps      at least one; the last may be the jump that the terminator represents
/// @param terminator where control goes afterwards
public record Block(List<Step> steps, Terminator terminator) {
    /// An instruction and its pc.
    public record Step(long pc, Instruction instruction) {
    }

    /// The guest pc of its first instruction.
    public long pc() {
        return steps.getFirst().pc();
    }
}
