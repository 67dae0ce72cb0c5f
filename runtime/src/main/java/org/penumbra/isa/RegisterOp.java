// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_I;
import static org.penumbra.isa.Extension.RV_M;
import static org.penumbra.isa.Extension.ZBA;
import static org.penumbra.isa.Extension.ZBB;
import static org.penumbra.isa.Extension.ZBS;
import static org.penumbra.isa.Extension.ZICOND;
import static org.penumbra.isa.Extension.ZIMOP;
import static org.penumbra.isa.Format.NUMBERED_REGISTER;

/// Operations on two integer registers, `op rd, rs1, rs2`.
///
/// Java masks a shift's distance to 6 bits (5 for int) and lets the smallest number divided by -1 overflow to itself,
/// as RISC-V does; only division by zero needs a case.
///
/// Each row has a method of its own, where a `switch` would be shorter: the interpreter's loop has the method of a row
/// inlined, and a translator can take its bytecode.
public enum RegisterOp implements Operation {
    ADD(RV_I, "0000000 rs2 rs1 000 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a + b;
        }
    },
    SUB(RV_I, "0100000 rs2 rs1 000 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a - b;
        }
    },
    SLL(RV_I, "0000000 rs2 rs1 001 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a << b;
        }
    },
    SLT(RV_I, "0000000 rs2 rs1 010 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a < b ? 1 : 0;
        }
    },
    SLTU(RV_I, "0000000 rs2 rs1 011 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Long.compareUnsigned(a, b) < 0 ? 1 : 0;
        }
    },
    XOR(RV_I, "0000000 rs2 rs1 100 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a ^ b;
        }
    },
    SRL(RV_I, "0000000 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a >>> b;
        }
    },
    SRA(RV_I, "0100000 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a >> b;
        }
    },
    OR(RV_I, "0000000 rs2 rs1 110 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a | b;
        }
    },
    AND(RV_I, "0000000 rs2 rs1 111 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a & b;
        }
    },
    ADDW(RV_I, "0000000 rs2 rs1 000 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) a + (int) b;
        }
    },
    SUBW(RV_I, "0100000 rs2 rs1 000 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) a - (int) b;
        }
    },
    SLLW(RV_I, "0000000 rs2 rs1 001 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) a << (int) b;
        }
    },
    SRLW(RV_I, "0000000 rs2 rs1 101 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) a >>> (int) b;
        }
    },
    SRAW(RV_I, "0100000 rs2 rs1 101 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) a >> (int) b;
        }
    },
    MUL(RV_M, "0000001 rs2 rs1 000 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a * b;
        }
    },
    MULH(RV_M, "0000001 rs2 rs1 001 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Math.multiplyHigh(a, b);
        }
    },
    /// High half of signed rs1 times unsigned rs2: a negative b was taken 2^64 too small.
    MULHSU(RV_M, "0000001 rs2 rs1 010 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Math.multiplyHigh(a, b) + (b >> 63 & a);
        }
    },
    MULHU(RV_M, "0000001 rs2 rs1 011 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Math.unsignedMultiplyHigh(a, b);
        }
    },
    DIV(RV_M, "0000001 rs2 rs1 100 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return b == 0 ? -1 : a / b;
        }
    },
    DIVU(RV_M, "0000001 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return b == 0 ? -1 : Long.divideUnsigned(a, b);
        }
    },
    REM(RV_M, "0000001 rs2 rs1 110 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return b == 0 ? a : a % b;
        }
    },
    REMU(RV_M, "0000001 rs2 rs1 111 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return b == 0 ? a : Long.remainderUnsigned(a, b);
        }
    },
    MULW(RV_M, "0000001 rs2 rs1 000 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) a * (int) b;
        }
    },
    DIVW(RV_M, "0000001 rs2 rs1 100 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) b == 0 ? -1 : (int) a / (int) b;
        }
    },
    DIVUW(RV_M, "0000001 rs2 rs1 101 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) b == 0 ? -1 : Integer.divideUnsigned((int) a, (int) b);
        }
    },
    REMW(RV_M, "0000001 rs2 rs1 110 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) b == 0 ? (int) a : (int) a % (int) b;
        }
    },
    REMUW(RV_M, "0000001 rs2 rs1 111 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (int) b == 0 ? (int) a : Integer.remainderUnsigned((int) a, (int) b);
        }
    },
    ADD_UW(ZBA, "0000100 rs2 rs1 000 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return (a & 0xffff_ffffL) + b;
        }
    },
    SH1ADD(ZBA, "0010000 rs2 rs1 010 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return (a << 1) + b;
        }
    },
    SH2ADD(ZBA, "0010000 rs2 rs1 100 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return (a << 2) + b;
        }
    },
    SH3ADD(ZBA, "0010000 rs2 rs1 110 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return (a << 3) + b;
        }
    },
    SH1ADD_UW(ZBA, "0010000 rs2 rs1 010 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return ((a & 0xffff_ffffL) << 1) + b;
        }
    },
    SH2ADD_UW(ZBA, "0010000 rs2 rs1 100 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return ((a & 0xffff_ffffL) << 2) + b;
        }
    },
    SH3ADD_UW(ZBA, "0010000 rs2 rs1 110 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return ((a & 0xffff_ffffL) << 3) + b;
        }
    },
    ANDN(ZBB, "0100000 rs2 rs1 111 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a & ~b;
        }
    },
    ORN(ZBB, "0100000 rs2 rs1 110 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a | ~b;
        }
    },
    XNOR(ZBB, "0100000 rs2 rs1 100 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return ~(a ^ b);
        }
    },
    MIN(ZBB, "0000101 rs2 rs1 100 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Math.min(a, b);
        }
    },
    MINU(ZBB, "0000101 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Long.compareUnsigned(a, b) < 0 ? a : b;
        }
    },
    MAX(ZBB, "0000101 rs2 rs1 110 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Math.max(a, b);
        }
    },
    MAXU(ZBB, "0000101 rs2 rs1 111 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Long.compareUnsigned(a, b) < 0 ? b : a;
        }
    },
    ROL(ZBB, "0110000 rs2 rs1 001 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Long.rotateLeft(a, (int) b);
        }
    },
    ROR(ZBB, "0110000 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return Long.rotateRight(a, (int) b);
        }
    },
    ROLW(ZBB, "0110000 rs2 rs1 001 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return Integer.rotateLeft((int) a, (int) b);
        }
    },
    RORW(ZBB, "0110000 rs2 rs1 101 rd 0111011") {
        @Override
        public long apply(long a, long b) {
            return Integer.rotateRight((int) a, (int) b);
        }
    },
    BCLR(ZBS, "0100100 rs2 rs1 001 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a & ~(1L << b);
        }
    },
    BEXT(ZBS, "0100100 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a >>> b & 1;
        }
    },
    BINV(ZBS, "0110100 rs2 rs1 001 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a ^ 1L << b;
        }
    },
    BSET(ZBS, "0010100 rs2 rs1 001 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return a | 1L << b;
        }
    },
    CZERO_EQZ(ZICOND, "0000111 rs2 rs1 101 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return b == 0 ? 0 : a;
        }
    },
    CZERO_NEZ(ZICOND, "0000111 rs2 rs1 111 rd 0110011") {
        @Override
        public long apply(long a, long b) {
            return b != 0 ? 0 : a;
        }
    },
    /// May-be-operations, numbers 0 to 7: 0 until an extension gives one a meaning.
    MOP_RR(ZIMOP, NUMBERED_REGISTER, "1 uimm[2] 00 uimm[1:0] 1 rs2 rs1 100 rd 1110011") {
        @Override
        public long apply(long a, long b) {
            return 0;
        }
    };

    private final Row row;

    RegisterOp(Extension extension, String pattern) {
        this(extension, Format.REGISTER, pattern);
    }

    RegisterOp(Extension extension, Format format, String pattern) {
        row = Row.of(name(), extension, format, pattern);
    }

    /// Value of rd for the values `a` of rs1 and `b` of rs2.
    public abstract long apply(long a, long b);

    @Override
    public Row row() {
        return row;
    }
}
