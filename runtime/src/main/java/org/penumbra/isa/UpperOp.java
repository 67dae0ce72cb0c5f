// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

/// Operations on a 20-bit upper immediate, `op rd, upper`; [Instruction#immediate()] is already shifted left by 12.
public enum UpperOp implements Operation {
    LUI("imm[31:12] rd 0110111") {
        @Override
        public long apply(long pc, long immediate) {
            return immediate;
        }
    },
    AUIPC("imm[31:12] rd 0010111") {
        @Override
        public long apply(long pc, long immediate) {
            return pc + immediate;
        }
    };

    private final Row row;

    UpperOp(String pattern) {
        row = Row.of(name(), Extension.RV_I, Format.UPPER, pattern);
    }

    /// Value of rd for an instruction at `pc`.
    public abstract long apply(long pc, long immediate);

    @Override
    public Row row() {
        return row;
    }
}
