// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.penumbra.exits.Measurement;
import org.penumbra.exits.Sample;
import org.penumbra.timing.TimingModel;

/// Decides by the count of instructions alone when the timing model follows the harts, so that samples are the same in
/// every engine mode.
///
/// A run begins with a stretch that is followed completely, and so does what comes after each mark of the guest: what a
/// program does first is like nothing that comes later. Then stretches that are not followed alternate with
/// samples, of which the first half only warms TLBs and caches. Samples grow longer, at the same share of all
/// instructions: a short part needs several of them, and in a long one, large caches need long ones.
final class Sampling {
    /// Instructions that are followed completely after power-on, and after a mark.
    private static final long WHOLE = 1_000_000;
    private static final long WHOLE_OF_PART = 16_000_000;
    /// Instructions followed in each of the first samples, and in the last ones.
    private static final long SHORTEST = 200_000;
    private static final long LONGEST = 3_200_000;
    /// Samples of one length; the next ones are twice as long.
    private static final int OF_A_LENGTH = 16;
    /// Samples of the greatest length, after which lengths grow all the same: what is recorded takes memory.
    private static final int OF_THE_LONGEST = 500;
    /// Marks after which no more are heeded, for the same reason.
    private static final int MOST_MARKS = 2000;

    /// Parts that begin with a long stretch that is followed completely.
    private static final int LONG_BEGINNINGS = 4;

    private enum Phase {
        NONE(null), WHOLE(Sample.Kind.WHOLE), GAP(null), WARMING(null), EARLY(Sample.Kind.EARLY),
        LATE(Sample.Kind.LATE);

        /// What is recorded of it, or null for nothing.
        private final Sample.Kind kind;

        Phase(Sample.Kind kind) {
            this.kind = kind;
        }
    }

    private final TimingModel timing;
    private final int share;
    private final Supplier<Measurement.Point> counts;
    private final List<Sample> samples = new ArrayList<>();
    private Phase phase = Phase.NONE;
    private long next;
    private long length;
    private int left;
    /// Instructions of the next stretch that is followed completely.
    private long begun = WHOLE;
    private int beginnings;
    private int marks;
    /// Where the stretch that is recorded began.
    private Measurement.Point begin;

    /// @param timing to be told when to follow
    /// @param share  of how many instructions one is followed; at least 2
    /// @param counts of the machine, now
    Sampling(TimingModel timing, int share, Supplier<Measurement.Point> counts) {
        this.timing = timing;
        this.share = share;
        this.counts = counts;
    }

    /// The stretches recorded so far.
    List<Sample> samples() {
        return List.copyOf(samples);
    }

    /// The instruction count at which it must be called again.
    long next() {
        return next;
    }

    /// Starts over.
    ///
    /// @param instructions retired by now
    void restart(long instructions) {
        samples.clear();
        begin = null;
        phase = Phase.NONE;
        begun = WHOLE;
        beginnings = 0;
        marks = 0;
        next = instructions;
    }

    /// The guest marks a part: a recorded stretch ends, and the next one begins after this instruction.
    ///
    /// @param immediate    of the mark
    /// @param instructions retired by now
    void marked(long immediate, long instructions) {
        if (marks == MOST_MARKS) {
            return;
        }
        marks++;
        record();
        phase = Phase.NONE;
        begun = immediate == Measurement.BEGIN && beginnings++ < LONG_BEGINNINGS ? WHOLE_OF_PART : WHOLE;
        next = instructions;
    }

    /// Ends the phase that is due to end.
    ///
    /// @param instructions retired by now
    void advance(long instructions) {
        while (next <= instructions) {
            record();
            switch (phase) {
                case NONE -> {
                    length = SHORTEST;
                    left = OF_A_LENGTH;
                    enter(Phase.WHOLE, instructions, begun);
                }
                case WHOLE, LATE -> {
                    if (left == 0) {
                        length *= 2;
                        left = length < LONGEST ? OF_A_LENGTH : OF_THE_LONGEST;
                    }
                    left--;
                    enter(Phase.GAP, instructions, (share - 1) * length);
                }
                case GAP -> enter(Phase.WARMING, instructions, length / 2);
                case WARMING -> enter(Phase.EARLY, instructions, length / 4);
                case EARLY -> enter(Phase.LATE, instructions, length / 4);
            }
        }
    }

    private void enter(Phase following, long instructions, long duration) {
        phase = following;
        next = instructions + duration;
        if (phase != Phase.EARLY && phase != Phase.LATE) {
            timing.follow(phase != Phase.GAP, phase == Phase.WARMING);
        }
        begin = phase.kind == null ? null : counts.get();
    }

    private void record() {
        if (begin == null) {
            return;
        }
        Measurement.Point now = counts.get();
        if (now.instructions() > begin.instructions()) {
            samples.add(new Sample(phase.kind, now.instructions() - begin.instructions(),
                    now.counts().since(begin.counts()), now.cycles().since(begin.cycles())));
        }
        begin = null;
    }
}
