// SPDX-License-Identifier: Apache-2.0
package org.penumbra.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Widths worked out by hand.
final class IntervalTest {
    /// Of a mean the jackknife is the standard error, s / sqrt(n), here sqrt(2.5 / 5), times Student's 2.776.
    @Test
    void ofAMeanItIsTheStandardErrorTimesStudentsQuantile() {
        double[] samples = {1, 2, 3, 4, 5};
        double[] values = new double[samples.length + Interval.DOUBTS];
        Arrays.fill(values, 3);
        for (int i = 0; i < samples.length; i++) {
            values[i] = (15 - samples[i]) / 4;
        }
        assertEquals(2.776 * Math.sqrt(0.5), Interval.halfWidth(3, values), 1e-9);
    }

    /// What is presumed is wrong in one way or the other, but not in both; all else adds up.
    @Test
    void doubtsAddUp() {
        double[] values = {10, 10, 13, 6, 11, 10.5, 10.25};
        assertEquals(4 + 2 * 1 + 0.5 + 0.25, Interval.halfWidth(10, values), 1e-9);
    }
}
