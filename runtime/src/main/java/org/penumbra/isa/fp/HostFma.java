// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

/// Whether the host has a fused multiply-add instruction.
///
/// Without one, `Math.fma` computes with `BigDecimal`: a hundred times slower than [ExactFloat], and so much code that
/// partial evaluation of it fails for good. So it must not even be mentioned on a cold branch.
final class HostFma {

    static final boolean AVAILABLE = isFast();

    private HostFma() {
    }

    /// The JDK has no question for this, hence the clock. An instruction takes nanoseconds, also when interpreted;
    /// arithmetic on hundreds of decimal digits takes more than the microsecond allowed here, also when compiled.
    private static boolean isFast() {
        double addend = 0x1.8p-400;
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            long start = System.nanoTime();
            sum += Math.fma(0x1.23456789abcdp-400, 0x1.fedcba987654p100, addend);
            if (System.nanoTime() - start < 1_000 && sum > 0) {
                return true;
            }
        }
        return false;
    }
}
