// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// Measures the speed of a region's code by timing some of its stays.
final class Speed {
    /// One stay in this many is timed: reading the clock twice takes as long as about fifty instructions.
    private static final int INTERVAL = 16;
    /// Timed stays, or total time, from which the figure is reliable.
    private static final int ENOUGH = 1000;
    private static final long LONG_NANOS = 20_000_000;

    private int stays;
    private int timed;
    private long instructions;
    private long nanos;

    /// Whether to time the stay that begins now.
    boolean isDue() {
        return (++stays & INTERVAL - 1) == 0;
    }

    void add(long executed, long took) {
        timed++;
        instructions += executed;
        nanos += took;
    }

    /// Whether enough has been timed.
    boolean isKnown() {
        return timed >= ENOUGH || nanos >= LONG_NANOS;
    }

    /// Instructions per nanosecond in the timed stays.
    double instructionsPerNano() {
        return (double) instructions / Math.max(1, nanos);
    }
}
