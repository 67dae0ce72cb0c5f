// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.Instruction;

/// Any register–immediate or unary integer operation.
public final class ImmediateNode extends InstructionNode {
    private final ImmediateOp op;
    private final int rd;
    private final int rs1;
    private final long immediate;

    public ImmediateNode(ImmediateOp op, Instruction i) {
        this.op = op;
        this.rd = i.destination();
        this.rs1 = i.source1();
        this.immediate = i.immediate();
    }

    @Override
    public void execute(VirtualFrame frame) {
        Slots.write(frame, rd, op.apply(Slots.read(frame, rs1), immediate));
    }
}
