// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

/// How fast a region's code is: some of its stays are timed.
final class Speed {
    /// Of so many stays one is timed: two looks at the clock take as long as some fifty instructions.
    private static final int INTERVAL = 16;
    /// Timed stays, or time, that make the figure trustworthy.
    private static final int ENOUGH = 1000;
    private static final long LONG_NANOS = 20_000_000;

    private int stays;
    private int timed;
    private long instructions;
    private long nanos;

    /// Whether to time the stay that begins.
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

    /// Instructions for each nanosecond, of the timed stays.
    double instructionsPerNano() {
        return (double) instructions / Math.max(1, nanos);
    }

    /// Forgets what was timed: the code has changed.
    void restart() {
        timed = 0;
        instructions = 0;
        nanos = 0;
    }
}
