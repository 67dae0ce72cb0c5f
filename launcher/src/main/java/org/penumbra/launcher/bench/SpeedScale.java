// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

/// A picture's logarithmic scale of speeds relative to 1: powers of two.
///
/// @param from exponent of the least speed shown
/// @param to   exponent of the greatest
record SpeedScale(int from, int to) {
    /// Where a speed is, from 0 at the least to 1 at the greatest; others are moved there.
    double share(double speed) {
        return (Math.clamp(Math.log(speed) / Math.log(2), from, to) - from) / (to - from);
    }

    static String label(int power) {
        return (power < 0 ? "1/" + (1 << -power) : Integer.toString(1 << power)) + "x";
    }

    /// Of the line for a power of two; that of 1 stands out.
    static String colour(int power) {
        return power == 0 ? "#000" : "#ddd";
    }
}
