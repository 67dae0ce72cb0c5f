// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.frame.VirtualFrame;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.RegisterOp;

/// Any register–register operation.
public final class RegisterNode extends InstructionNode {
    private final RegisterOp op;
    private final int rd;
    private final int rs1;
    private final int rs2;

    public RegisterNode(RegisterOp op, Instruction i) {
        this.op = op;
        this.rd = i.destination();
        this.rs1 = i.source1();
        this.rs2 = i.source2();
    }

    @Override
    public void execute(VirtualFrame frame) {
        Slots.write(frame, rd, op.apply(Slots.read(frame, rs1), Slots.read(frame, rs2)));
    }
}
