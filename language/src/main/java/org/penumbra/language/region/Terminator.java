// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import com.oracle.truffle.api.CompilerDirectives.CompilationFinal;
import org.penumbra.isa.BranchOp;

/// How a basic block ends.
public sealed interface Terminator {
    /// A conditional branch.
    ///
    /// @param probability of its being taken, between 0 and 1
    record Branch(BranchOp op, int rs1, int rs2, double probability, Edge taken, Edge fallThrough)
            implements Terminator {
    }

    /// One successor: a direct jump, or code that merely goes on, in the region or outside.
    record Jump(Edge target) implements Terminator {
    }

    /// An indirect jump to `rs1 + offset`, which leaves `link` in rd: to one of the blocks that such jumps are known to
    /// reach, or out of the region.
    ///
    /// @param pcs    where those blocks start, in ascending order
    /// @param blocks their indices
    record Indirect(int rd, int rs1, long offset, long link, @CompilationFinal(dimensions = 1) long[] pcs,
            @CompilationFinal(dimensions = 1) int[] blocks) implements Terminator {
    }
}
