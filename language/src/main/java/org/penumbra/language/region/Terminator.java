// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import com.oracle.truffle.api.CompilerDirectives.CompilationFinal;
import org.penumbra.isa.BranchOp;

/// How a basic block ends.
public sealed interface Terminator {
    /// A conditional branch.
    ///
    /// @param probability that it is taken, between 0 and 1
    record Branch(BranchOp op, int rs1, int rs2, double probability, Edge taken, Edge fallThrough)
            implements Terminator {
    }

    /// A single successor: a direct jump or fall-through, inside the region or outside.
    record Jump(Edge target) implements Terminator {
    }

    /// An indirect jump to `rs1 + offset`, which writes `link` to rd. It goes to one of the blocks known as targets of
    /// such jumps, or out of the region.
    ///
    /// @param pcs    where those blocks start, in ascending order
    /// @param blocks their indices
    record Indirect(int rd, int rs1, long offset, long link, @CompilationFinal(dimensions = 1) long[] pcs,
            @CompilationFinal(dimensions = 1) int[] blocks) implements Terminator {
    }
}
