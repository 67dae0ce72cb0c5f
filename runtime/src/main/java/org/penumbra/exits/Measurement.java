// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

import java.util.ArrayList;
import java.util.List;

/// The parts of a run that the guest marked for measurement: `slti x0, x0, 1` begins a part, `slti x0, x0, 2` ends it,
/// and `slti x0, x0, 3` says that everything since power-on was preparation.
///
/// These instructions are hints without an effect (unprivileged specification, "HINT instructions": SLTI with rd = x0
/// is for custom use). If begin is repeated, the last one before the end counts; of the third kind, the first one
/// counts. An end without a begin since the last end is ignored.
public final class Measurement {
    /// The immediate that begins a part.
    public static final int BEGIN = 1;
    private static final int END = 2;
    private static final int READY = 3;
    /// Limit on the parts, so that a guest that keeps marking cannot fill the host's memory.
    private static final int MOST_PARTS = 1000;

    private final List<Point> parts = new ArrayList<>();
    private final long powerOn;
    private Point begin;
    private Point boot;

    /// The counts at one moment.
    ///
    /// @param instructions retired
    /// @param counts       of the model
    /// @param nanos        of the host's clock, from an arbitrary origin
    /// @param cycles       of the timing model, or null
    /// @param samples      that the timing model has followed, or null if it follows everything
    public record Point(long instructions, ExitStatistics counts, long nanos, Cycles cycles, List<Sample> samples) {
        private Point since(Point earlier) {
            return new Point(instructions - earlier.instructions, counts.since(earlier.counts), nanos - earlier.nanos,
                    cycles == null || earlier.cycles == null ? null : cycles.since(earlier.cycles),
                    samples == null || earlier.samples == null ? null
                            : samples.subList(Math.min(earlier.samples.size(), samples.size()), samples.size()));
        }
    }

    /// @param powerOn when the run began, in nanoseconds of the clock that points will use
    public Measurement(long powerOn) {
        this.powerOn = powerOn;
    }

    /// The parts marked so far, to continue from.
    public Measurement copy() {
        var copy = new Measurement(powerOn);
        copy.parts.addAll(parts);
        copy.begin = begin;
        copy.boot = boot;
        return copy;
    }

    /// Whether an immediate of `slti x0, x0, immediate` marks anything.
    public static boolean marks(long immediate) {
        return immediate >= BEGIN && immediate <= READY;
    }

    /// @param now counts since power-on
    public void mark(long immediate, Point now) {
        if (immediate == READY) {
            boot = boot == null ? new Point(now.instructions, now.counts, now.nanos - powerOn, now.cycles, now.samples)
                    : boot;
        } else if (immediate == BEGIN) {
            begin = now;
        } else if (immediate == END && begin != null && parts.size() < MOST_PARTS) {
            parts.add(now.since(begin));
            begin = null;
        }
    }

    /// The counts between the last begin before the first end, and that end; null unless there is one of each.
    public Point result() {
        return parts.isEmpty() ? null : parts.getFirst();
    }

    /// All parts in order, including that of [#result()].
    public List<Point> parts() {
        return List.copyOf(parts);
    }

    /// The counts until the guest said that it was ready, or null if it never did.
    public Point boot() {
        return boot;
    }
}
