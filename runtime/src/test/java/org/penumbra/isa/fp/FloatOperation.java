// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static org.junit.jupiter.api.Assertions.fail;
import static org.penumbra.isa.fp.FloatOracle.DOUBLE;
import static org.penumbra.isa.fp.FloatOracle.HALF;
import static org.penumbra.isa.fp.FloatOracle.SINGLE;

import java.math.BigInteger;
import java.util.HexFormat;

/// The functions of [FloatMath], [FloatComparison], [FloatConversion], [HalfMath] and [FloatExtra], each beside the oracle that defines it.
enum FloatOperation {
    /* name(number of operands or 0 for an integer, format of the operands, implementation, oracle) */
    ADD_D(2, DOUBLE, (a, b, c, rm, s) -> FloatMath.addD(a, b, rm, s), (a, b, c) -> DOUBLE.add(a, b)),
    SUB_D(2, DOUBLE, (a, b, c, rm, s) -> FloatMath.subD(a, b, rm, s), (a, b, c) -> DOUBLE.subtract(a, b)),
    MUL_D(2, DOUBLE, (a, b, c, rm, s) -> FloatMath.mulD(a, b, rm, s), (a, b, c) -> DOUBLE.multiply(a, b)),
    DIV_D(2, DOUBLE, (a, b, c, rm, s) -> FloatMath.divD(a, b, rm, s), (a, b, c) -> DOUBLE.divide(a, b)),
    SQRT_D(1, DOUBLE, (a, b, c, rm, s) -> FloatMath.sqrtD(a, rm, s), (a, b, c) -> DOUBLE.squareRoot(a)),
    FMA_D(3, DOUBLE, (a, b, c, rm, s) -> FloatMath.fmaD(a, b, c, rm, s), DOUBLE::multiplyAdd),
    MIN_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.minD(a, b, s), (a, b, c) -> DOUBLE.select(a, b, false)),
    MAX_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.maxD(a, b, s), (a, b, c) -> DOUBLE.select(a, b, true)),
    EQ_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.eqD(a, b, s), (a, b, c) -> DOUBLE.compare(a, b, '=')),
    LT_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.ltD(a, b, s), (a, b, c) -> DOUBLE.compare(a, b, '<')),
    LE_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.leD(a, b, s), (a, b, c) -> DOUBLE.compare(a, b, '≤')),
    SGNJ_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.sgnjD(a, b), (a, b, c) -> DOUBLE.injectSign(a, b, 'j')),
    SGNJN_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.sgnjnD(a, b), (a, b, c) -> DOUBLE.injectSign(a, b, 'n')),
    SGNJX_D(2, DOUBLE, (a, b, c, rm, s) -> FloatComparison.sgnjxD(a, b), (a, b, c) -> DOUBLE.injectSign(a, b, 'x')),
    CLASS_D(1, DOUBLE, (a, b, c, rm, s) -> FloatComparison.classD(a), (a, b, c) -> DOUBLE.classify(a)),
    D_TO_W(1, DOUBLE, (a, b, c, rm, s) -> FloatConversion.dToW(a, rm, s), (a, b, c) -> DOUBLE.toInteger(a, 32, true)),
    D_TO_WU(1, DOUBLE, (a, b, c, rm, s) -> FloatConversion.dToWu(a, rm, s),
            (a, b, c) -> DOUBLE.toInteger(a, 32, false)),
    D_TO_L(1, DOUBLE, (a, b, c, rm, s) -> FloatConversion.dToL(a, rm, s), (a, b, c) -> DOUBLE.toInteger(a, 64, true)),
    D_TO_LU(1, DOUBLE, (a, b, c, rm, s) -> FloatConversion.dToLu(a, rm, s),
            (a, b, c) -> DOUBLE.toInteger(a, 64, false)),
    ADD_S(2, SINGLE, (a, b, c, rm, s) -> FloatMath.addS(a, b, rm, s), (a, b, c) -> SINGLE.add(a, b)),
    SUB_S(2, SINGLE, (a, b, c, rm, s) -> FloatMath.subS(a, b, rm, s), (a, b, c) -> SINGLE.subtract(a, b)),
    MUL_S(2, SINGLE, (a, b, c, rm, s) -> FloatMath.mulS(a, b, rm, s), (a, b, c) -> SINGLE.multiply(a, b)),
    DIV_S(2, SINGLE, (a, b, c, rm, s) -> FloatMath.divS(a, b, rm, s), (a, b, c) -> SINGLE.divide(a, b)),
    SQRT_S(1, SINGLE, (a, b, c, rm, s) -> FloatMath.sqrtS(a, rm, s), (a, b, c) -> SINGLE.squareRoot(a)),
    FMA_S(3, SINGLE, (a, b, c, rm, s) -> FloatMath.fmaS(a, b, c, rm, s), SINGLE::multiplyAdd),
    MIN_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.minS(a, b, s), (a, b, c) -> SINGLE.select(a, b, false)),
    MAX_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.maxS(a, b, s), (a, b, c) -> SINGLE.select(a, b, true)),
    EQ_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.eqS(a, b, s), (a, b, c) -> SINGLE.compare(a, b, '=')),
    LT_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.ltS(a, b, s), (a, b, c) -> SINGLE.compare(a, b, '<')),
    LE_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.leS(a, b, s), (a, b, c) -> SINGLE.compare(a, b, '≤')),
    SGNJ_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.sgnjS(a, b), (a, b, c) -> SINGLE.injectSign(a, b, 'j')),
    SGNJN_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.sgnjnS(a, b), (a, b, c) -> SINGLE.injectSign(a, b, 'n')),
    SGNJX_S(2, SINGLE, (a, b, c, rm, s) -> FloatComparison.sgnjxS(a, b), (a, b, c) -> SINGLE.injectSign(a, b, 'x')),
    CLASS_S(1, SINGLE, (a, b, c, rm, s) -> FloatComparison.classS(a), (a, b, c) -> SINGLE.classify(a)),
    S_TO_W(1, SINGLE, (a, b, c, rm, s) -> FloatConversion.sToW(a, rm, s), (a, b, c) -> SINGLE.toInteger(a, 32, true)),
    S_TO_WU(1, SINGLE, (a, b, c, rm, s) -> FloatConversion.sToWu(a, rm, s), (a, b, c) -> SINGLE.toInteger(a, 32, false)),
    S_TO_L(1, SINGLE, (a, b, c, rm, s) -> FloatConversion.sToL(a, rm, s), (a, b, c) -> SINGLE.toInteger(a, 64, true)),
    S_TO_LU(1, SINGLE, (a, b, c, rm, s) -> FloatConversion.sToLu(a, rm, s), (a, b, c) -> SINGLE.toInteger(a, 64, false)),
    D_TO_S(1, DOUBLE, (a, b, c, rm, s) -> FloatConversion.dToS(a, rm, s), (a, b, c) -> SINGLE.convertFrom(DOUBLE, a)),
    S_TO_D(1, SINGLE, (a, b, c, rm, s) -> FloatConversion.sToD(a, s), (a, b, c) -> DOUBLE.convertFrom(SINGLE, a)),
    W_TO_D(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.wToD(a),
            (a, b, c) -> DOUBLE.convertFromInteger(BigInteger.valueOf((int) a))),
    WU_TO_D(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.wuToD(a),
            (a, b, c) -> DOUBLE.convertFromInteger(BigInteger.valueOf(a & 0xffff_ffffL))),
    L_TO_D(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.lToD(a, rm, s),
            (a, b, c) -> DOUBLE.convertFromInteger(BigInteger.valueOf(a))),
    LU_TO_D(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.luToD(a, rm, s),
            (a, b, c) -> DOUBLE.convertFromInteger(new BigInteger(Long.toUnsignedString(a)))),
    W_TO_S(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.wToS(a, rm, s),
            (a, b, c) -> SINGLE.convertFromInteger(BigInteger.valueOf((int) a))),
    WU_TO_S(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.wuToS(a, rm, s),
            (a, b, c) -> SINGLE.convertFromInteger(BigInteger.valueOf(a & 0xffff_ffffL))),
    L_TO_S(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.lToS(a, rm, s),
            (a, b, c) -> SINGLE.convertFromInteger(BigInteger.valueOf(a))),
    LU_TO_S(0, DOUBLE, (a, b, c, rm, s) -> FloatConversion.luToS(a, rm, s),
            (a, b, c) -> SINGLE.convertFromInteger(new BigInteger(Long.toUnsignedString(a)))),
    ADD_H(2, HALF, (a, b, c, rm, s) -> HalfMath.addH(a, b, rm, s),
            (a, b, c) -> HALF.add(a, b)),
    SUB_H(2, HALF, (a, b, c, rm, s) -> HalfMath.subH(a, b, rm, s),
            (a, b, c) -> HALF.subtract(a, b)),
    MUL_H(2, HALF, (a, b, c, rm, s) -> HalfMath.mulH(a, b, rm, s),
            (a, b, c) -> HALF.multiply(a, b)),
    DIV_H(2, HALF, (a, b, c, rm, s) -> HalfMath.divH(a, b, rm, s),
            (a, b, c) -> HALF.divide(a, b)),
    SQRT_H(1, HALF, (a, b, c, rm, s) -> HalfMath.sqrtH(a, rm, s),
            (a, b, c) -> HALF.squareRoot(a)),
    FMA_H(3, HALF, (a, b, c, rm, s) -> HalfMath.fmaH(a, b, c, false, false, rm, s),
            (a, b, c) -> HALF.multiplyAdd(a, b, c)),
    MIN_H(2, HALF, (a, b, c, rm, s) -> HalfMath.minH(a, b, s),
            (a, b, c) -> HALF.select(a, b, false)),
    MAX_H(2, HALF, (a, b, c, rm, s) -> HalfMath.maxH(a, b, s),
            (a, b, c) -> HALF.select(a, b, true)),
    EQ_H(2, HALF, (a, b, c, rm, s) -> HalfMath.eqH(a, b, s),
            (a, b, c) -> HALF.compare(a, b, '=')),
    LT_H(2, HALF, (a, b, c, rm, s) -> HalfMath.ltH(a, b, s),
            (a, b, c) -> HALF.compare(a, b, '<')),
    LE_H(2, HALF, (a, b, c, rm, s) -> HalfMath.leH(a, b, s),
            (a, b, c) -> HALF.compare(a, b, '≤')),
    SGNJ_H(2, HALF, (a, b, c, rm, s) -> HalfMath.sgnjH(a, b),
            (a, b, c) -> HALF.injectSign(a, b, 'j')),
    SGNJN_H(2, HALF, (a, b, c, rm, s) -> HalfMath.sgnjnH(a, b),
            (a, b, c) -> HALF.injectSign(a, b, 'n')),
    SGNJX_H(2, HALF, (a, b, c, rm, s) -> HalfMath.sgnjxH(a, b),
            (a, b, c) -> HALF.injectSign(a, b, 'x')),
    CLASS_H(1, HALF, (a, b, c, rm, s) -> HalfMath.classH(a),
            (a, b, c) -> HALF.classify(a)),
    H_TO_W(1, HALF, (a, b, c, rm, s) -> HalfMath.hToInteger(a, rm, s, 32, true),
            (a, b, c) -> HALF.toInteger(a, 32, true)),
    H_TO_WU(1, HALF, (a, b, c, rm, s) -> HalfMath.hToInteger(a, rm, s, 32, false),
            (a, b, c) -> HALF.toInteger(a, 32, false)),
    H_TO_L(1, HALF, (a, b, c, rm, s) -> HalfMath.hToInteger(a, rm, s, 64, true),
            (a, b, c) -> HALF.toInteger(a, 64, true)),
    H_TO_LU(1, HALF, (a, b, c, rm, s) -> HalfMath.hToInteger(a, rm, s, 64, false),
            (a, b, c) -> HALF.toInteger(a, 64, false)),
    H_TO_S(1, HALF, (a, b, c, rm, s) -> HalfMath.hToS(a, s),
            (a, b, c) -> SINGLE.convertFrom(HALF, a)),
    H_TO_D(1, HALF, (a, b, c, rm, s) -> HalfMath.hToD(a, s),
            (a, b, c) -> DOUBLE.convertFrom(HALF, a)),
    S_TO_H(1, SINGLE, (a, b, c, rm, s) -> HalfMath.sToH(a, rm, s),
            (a, b, c) -> HALF.convertFrom(SINGLE, a)),
    D_TO_H(1, DOUBLE, (a, b, c, rm, s) -> HalfMath.dToH(a, rm, s),
            (a, b, c) -> HALF.convertFrom(DOUBLE, a)),
    L_TO_H(0, HALF, (a, b, c, rm, s) -> HalfMath.lToH(a, rm, s),
            (a, b, c) -> HALF.convertFromInteger(BigInteger.valueOf(a))),
    LU_TO_H(0, HALF, (a, b, c, rm, s) -> HalfMath.luToH(a, rm, s),
            (a, b, c) -> HALF.convertFromInteger(new BigInteger(Long.toUnsignedString(a)))),
    ROUND_D(1, DOUBLE, (a, b, c, rm, s) -> FloatExtra.roundD(a, rm, false, s),
            (a, b, c) -> DOUBLE.integral(a, false)),
    ROUNDNX_D(1, DOUBLE, (a, b, c, rm, s) -> FloatExtra.roundD(a, rm, true, s),
            (a, b, c) -> DOUBLE.integral(a, true)),
    MINIMUM_D(2, DOUBLE, (a, b, c, rm, s) -> FloatExtra.minimumD(a, b, s),
            (a, b, c) -> DOUBLE.selectOrNaN(a, b, false)),
    MAXIMUM_D(2, DOUBLE, (a, b, c, rm, s) -> FloatExtra.maximumD(a, b, s),
            (a, b, c) -> DOUBLE.selectOrNaN(a, b, true)),
    LTQ_D(2, DOUBLE, (a, b, c, rm, s) -> FloatExtra.ltQuietD(a, b, s),
            (a, b, c) -> DOUBLE.compareQuietly(a, b, '<')),
    LEQ_D(2, DOUBLE, (a, b, c, rm, s) -> FloatExtra.leQuietD(a, b, s),
            (a, b, c) -> DOUBLE.compareQuietly(a, b, '≤')),
    ROUND_S(1, SINGLE, (a, b, c, rm, s) -> FloatExtra.roundS(a, rm, false, s),
            (a, b, c) -> SINGLE.integral(a, false)),
    ROUNDNX_S(1, SINGLE, (a, b, c, rm, s) -> FloatExtra.roundS(a, rm, true, s),
            (a, b, c) -> SINGLE.integral(a, true)),
    MINIMUM_S(2, SINGLE, (a, b, c, rm, s) -> FloatExtra.minimumS(a, b, s),
            (a, b, c) -> SINGLE.selectOrNaN(a, b, false)),
    MAXIMUM_S(2, SINGLE, (a, b, c, rm, s) -> FloatExtra.maximumS(a, b, s),
            (a, b, c) -> SINGLE.selectOrNaN(a, b, true)),
    LTQ_S(2, SINGLE, (a, b, c, rm, s) -> FloatExtra.ltQuietS(a, b, s),
            (a, b, c) -> SINGLE.compareQuietly(a, b, '<')),
    LEQ_S(2, SINGLE, (a, b, c, rm, s) -> FloatExtra.leQuietS(a, b, s),
            (a, b, c) -> SINGLE.compareQuietly(a, b, '≤')),
    ROUND_H(1, HALF, (a, b, c, rm, s) -> FloatExtra.roundH(a, rm, false, s),
            (a, b, c) -> HALF.integral(a, false)),
    ROUNDNX_H(1, HALF, (a, b, c, rm, s) -> FloatExtra.roundH(a, rm, true, s),
            (a, b, c) -> HALF.integral(a, true)),
    MINIMUM_H(2, HALF, (a, b, c, rm, s) -> FloatExtra.minimumH(a, b, s),
            (a, b, c) -> HALF.selectOrNaN(a, b, false)),
    MAXIMUM_H(2, HALF, (a, b, c, rm, s) -> FloatExtra.maximumH(a, b, s),
            (a, b, c) -> HALF.selectOrNaN(a, b, true)),
    LTQ_H(2, HALF, (a, b, c, rm, s) -> FloatExtra.ltQuietH(a, b, s),
            (a, b, c) -> HALF.compareQuietly(a, b, '<')),
    LEQ_H(2, HALF, (a, b, c, rm, s) -> FloatExtra.leQuietH(a, b, s),
            (a, b, c) -> HALF.compareQuietly(a, b, '≤')),
    D_TO_W_MODULAR(1, DOUBLE, (a, b, c, rm, s) -> FloatExtra.dToWModular(a, s),
            (a, b, c) -> DOUBLE.toIntegerModulo(a));

    interface Implementation {
        long apply(long a, long b, long c, int rm, FloatStatus s);
    }

    interface Oracle {
        FloatOracle.Outcome[] apply(long a, long b, long c);
    }

    final int arity;
    final FloatOracle format;
    private final Implementation implementation;
    private final Oracle oracle;

    FloatOperation(int arity, FloatOracle format, Implementation implementation, Oracle oracle) {
        this.arity = arity;
        this.format = format;
        this.implementation = implementation;
        this.oracle = oracle;
    }

    /// Fails unless result and flags are the oracle's in all rounding modes, with all flags clear, with NX set (where
    /// the fast paths are) and with all the others set.
    void check(long a, long b, long c, FloatStatus s) {
        FloatOracle.Outcome[] expected = oracle.apply(a, b, c);
        for (int rm = 0; rm < 5; rm++) {
            check(expected[rm], a, b, c, rm, s, 0);
            check(expected[rm], a, b, c, rm, s, FloatStatus.NX);
            check(expected[rm], a, b, c, rm, s, 31 ^ FloatStatus.NX);
        }
    }

    private void check(FloatOracle.Outcome expected, long a, long b, long c, int rm, FloatStatus s, int before) {
        s.flags = before;
        long image = implementation.apply(a, b, c, rm, s);
        if (image != expected.image() || s.flags != (expected.flags() | before)) {
            HexFormat hex = HexFormat.of();
            fail(this + " of " + hex.toHexDigits(a) + " " + hex.toHexDigits(b) + " " + hex.toHexDigits(c) + " rm " + rm
                    + " with flags " + before + " gives " + new FloatOracle.Outcome(image, s.flags)
                    + ", expected " + new FloatOracle.Outcome(expected.image(), expected.flags() | before));
        }
    }
}
