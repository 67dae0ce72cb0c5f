// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.nodes;

import com.oracle.truffle.api.CompilerDirectives.CompilationFinal;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.nodes.Node;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.JumpOp;

/// The end of a basic block: asked by the region where to go, not executed as an instruction.
public abstract sealed class TerminatorNode extends Node {
    /// A conditional branch.
    public static final class Branch extends TerminatorNode {
        private final BranchOp op;
        private final int rs1;
        private final int rs2;
        final double probability;
        final Edge taken;
        final Edge fallThrough;

        public Branch(BranchOp op, int rs1, int rs2, double probability, Edge taken, Edge fallThrough) {
            this.op = op;
            this.rs1 = rs1;
            this.rs2 = rs2;
            this.probability = probability;
            this.taken = taken;
            this.fallThrough = fallThrough;
        }

        boolean test(VirtualFrame frame) {
            return op.test(Slots.read(frame, rs1), Slots.read(frame, rs2));
        }
    }

    /// One successor: a direct jump, or code that merely goes on, in the region or outside.
    public static final class Jump extends TerminatorNode {
        final Edge target;

        public Jump(Edge target) {
            this.target = target;
        }
    }

    /// An indirect jump: to one of the blocks that such jumps are known to reach, or out of the region.
    public static final class Indirect extends TerminatorNode {
        private final int rd;
        private final int rs1;
        private final long offset;
        private final long link;
        @CompilationFinal(dimensions = 1) final long[] pcs;
        @CompilationFinal(dimensions = 1) final int[] blocks;

        public Indirect(int rd, int rs1, long offset, long link, long[] pcs, int[] blocks) {
            this.rd = rd;
            this.rs1 = rs1;
            this.offset = offset;
            this.link = link;
            this.pcs = pcs;
            this.blocks = blocks;
        }

        /// Leaves the target in its slot and writes the link register.
        void jump(VirtualFrame frame) {
            frame.setLongStatic(Slots.TARGET, JumpOp.JALR.target(0, Slots.read(frame, rs1), offset));
            Slots.write(frame, rd, link);
        }
    }
}
