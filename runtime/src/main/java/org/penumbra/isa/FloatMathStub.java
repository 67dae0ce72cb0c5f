// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

/// Place of FloatMath until it lands: same signatures, no arithmetic.
final class FloatMathStub {
    private FloatMathStub() {
    }

    static long addD(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("addD");
    }

    static long addS(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("addS");
    }

    static long classD(long a) {
        throw new UnsupportedOperationException("classD");
    }

    static long classS(long a) {
        throw new UnsupportedOperationException("classS");
    }

    static long dToL(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("dToL");
    }

    static long dToLu(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("dToLu");
    }

    static long dToS(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("dToS");
    }

    static long dToW(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("dToW");
    }

    static long dToWu(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("dToWu");
    }

    static long divD(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("divD");
    }

    static long divS(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("divS");
    }

    static long eqD(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("eqD");
    }

    static long eqS(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("eqS");
    }

    static long fmaD(long a, long b, long c, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("fmaD");
    }

    static long fmaS(long a, long b, long c, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("fmaS");
    }

    static long lToD(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("lToD");
    }

    static long lToS(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("lToS");
    }

    static long leD(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("leD");
    }

    static long leS(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("leS");
    }

    static long ltD(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("ltD");
    }

    static long ltS(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("ltS");
    }

    static long luToD(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("luToD");
    }

    static long luToS(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("luToS");
    }

    static long maxD(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("maxD");
    }

    static long maxS(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("maxS");
    }

    static long minD(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("minD");
    }

    static long minS(long a, long b, FloatStatus status) {
        throw new UnsupportedOperationException("minS");
    }

    static long mulD(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("mulD");
    }

    static long mulS(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("mulS");
    }

    static long sToD(long a, FloatStatus status) {
        throw new UnsupportedOperationException("sToD");
    }

    static long sToL(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("sToL");
    }

    static long sToLu(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("sToLu");
    }

    static long sToW(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("sToW");
    }

    static long sToWu(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("sToWu");
    }

    static long sgnjD(long a, long b) {
        throw new UnsupportedOperationException("sgnjD");
    }

    static long sgnjS(long a, long b) {
        throw new UnsupportedOperationException("sgnjS");
    }

    static long sgnjnD(long a, long b) {
        throw new UnsupportedOperationException("sgnjnD");
    }

    static long sgnjnS(long a, long b) {
        throw new UnsupportedOperationException("sgnjnS");
    }

    static long sgnjxD(long a, long b) {
        throw new UnsupportedOperationException("sgnjxD");
    }

    static long sgnjxS(long a, long b) {
        throw new UnsupportedOperationException("sgnjxS");
    }

    static long sqrtD(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("sqrtD");
    }

    static long sqrtS(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("sqrtS");
    }

    static long subD(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("subD");
    }

    static long subS(long a, long b, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("subS");
    }

    static long wToD(long a) {
        throw new UnsupportedOperationException("wToD");
    }

    static long wToS(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("wToS");
    }

    static long wuToD(long a) {
        throw new UnsupportedOperationException("wuToD");
    }

    static long wuToS(long a, int rm, FloatStatus status) {
        throw new UnsupportedOperationException("wuToS");
    }
}
