// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatImage.SIGN;
import static org.penumbra.isa.fp.FloatImage.SINGLE;
import static org.penumbra.isa.fp.FloatImage.widen;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;

/// The operations of [ExactFloat] on images of singles: widens them behind the boundary, so that compiled code has
/// nothing but the call.
final class ExactSingle {

    private ExactSingle() {
    }

    @TruffleBoundary
    static long add(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.add(widen(a), widen(b), rm, s, SINGLE);
    }

    @TruffleBoundary
    static long subtract(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.add(widen(a), widen(b) ^ SIGN, rm, s, SINGLE);
    }

    @TruffleBoundary
    static long multiply(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.multiply(widen(a), widen(b), rm, s, SINGLE);
    }

    @TruffleBoundary
    static long divide(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.divide(widen(a), widen(b), rm, s, SINGLE);
    }

    @TruffleBoundary
    static long squareRoot(long a, int rm, FloatStatus s) {
        return ExactFloat.squareRoot(widen(a), rm, s, SINGLE);
    }

    @TruffleBoundary
    static long fusedMultiplyAdd(long a, long b, long c, int rm, FloatStatus s) {
        return ExactFloat.fusedMultiplyAdd(widen(a), widen(b), widen(c), rm, s, SINGLE);
    }

    @TruffleBoundary
    static long selectNumber(long a, long b, FloatStatus s) {
        return ExactFloat.selectNumber(widen(a), widen(b), s, SINGLE);
    }

    @TruffleBoundary
    static long compareUnordered(long a, long b, boolean signaling, FloatStatus s) {
        return ExactFloat.compareUnordered(widen(a), widen(b), signaling, s);
    }

    @TruffleBoundary
    static long toDouble(long a, FloatStatus s) {
        return ExactFloat.quiet(widen(a), s, DOUBLE);
    }

    @TruffleBoundary
    static long toInteger(long a, int rm, FloatStatus s, int width, boolean signed) {
        return ExactFloat.toInteger(widen(a), rm, s, width, signed);
    }

    @TruffleBoundary
    static long classify(long a) {
        return FloatImage.classify(widen(a), SINGLE);
    }
}
