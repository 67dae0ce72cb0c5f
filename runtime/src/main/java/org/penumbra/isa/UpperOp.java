// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.ZFA;
import static org.penumbra.isa.Format.FLOAT_CONSTANT;

import org.penumbra.isa.fp.FloatConstant;

/// Operations whose result depends on the instruction and its place only: those on a 20-bit upper immediate, `op rd,
/// upper`, for which [Instruction#immediate()] is already shifted left by 12, and floating-point constants.
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
    },
    FLI_S(ZFA, FLOAT_CONSTANT, "1111000 00001 uimm[4:0] 000 rd 1010011") {
        @Override
        public long apply(long pc, long immediate) {
            return SINGLES[(int) immediate];
        }
    },
    FLI_D(ZFA, FLOAT_CONSTANT, "1111001 00001 uimm[4:0] 000 rd 1010011") {
        @Override
        public long apply(long pc, long immediate) {
            return DOUBLES[(int) immediate];
        }
    },
    FLI_H(ZFA, FLOAT_CONSTANT, "1111010 00001 uimm[4:0] 000 rd 1010011") {
        @Override
        public long apply(long pc, long immediate) {
            return HALVES[(int) immediate];
        }
    };

    // Tables, because the interpreter's loop has these methods inlined and must not call anything.
    private static final long[] SINGLES = FloatConstant.table(FloatConstant::ofSingle);
    private static final long[] DOUBLES = FloatConstant.table(FloatConstant::ofDouble);
    private static final long[] HALVES = FloatConstant.table(FloatConstant::ofHalf);

    private final Row row;

    UpperOp(String pattern) {
        this(Extension.RV_I, Format.UPPER, pattern);
    }

    UpperOp(Extension extension, Format format, String pattern) {
        row = Row.of(name(), extension, format, pattern);
    }

    /// Tells if rd is a float register.
    public boolean floating() {
        return row.format().writesFloat();
    }

    /// Value of rd for an instruction at `pc`.
    public abstract long apply(long pc, long immediate);

    @Override
    public Row row() {
        return row;
    }
}
