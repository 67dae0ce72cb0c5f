// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.penumbra.isa.Extension.RV_D;
import static org.penumbra.isa.Extension.RV_F;
import static org.penumbra.isa.Extension.ZFA;
import static org.penumbra.isa.Extension.ZFH;
import static org.penumbra.isa.Extension.ZFHMIN;
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
import org.penumbra.isa.fp.FloatExtra;
import org.penumbra.isa.fp.FloatMath;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.isa.fp.HalfMath;

/// Computations of the extensions F, D, Zfh and Zfa on float registers, some from or to an integer register.
///
/// A number of half or single precision in a float register is NaN-boxed; the functions called box and unbox. The
/// negated forms of fused multiply-add change the signs of operands, which is exact.
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
    },
    FMADD_H(ZFH, FLOAT_FUSED, "rs3 10 rs2 rs1 rm rd 1000011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.fmaH(a, b, c, false, false, rm, status);
        }
    },
    FMSUB_H(ZFH, FLOAT_FUSED, "rs3 10 rs2 rs1 rm rd 1000111") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.fmaH(a, b, c, false, true, rm, status);
        }
    },
    FNMSUB_H(ZFH, FLOAT_FUSED, "rs3 10 rs2 rs1 rm rd 1001011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.fmaH(a, b, c, true, false, rm, status);
        }
    },
    FNMADD_H(ZFH, FLOAT_FUSED, "rs3 10 rs2 rs1 rm rd 1001111") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.fmaH(a, b, c, true, true, rm, status);
        }
    },
    FADD_H(ZFH, FLOAT_ROUNDED, "0000010 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.addH(a, b, rm, status);
        }
    },
    FSUB_H(ZFH, FLOAT_ROUNDED, "0000110 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.subH(a, b, rm, status);
        }
    },
    FMUL_H(ZFH, FLOAT_ROUNDED, "0001010 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.mulH(a, b, rm, status);
        }
    },
    FDIV_H(ZFH, FLOAT_ROUNDED, "0001110 rs2 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.divH(a, b, rm, status);
        }
    },
    FSQRT_H(ZFH, FLOAT_UNARY_ROUNDED, "0101110 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.sqrtH(a, rm, status);
        }
    },
    FSGNJ_H(ZFH, FLOAT, "0010010 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.sgnjH(a, b);
        }
    },
    FSGNJN_H(ZFH, FLOAT, "0010010 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.sgnjnH(a, b);
        }
    },
    FSGNJX_H(ZFH, FLOAT, "0010010 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.sgnjxH(a, b);
        }
    },
    FMIN_H(ZFH, FLOAT, "0010110 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.minH(a, b, status);
        }
    },
    FMAX_H(ZFH, FLOAT, "0010110 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.maxH(a, b, status);
        }
    },
    FCVT_S_H(ZFHMIN, FLOAT_UNARY_ROUNDED, "0100000 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.hToS(a, status);
        }
    },
    FCVT_H_S(ZFHMIN, FLOAT_UNARY_ROUNDED, "0100010 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.sToH(a, rm, status);
        }
    },
    FCVT_D_H(ZFHMIN, FLOAT_UNARY_ROUNDED, "0100001 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.hToD(a, status);
        }
    },
    FCVT_H_D(ZFHMIN, FLOAT_UNARY_ROUNDED, "0100010 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.dToH(a, rm, status);
        }
    },
    FEQ_H(ZFH, FLOAT_COMPARE, "1010010 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.eqH(a, b, status);
        }
    },
    FLT_H(ZFH, FLOAT_COMPARE, "1010010 rs2 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.ltH(a, b, status);
        }
    },
    FLE_H(ZFH, FLOAT_COMPARE, "1010010 rs2 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.leH(a, b, status);
        }
    },
    FCLASS_H(ZFH, FLOAT_TO_INTEGER, "1110010 00000 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.classH(a);
        }
    },
    FCVT_W_H(ZFH, FLOAT_TO_INTEGER_ROUNDED, "1100010 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.hToInteger(a, rm, status, 32, true);
        }
    },
    FCVT_WU_H(ZFH, FLOAT_TO_INTEGER_ROUNDED, "1100010 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.hToInteger(a, rm, status, 32, false);
        }
    },
    FCVT_L_H(ZFH, FLOAT_TO_INTEGER_ROUNDED, "1100010 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.hToInteger(a, rm, status, 64, true);
        }
    },
    FCVT_LU_H(ZFH, FLOAT_TO_INTEGER_ROUNDED, "1100010 00011 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.hToInteger(a, rm, status, 64, false);
        }
    },
    FCVT_H_W(ZFH, INTEGER_TO_FLOAT_ROUNDED, "1101010 00000 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.lToH((int) a, rm, status);
        }
    },
    FCVT_H_WU(ZFH, INTEGER_TO_FLOAT_ROUNDED, "1101010 00001 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.lToH(a & 0xffff_ffffL, rm, status);
        }
    },
    FCVT_H_L(ZFH, INTEGER_TO_FLOAT_ROUNDED, "1101010 00010 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.lToH(a, rm, status);
        }
    },
    FCVT_H_LU(ZFH, INTEGER_TO_FLOAT_ROUNDED, "1101010 00011 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return HalfMath.luToH(a, rm, status);
        }
    },
    FMV_X_H(ZFHMIN, FLOAT_TO_INTEGER, "1110010 00000 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return (short) a;
        }
    },
    FMV_H_X(ZFHMIN, INTEGER_TO_FLOAT, "1111010 00000 rs1 000 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return a | 0xffff_ffff_ffff_0000L;
        }
    },
    FMINM_S(ZFA, FLOAT, "0010100 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.minimumS(a, b, status);
        }
    },
    FMAXM_S(ZFA, FLOAT, "0010100 rs2 rs1 011 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.maximumS(a, b, status);
        }
    },
    FROUND_S(ZFA, FLOAT_UNARY_ROUNDED, "0100000 00100 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.roundS(a, rm, false, status);
        }
    },
    FROUNDNX_S(ZFA, FLOAT_UNARY_ROUNDED, "0100000 00101 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.roundS(a, rm, true, status);
        }
    },
    FLTQ_S(ZFA, FLOAT_COMPARE, "1010000 rs2 rs1 101 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.ltQuietS(a, b, status);
        }
    },
    FLEQ_S(ZFA, FLOAT_COMPARE, "1010000 rs2 rs1 100 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.leQuietS(a, b, status);
        }
    },
    FMINM_D(ZFA, FLOAT, "0010101 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.minimumD(a, b, status);
        }
    },
    FMAXM_D(ZFA, FLOAT, "0010101 rs2 rs1 011 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.maximumD(a, b, status);
        }
    },
    FROUND_D(ZFA, FLOAT_UNARY_ROUNDED, "0100001 00100 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.roundD(a, rm, false, status);
        }
    },
    FROUNDNX_D(ZFA, FLOAT_UNARY_ROUNDED, "0100001 00101 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.roundD(a, rm, true, status);
        }
    },
    FLTQ_D(ZFA, FLOAT_COMPARE, "1010001 rs2 rs1 101 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.ltQuietD(a, b, status);
        }
    },
    FLEQ_D(ZFA, FLOAT_COMPARE, "1010001 rs2 rs1 100 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.leQuietD(a, b, status);
        }
    },
    FMINM_H(ZFA, FLOAT, "0010110 rs2 rs1 010 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.minimumH(a, b, status);
        }
    },
    FMAXM_H(ZFA, FLOAT, "0010110 rs2 rs1 011 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.maximumH(a, b, status);
        }
    },
    FROUND_H(ZFA, FLOAT_UNARY_ROUNDED, "0100010 00100 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.roundH(a, rm, false, status);
        }
    },
    FROUNDNX_H(ZFA, FLOAT_UNARY_ROUNDED, "0100010 00101 rs1 rm rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.roundH(a, rm, true, status);
        }
    },
    FLTQ_H(ZFA, FLOAT_COMPARE, "1010010 rs2 rs1 101 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.ltQuietH(a, b, status);
        }
    },
    FLEQ_H(ZFA, FLOAT_COMPARE, "1010010 rs2 rs1 100 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.leQuietH(a, b, status);
        }
    },
    FCVTMOD_W_D(ZFA, FLOAT_TO_INTEGER, "1100001 01000 rs1 001 rd 1010011") {
        @Override
        public long apply(long a, long b, long c, int rm, FloatStatus status) {
            return FloatExtra.dToWModular(a, status);
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
