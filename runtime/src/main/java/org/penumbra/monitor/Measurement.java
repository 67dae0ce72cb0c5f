// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

/// The part of a run that the guest marked as worth measuring: `slti x0, x0, 1` begins it and `slti x0, x0, 2` ends it.
///
/// Both are hints that do nothing (unprivileged specification, "HINT instructions": SLTI with rd = x0 is for custom use).
/// The last begin before the first end counts; whatever is marked afterwards does not.
public final class Measurement {
    private static final int BEGIN = 1;
    private static final int END = 2;

    private Point begin;
    private Point end;

    /// What was counted up to a moment.
    ///
    /// @param instructions retired
    /// @param counts       of the model
    /// @param nanos        of the host's clock, from an arbitrary origin
    public record Point(long instructions, ExitStatistics counts, long nanos) {
        private Point since(Point earlier) {
            return new Point(instructions - earlier.instructions, counts.since(earlier.counts), nanos - earlier.nanos);
        }
    }

    /// Whether an immediate of `slti x0, x0, immediate` marks anything.
    public static boolean marks(long immediate) {
        return immediate == BEGIN || immediate == END;
    }

    public void mark(long immediate, Point now) {
        if (end != null) {
            return;
        }
        if (immediate == BEGIN) {
            begin = now;
        } else if (begin != null) {
            end = now;
        }
    }

    /// What was counted between the marks, or null where there is not one of each.
    public Point result() {
        return end == null ? null : end.since(begin);
    }
}
