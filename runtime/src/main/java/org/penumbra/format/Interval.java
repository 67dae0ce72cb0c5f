// SPDX-License-Identifier: Apache-2.0
package org.penumbra.format;

/// The 95 % confidence interval of a figure that is estimated from samples: the sum of what is to be doubted.
///
/// - Chance, by the jackknife: each group of samples is left out once, the figure is computed without it, and the
///   spread tells that of the estimate (Tukey, 1958). So it works alike for sums, ratios, means and, roughly,
///   quantiles.
/// - What is presumed of the outermost cache, as if all of it were wrong.
/// - Caches that are not warm yet: twice the difference to the second halves of samples.
/// - What handlers of few exits took, and events that hardly occurred in samples, or not at all.
public final class Interval {
    /// Figures under doubt, in this order: the outermost cache had none of the lines that it is presumed to have had;
    /// it had all that it is presumed not to have had; from second halves of samples only; with dear handlers; with
    /// what was hardly seen.
    public static final int DOUBTS = 5;
    /// What else a stretch that was not followed leaves behind in TLBs and caches, as a share of what is estimated.
    /// Against full runs, figures that hardly differ between samples were 1.4 % off and less.
    public static final double ALLOWANCE = 0.02;

    /// Quantiles of Student's distribution for 95 %, from 1 degree of freedom on.
    private static final double[] STUDENT = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
        2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042, 2.040};
    /// The most groups that samples may be in.
    public static final int MOST_GROUPS = STUDENT.length + 1;

    private Interval() {
    }

    /// Half the width.
    ///
    /// @param now    the figure
    /// @param values the figure without each group of samples, of which there are at least two, then under each doubt
    public static double halfWidth(double now, double[] values) {
        int groups = values.length - DOUBTS;
        double mean = 0;
        for (int i = 0; i < groups; i++) {
            mean += values[i] / groups;
        }
        double squares = 0;
        for (int i = 0; i < groups; i++) {
            squares += (values[i] - mean) * (values[i] - mean);
        }
        double[] away = new double[DOUBTS];
        for (int i = 0; i < DOUBTS; i++) {
            away[i] = Math.abs(values[groups + i] - now);
        }
        return STUDENT[groups - 2] * Math.sqrt(squares * (groups - 1) / groups)
                + Math.max(away[0], away[1]) + 2 * away[2] + away[3] + away[4];
    }
}
