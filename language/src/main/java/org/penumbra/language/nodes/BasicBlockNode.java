// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.ExplodeLoop;
import com.oracle.truffle.api.nodes.Node;

/// Guest instructions that are executed one after the other, and what ends them.
public final class BasicBlockNode extends Node {
    @Children private final InstructionNode[] instructions;
    @Child TerminatorNode terminator;
    /// Instructions retired by going through the block, the terminating one included.
    public final int retired;

    public BasicBlockNode(InstructionNode[] instructions, TerminatorNode terminator, int retired) {
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
