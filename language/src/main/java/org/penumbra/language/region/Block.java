// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import java.util.List;
import org.penumbra.isa.Instruction;

/// Instructions that are executed one after the other, and what ends them.
///
/// @param steps      at least one; the last may be the jump that the terminator stands for
/// @param terminator where control goes afterwards
public record Block(List<Step> steps, Terminator terminator) {
    /// An instruction at its place.
    public record Step(long pc, Instruction instruction) {
    }

    /// The guest's pc at its first instruction.
    public long pc() {
        return steps.getFirst().pc();
    }
}
