// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.ExplodeLoop;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.language.region.Terminator;

/// Consecutive guest instructions and the instruction that ends the block.
final class BasicBlockNode extends Node {
    @Children private final InstructionNode[] instructions;
    /// Not executed: the region asks it for the successor.
    final Terminator terminator;
    /// Instructions retired by executing the block, including the terminating one.
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
