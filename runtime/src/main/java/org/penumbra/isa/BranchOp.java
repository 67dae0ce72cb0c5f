// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

/// Conditional branches, `op rs1, rs2, target`; the immediate is relative to the pc of the branch.
public enum BranchOp implements Operation {
    BEQ("imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011") {
        @Override
        public boolean test(long a, long b) {
            return a == b;
        }
    },
    BNE("imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011") {
        @Override
        public boolean test(long a, long b) {
            return a != b;
        }
    },
    BLT("imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011") {
        @Override
        public boolean test(long a, long b) {
            return a < b;
        }
    },
    BGE("imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011") {
        @Override
        public boolean test(long a, long b) {
            return a >= b;
        }
    },
    BLTU("imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011") {
        @Override
        public boolean test(long a, long b) {
            return Long.compareUnsigned(a, b) < 0;
        }
    },
    BGEU("imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011") {
        @Override
        public boolean test(long a, long b) {
            return Long.compareUnsigned(a, b) >= 0;
        }
    };

    private final Row row;

    BranchOp(String pattern) {
        row = Row.of(name(), Extension.RV_I, Format.BRANCH, pattern);
    }

    /// Tells if the branch is taken for the values `a` of rs1 and `b` of rs2.
    public abstract boolean test(long a, long b);

    @Override
    public Row row() {
        return row;
    }
}
