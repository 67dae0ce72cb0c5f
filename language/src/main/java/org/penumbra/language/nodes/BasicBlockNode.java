// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.ExplodeLoop;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.language.region.Terminator;

/// Guest instructions that are executed one after the other, and what ends them.
final class BasicBlockNode extends Node {
    @Children private final InstructionNode[] instructions;
    /// Asked by the region where to go, not executed.
    final Terminator terminator;
    /// Instructions retired by going through the block, the terminating one included.
    private final int retired;

    BasicBlockNode(InstructionNode[] instructions, Terminator terminator, int retired) {
        this.instructions = instructions;
        this.terminator = terminator;
        this.retired = retired;
    }

    @ExplodeLoop
    void execute(VirtualFrame frame) {
        for (InstructionNode instruction : instructions) {
            instruction.execute(frame);
        }
        frame.setLongStatic(Slots.REMAINING, frame.getLongStatic(Slots.REMAINING) - retired);
    }
}
