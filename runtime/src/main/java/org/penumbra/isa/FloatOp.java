// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_D;
import static org.penumbra.isa.Extension.RV_F;
import static org.penumbra.isa.Format.FLOAT;
import static org.penumbra.isa.Format.FLOAT_COMPARE;
import static org.penumbra.isa.Format.FLOAT_FUSED;
import static org.penumbra.isa.Format.FLOAT_ROUNDED;
import static org.penumbra.isa.Format.FLOAT_TO_INTEGER;
import static org.penumbra.isa.Format.FLOAT_TO_INTEGER_ROUNDED;
import static org.penumbra.isa.Format.FLOAT_UNARY_ROUNDED;
import static org.penumbra.isa.Format.INTEGER_TO_FLOAT;
import static org.penumbra.isa.Format.INTEGER_TO_FLOAT_ROUNDED;

import org.penumbra.isa.fp.FloatComparison;
import org.penumbra.isa.fp.FloatConversion;
import org.penumbra.isa.fp.FloatMath;
import org.penumbra.isa.fp.FloatStatus;

/// Computations of the F and D extensions on float registers, some from or to an integer register.
///
/// A single-precision number in a float register is NaN-boxed; [FloatMath] boxes and unboxes. The negated forms of
/// fused multiply-add change the signs of operands, which is exact.
public enum FloatOp implements Operation {
    FMADD_S(RV_F, FLOAT_FUSED, "rs3 00 rs2 rs1 rm rd 1000011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaS(a, b, c, rm, status);
        }
    },
    FMSUB_S(RV_F, FLOAT_FUSED, "rs3 00 rs2 rs1 rm rd 1000111") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaS(a, b, c ^ SINGLE_SIGN, rm, status);
        }
    },
    FNMSUB_S(RV_F, FLOAT_FUSED, "rs3 00 rs2 rs1 rm rd 1001011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaS(a ^ SINGLE_SIGN, b, c, rm, status);
        }
    },
    FNMADD_S(RV_F, FLOAT_FUSED, "rs3 00 rs2 rs1 rm rd 1001111") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaS(a ^ SINGLE_SIGN, b, c ^ SINGLE_SIGN, rm, status);
        }
    },
    FADD_S(RV_F, FLOAT_ROUNDED, "0000000 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.addS(a, b, rm, status);
        }
    },
    FSUB_S(RV_F, FLOAT_ROUNDED, "0000100 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.subS(a, b, rm, status);
        }
    },
    FMUL_S(RV_F, FLOAT_ROUNDED, "0001000 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.mulS(a, b, rm, status);
        }
    },
    FDIV_S(RV_F, FLOAT_ROUNDED, "0001100 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.divS(a, b, rm, status);
        }
    },
    FSQRT_S(RV_F, FLOAT_UNARY_ROUNDED, "0101100 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.sqrtS(a, rm, status);
        }
    },
    FSGNJ_S(RV_F, FLOAT, "0010000 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.sgnjS(a, b);
        }
    },
    FSGNJN_S(RV_F, FLOAT, "0010000 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.sgnjnS(a, b);
        }
    },
    FSGNJX_S(RV_F, FLOAT, "0010000 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.sgnjxS(a, b);
        }
    },
    FMIN_S(RV_F, FLOAT, "0010100 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.minS(a, b, status);
        }
    },
    FMAX_S(RV_F, FLOAT, "0010100 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.maxS(a, b, status);
        }
    },
    FEQ_S(RV_F, FLOAT_COMPARE, "1010000 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.eqS(a, b, status);
        }
    },
    FLT_S(RV_F, FLOAT_COMPARE, "1010000 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.ltS(a, b, status);
        }
    },
    FLE_S(RV_F, FLOAT_COMPARE, "1010000 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.leS(a, b, status);
        }
    },
    FCLASS_S(RV_F, FLOAT_TO_INTEGER, "1110000 00000 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.classS(a);
        }
    },
    FCVT_W_S(RV_F, FLOAT_TO_INTEGER_ROUNDED, "1100000 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.sToW(a, rm, status);
        }
    },
    FCVT_WU_S(RV_F, FLOAT_TO_INTEGER_ROUNDED, "1100000 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.sToWu(a, rm, status);
        }
    },
    FCVT_L_S(RV_F, FLOAT_TO_INTEGER_ROUNDED, "1100000 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.sToL(a, rm, status);
        }
    },
    FCVT_LU_S(RV_F, FLOAT_TO_INTEGER_ROUNDED, "1100000 00011 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.sToLu(a, rm, status);
        }
    },
    FCVT_S_W(RV_F, INTEGER_TO_FLOAT_ROUNDED, "1101000 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.wToS(a, rm, status);
        }
    },
    FCVT_S_WU(RV_F, INTEGER_TO_FLOAT_ROUNDED, "1101000 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.wuToS(a, rm, status);
        }
    },
    FCVT_S_L(RV_F, INTEGER_TO_FLOAT_ROUNDED, "1101000 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.lToS(a, rm, status);
        }
    },
    FCVT_S_LU(RV_F, INTEGER_TO_FLOAT_ROUNDED, "1101000 00011 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.luToS(a, rm, status);
        }
    },
    FMV_X_W(RV_F, FLOAT_TO_INTEGER, "1110000 00000 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return (int) a;
        }
    },
    FMV_W_X(RV_F, INTEGER_TO_FLOAT, "1111000 00000 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return a | 0xffff_ffff_0000_0000L;
        }
    },
    FMADD_D(RV_D, FLOAT_FUSED, "rs3 01 rs2 rs1 rm rd 1000011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaD(a, b, c, rm, status);
        }
    },
    FMSUB_D(RV_D, FLOAT_FUSED, "rs3 01 rs2 rs1 rm rd 1000111") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaD(a, b, c ^ DOUBLE_SIGN, rm, status);
        }
    },
    FNMSUB_D(RV_D, FLOAT_FUSED, "rs3 01 rs2 rs1 rm rd 1001011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaD(a ^ DOUBLE_SIGN, b, c, rm, status);
        }
    },
    FNMADD_D(RV_D, FLOAT_FUSED, "rs3 01 rs2 rs1 rm rd 1001111") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.fmaD(a ^ DOUBLE_SIGN, b, c ^ DOUBLE_SIGN, rm, status);
        }
    },
    FADD_D(RV_D, FLOAT_ROUNDED, "0000001 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.addD(a, b, rm, status);
        }
    },
    FSUB_D(RV_D, FLOAT_ROUNDED, "0000101 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.subD(a, b, rm, status);
        }
    },
    FMUL_D(RV_D, FLOAT_ROUNDED, "0001001 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.mulD(a, b, rm, status);
        }
    },
    FDIV_D(RV_D, FLOAT_ROUNDED, "0001101 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.divD(a, b, rm, status);
        }
    },
    FSQRT_D(RV_D, FLOAT_UNARY_ROUNDED, "0101101 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatMath.sqrtD(a, rm, status);
        }
    },
    FSGNJ_D(RV_D, FLOAT, "0010001 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.sgnjD(a, b);
        }
    },
    FSGNJN_D(RV_D, FLOAT, "0010001 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.sgnjnD(a, b);
        }
    },
    FSGNJX_D(RV_D, FLOAT, "0010001 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.sgnjxD(a, b);
        }
    },
    FMIN_D(RV_D, FLOAT, "0010101 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.minD(a, b, status);
        }
    },
    FMAX_D(RV_D, FLOAT, "0010101 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.maxD(a, b, status);
        }
    },
    FCVT_S_D(RV_D, FLOAT_UNARY_ROUNDED, "0100000 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.dToS(a, rm, status);
        }
    },
    FCVT_D_S(RV_D, FLOAT_UNARY_ROUNDED, "0100001 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.sToD(a, status);
        }
    },
    FEQ_D(RV_D, FLOAT_COMPARE, "1010001 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.eqD(a, b, status);
        }
    },
    FLT_D(RV_D, FLOAT_COMPARE, "1010001 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.ltD(a, b, status);
        }
    },
    FLE_D(RV_D, FLOAT_COMPARE, "1010001 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.leD(a, b, status);
        }
    },
    FCLASS_D(RV_D, FLOAT_TO_INTEGER, "1110001 00000 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatComparison.classD(a);
        }
    },
    FCVT_W_D(RV_D, FLOAT_TO_INTEGER_ROUNDED, "1100001 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.dToW(a, rm, status);
        }
    },
    FCVT_WU_D(RV_D, FLOAT_TO_INTEGER_ROUNDED, "1100001 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.dToWu(a, rm, status);
        }
    },
    FCVT_L_D(RV_D, FLOAT_TO_INTEGER_ROUNDED, "1100001 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.dToL(a, rm, status);
        }
    },
    FCVT_LU_D(RV_D, FLOAT_TO_INTEGER_ROUNDED, "1100001 00011 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.dToLu(a, rm, status);
        }
    },
    FCVT_D_W(RV_D, INTEGER_TO_FLOAT_ROUNDED, "1101001 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.wToD(a);
        }
    },
    FCVT_D_WU(RV_D, INTEGER_TO_FLOAT_ROUNDED, "1101001 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.wuToD(a);
        }
    },
    FCVT_D_L(RV_D, INTEGER_TO_FLOAT_ROUNDED, "1101001 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.lToD(a, rm, status);
        }
    },
    FCVT_D_LU(RV_D, INTEGER_TO_FLOAT_ROUNDED, "1101001 00011 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatConversion.luToD(a, rm, status);
        }
    },
    FMV_X_D(RV_D, FLOAT_TO_INTEGER, "1110001 00000 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return a;
        }
    },
    FMV_D_X(RV_D, INTEGER_TO_FLOAT, "1111001 00000 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return a;
        }
    };

    private static final long SINGLE_SIGN = 1L << 31;
    private static final long DOUBLE_SIGN = 1L << 63;

    private final Row row;

    FloatOp(Extension extension, Format format, String pattern) {
        row = Row.of(name(), extension, format, pattern);
    }

    /// Value of rd for the values `a` of rs1, `b` of rs2 and `c` of rs3 (ignored where there is no such operand),
    /// rounded by the mode `rm`, 0 to 4: [FloatUnit] replaces the dynamic mode and names the reserved ones, which trap
    /// even where the result is exact. Raises exception flags in `status`.
    public abstract long apply(long a, long b, long c, int rm, FloatStatus status);

    @Override
    public Row row() {
        return row;
    }
}
