// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

/// Unconditional jumps, which write the address of the following instruction to rd.
public enum JumpOp implements Operation {
    JAL(Format.JUMP, "imm[20|10:1|11|19:12] rd 1101111") {
        @Override
        public long target(long pc, long a, long immediate) {
            return pc + immediate;
        }
    },
    JALR(Format.JUMP_REGISTER, "imm[11:0] rs1 000 rd 1100111") {
        @Override
        public long target(long pc, long a, long immediate) {
            return a + immediate & ~1L;
        }
    };

    private final Row row;

    JumpOp(Format format, String pattern) {
        row = Row.of(name(), Extension.RV_I, format, pattern);
    }

    /// Address jumped to from `pc` for the value `a` of rs1, which only `jalr` has.
    public abstract long target(long pc, long a, long immediate);

    @Override
    public Row row() {
        return row;
    }
}
