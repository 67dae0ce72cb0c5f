// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.penumbra.exits.Cycles;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.exits.Measurement;
import org.penumbra.exits.Sample;
import org.penumbra.options.TimingParameter;
import org.penumbra.options.TimingParameters;

/// What a part of a run would have been charged if all of it had been followed, from the samples that were.
///
/// Stretches that were followed completely stand for themselves. For the rest, what exits and fast-path entries cost is
/// what one of the same cause cost in the samples, times their number, which is counted; fences are charged as they
/// come; and everything else is taken to come with instructions, as often as in the samples. So estimates are ratios of
/// sums over samples, which have a small bias with few of them.
public final class Estimate {
    private final Measurement.Point part;
    private final TimingParameters parameters;
    private final List<Sample> whole = new ArrayList<>();
    private final List<List<Sample>> samples = new ArrayList<>();

    /// @param part with samples
    public Estimate(Measurement.Point part, TimingParameters parameters) {
        this.part = part;
        this.parameters = parameters;
        for (Sample sample : part.samples()) {
            if (sample.kind() == Sample.Kind.WHOLE) {
                whole.add(sample);
            } else if (sample.kind() == Sample.Kind.EARLY || samples.isEmpty()) {
                samples.add(new ArrayList<>(List.of(sample)));
            } else {
                samples.getLast().add(sample);
            }
        }
    }

    /// Samples beside the stretches that were followed completely.
    public int samples() {
        return samples.size();
    }

    /// Instructions of stretches that were followed completely.
    public long whole() {
        return sum(whole).instructions();
    }

    /// Instructions of the samples.
    public long sampled() {
        return sum(drawn()).instructions();
    }

    /// Instructions that nothing is known of but by estimate.
    public long estimated() {
        return part.instructions() - whole() - sampled();
    }

    /// The estimate if what has hardly been seen, or not at all, were as frequent as it may be.
    public Cycles withUnseen() {
        Sample drawn = sum(drawn());
        int[] latencies = Caches.latencies(parameters);
        int[] stalls = Arrays.stream(latencies).map(latency -> latency - latencies[Caches.FIRST]).toArray();
        return cycles().withUnseen(drawn.cycles(), ratio(estimated(), drawn.instructions(), 0), stalls);
    }

    private List<Sample> drawn() {
        return samples.stream().flatMap(List::stream).toList();
    }

    /// The estimate from all samples.
    public Cycles cycles() {
        return from(drawn(), false);
    }

    /// The estimate from the second halves of samples, before which TLBs and caches were warmed for longer.
    public Cycles late() {
        return from(drawn().stream().filter(sample -> sample.kind() == Sample.Kind.LATE).toList(), false);
    }

    /// The estimate if handlers' memory references cost more than those in the samples, by twice the error to be
    /// expected of so many of them.
    public Cycles withDearHandlers() {
        return from(drawn(), true);
    }

    /// The estimate without one sample of each so many.
    ///
    /// @param left   the first one that is left out
    /// @param groups each of which is left out once
    public Cycles without(int left, int groups) {
        List<Sample> others = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            if (i % groups != left) {
                others.addAll(samples.get(i));
            }
        }
        return from(others, false);
    }

    /// What it would be if all that is presumed of the outermost cache were otherwise: see [Cycles#otherwise].
    public Cycles otherwise(boolean none) {
        int level = Caches.outermost(parameters);
        int[] latencies = Caches.latencies(parameters);
        return cycles().otherwise(none, level, latencies[Caches.MEMORY] - latencies[level]);
    }

    private Cycles from(List<Sample> chosen, boolean dear) {
        Sample known = sum(whole);
        long rest = part.instructions() - known.instructions();
        // Where there is no sample, the beginning stands for what comes after it.
        Sample drawn = sum(chosen.isEmpty() ? whole : chosen);
        Sample seen = sum(List.of(known, drawn));
        ExitStatistics left = part.counts().since(known.counts());
        Cycles result = drawn.cycles().withoutHandlers(ratio(rest, drawn.instructions(), 0),
                ratio(events(left), events(drawn.counts()), 0) * doubt(events(drawn.counts()), dear));
        handlers(result, chosen.isEmpty() ? drawn : seen, left, dear);
        result.add(known.cycles());
        result.fences = part.cycles().fences;
        return result;
    }

    /// Adds what exits and fast-path entries cost.
    private void handlers(Cycles result, Sample drawn, ExitStatistics left, boolean dear) {
        long ofExit = parameters.get(TimingParameter.EXIT_CYCLES)
                + parameters.cycles(parameters.get(TimingParameter.EXIT_INSTRUCTIONS));
        double exit = ratio(drawn.cycles().exits(), drawn.counts().memoryVirtualisationExits(), ofExit);
        for (ExitCause cause : ExitCause.values()) {
            long seen = drawn.counts().exits(cause);
            double memory = ratio(drawn.cycles().exitMemory(cause), seen, Math.max(0, exit - ofExit));
            double rest = ratio(drawn.cycles().exits(cause), seen, exit) - memory;
            result.exit(cause, Math.round(left.exits(cause) * rest),
                    Math.round(left.exits(cause) * memory * doubt(seen, dear)));
        }
        long ofEntry = parameters.get(TimingParameter.FAST_CYCLES)
                + parameters.cycles(parameters.get(TimingParameter.FAST_INSTRUCTIONS));
        long entries = drawn.counts().fastPathEntries();
        double entry = ratio(drawn.cycles().fastPath(), entries, ofEntry);
        double work = ratio(drawn.cycles().synchronisation(), entries, 0);
        for (FastPathEntry kind : FastPathEntry.values()) {
            long seen = drawn.counts().fastPathEntries(kind);
            double memory = ratio(drawn.cycles().fastPath(kind), seen, entry) - ofEntry;
            long times = left.fastPathEntries(kind);
            result.fastPath(kind, Math.round(times * (ofEntry + memory * doubt(seen, dear))),
                    Math.round(times * ratio(drawn.cycles().synchronisation(kind), seen, work) * doubt(seen, dear)));
        }
    }

    private static double doubt(long seen, boolean dear) {
        return dear ? 1 + 2 / Math.sqrt(seen + 1) : 1;
    }

    private static long events(ExitStatistics counts) {
        return counts.memoryVirtualisationExits() + counts.fastPathEntries();
    }

    private static double ratio(double value, long base, double otherwise) {
        return base == 0 ? otherwise : value / base;
    }

    private static Sample sum(List<Sample> samples) {
        long instructions = 0;
        var counts = new ExitStatistics();
        var cycles = new Cycles();
        for (Sample sample : samples) {
            instructions += sample.instructions();
            counts.add(sample.counts());
            cycles.add(sample.cycles());
        }
        return new Sample(Sample.Kind.WHOLE, instructions, counts, cycles);
    }
}
