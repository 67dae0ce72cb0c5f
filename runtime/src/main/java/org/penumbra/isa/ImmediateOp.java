// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_I;
import static org.penumbra.isa.Extension.ZBA;
import static org.penumbra.isa.Extension.ZBB;
import static org.penumbra.isa.Extension.ZBS;
import static org.penumbra.isa.Extension.ZIMOP;
import static org.penumbra.isa.Format.IMMEDIATE;
import static org.penumbra.isa.Format.NUMBERED_UNARY;
import static org.penumbra.isa.Format.SHIFT;
import static org.penumbra.isa.Format.UNARY;

/// Operations on an integer register and an immediate, `op rd, rs1, imm`, or on the register alone.
///
/// The hints of Zicbop (prefetch) are encoded as `ori` to x0 and need no rows.
public enum ImmediateOp implements Operation {
    ADDI(RV_I, IMMEDIATE, "imm[11:0] rs1 000 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.ADD.apply(a, immediate);
        }
    },
    SLTI(RV_I, IMMEDIATE, "imm[11:0] rs1 010 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SLT.apply(a, immediate);
        }
    },
    SLTIU(RV_I, IMMEDIATE, "imm[11:0] rs1 011 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SLTU.apply(a, immediate);
        }
    },
    XORI(RV_I, IMMEDIATE, "imm[11:0] rs1 100 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.XOR.apply(a, immediate);
        }
    },
    ORI(RV_I, IMMEDIATE, "imm[11:0] rs1 110 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.OR.apply(a, immediate);
        }
    },
    ANDI(RV_I, IMMEDIATE, "imm[11:0] rs1 111 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.AND.apply(a, immediate);
        }
    },
    SLLI(RV_I, SHIFT, "000000 shamt[5:0] rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SLL.apply(a, immediate);
        }
    },
    SRLI(RV_I, SHIFT, "000000 shamt[5:0] rs1 101 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SRL.apply(a, immediate);
        }
    },
    SRAI(RV_I, SHIFT, "010000 shamt[5:0] rs1 101 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SRA.apply(a, immediate);
        }
    },
    ADDIW(RV_I, IMMEDIATE, "imm[11:0] rs1 000 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.ADDW.apply(a, immediate);
        }
    },
    SLLIW(RV_I, SHIFT, "0000000 shamt[4:0] rs1 001 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SLLW.apply(a, immediate);
        }
    },
    SRLIW(RV_I, SHIFT, "0000000 shamt[4:0] rs1 101 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SRLW.apply(a, immediate);
        }
    },
    SRAIW(RV_I, SHIFT, "0100000 shamt[4:0] rs1 101 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.SRAW.apply(a, immediate);
        }
    },
    SLLI_UW(ZBA, SHIFT, "000010 shamt[5:0] rs1 001 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return (a & 0xffff_ffffL) << immediate;
        }
    },
    CLZ(ZBB, UNARY, "011000000000 rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return Long.numberOfLeadingZeros(a);
        }
    },
    CTZ(ZBB, UNARY, "011000000001 rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return Long.numberOfTrailingZeros(a);
        }
    },
    CPOP(ZBB, UNARY, "011000000010 rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return Long.bitCount(a);
        }
    },
    SEXT_B(ZBB, UNARY, "011000000100 rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return (byte) a;
        }
    },
    SEXT_H(ZBB, UNARY, "011000000101 rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return (short) a;
        }
    },
    CLZW(ZBB, UNARY, "011000000000 rs1 001 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return Integer.numberOfLeadingZeros((int) a);
        }
    },
    CTZW(ZBB, UNARY, "011000000001 rs1 001 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return Integer.numberOfTrailingZeros((int) a);
        }
    },
    CPOPW(ZBB, UNARY, "011000000010 rs1 001 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return Integer.bitCount((int) a);
        }
    },
    ZEXT_H(ZBB, UNARY, "000010000000 rs1 100 rd 0111011") {
        @Override
        public long apply(long a, long immediate) {
            return a & 0xffff;
        }
    },
    REV8(ZBB, UNARY, "011010111000 rs1 101 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return Long.reverseBytes(a);
        }
    },
    /// Every byte that is not zero becomes 0xff: adding 0x7f to its low 7 bits carries into bit 7 unless they are zero.
    ORC_B(ZBB, UNARY, "001010000111 rs1 101 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            long carries = (a & 0x7f7f_7f7f_7f7f_7f7fL) + 0x7f7f_7f7f_7f7f_7f7fL;
            return ((carries | a) >>> 7 & 0x0101_0101_0101_0101L) * 0xff;
        }
    },
    RORI(ZBB, SHIFT, "011000 shamt[5:0] rs1 101 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.ROR.apply(a, immediate);
        }
    },
    RORIW(ZBB, SHIFT, "0110000 shamt[4:0] rs1 101 rd 0011011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.RORW.apply(a, immediate);
        }
    },
    BCLRI(ZBS, SHIFT, "010010 shamt[5:0] rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.BCLR.apply(a, immediate);
        }
    },
    BEXTI(ZBS, SHIFT, "010010 shamt[5:0] rs1 101 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.BEXT.apply(a, immediate);
        }
    },
    BINVI(ZBS, SHIFT, "011010 shamt[5:0] rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.BINV.apply(a, immediate);
        }
    },
    BSETI(ZBS, SHIFT, "001010 shamt[5:0] rs1 001 rd 0010011") {
        @Override
        public long apply(long a, long immediate) {
            return RegisterOp.BSET.apply(a, immediate);
        }
    },
    /// May-be-operations, numbers 0 to 31: 0 until an extension gives one a meaning.
    MOP_R(ZIMOP, NUMBERED_UNARY, "1 uimm[4] 00 uimm[3:2] 0111 uimm[1:0] rs1 100 rd 1110011") {
        @Override
        public long apply(long a, long immediate) {
            return 0;
        }
    };

    private final Row row;

    ImmediateOp(Extension extension, Format format, String pattern) {
        row = Row.of(name(), extension, format, pattern);
    }

    /// Value of rd for the value `a` of rs1 and the instruction's immediate.
    public abstract long apply(long a, long immediate);

    @Override
    public Row row() {
        return row;
    }
}
