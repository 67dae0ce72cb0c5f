// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import org.penumbra.exits.Cycles;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.exits.Latencies;
import org.penumbra.exits.Measurement;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.TimingParameter;
import org.penumbra.options.TimingParameters;
import org.penumbra.timing.Estimate;

/// What the timing model has charged, in the shape that `--stats` writes. All times are in cycles.
final class TimingReport {
    private static final String[] STAGES = {"guest", "secondStage", "shadow"};
    private static final String[] REQUESTERS = {"fetch", "data", "walk", "software"};
    private static final String[] SERVERS = {"l1", "l2", "llc", "dram"};
    private static final double KILO = 1000;

    private TimingReport() {
    }

    /// Cycles of a part of a run, split, and the events behind them.
    static ValueMap of(Measurement.Point part, TimingParameters parameters) {
        if (part.samples() == null) {
            return figures(part, part.cycles(), parameters);
        }
        var estimate = new Estimate(part, parameters);
        var intervals = new Intervals(estimate, part.instructions(),
                cycles -> figures(part, cycles, parameters).put("sums", sums(part, cycles, parameters)));
        return figures(part, estimate.cycles(), parameters)
                .put("sampling", new ValueMap().put("share", parameters.share()).put("samples", estimate.samples())
                        .put("whole", estimate.whole()).put("sampled", estimate.sampled())
                        .put("estimated", estimate.estimated())
                        .put("cycles", intervals.values(figures -> figures.get("cycles")))
                        .put("exitsForFences", intervals.values(figures -> ((ValueMap) figures.get("exits"))
                                .get(ExitCause.FENCE_ESCALATED.key()))))
                .put("interval95", intervals.halfWidths());
    }

    private static ValueMap figures(Measurement.Point part, Cycles cycles, TimingParameters parameters) {
        long compute = parameters.cycles(part.instructions());
        long total = compute + cycles.total();
        return new ValueMap()
                .put("preset", parameters.name())
                .put("cycles", total)
                .put("cpi", ratio(total, part.instructions()))
                .put("compute", compute)
                .put("fetchStalls", cycles.fetchStalls)
                .put("dataStalls", cycles.dataStalls)
                .put("tlb", cycles.tlb)
                .put("walk", walk(cycles))
                .put("fences", cycles.fences)
                .put("exits", exits(cycles))
                .put("fastPath", fastPath(cycles))
                .put("synchronisation", synchronisation(cycles))
                .put("misses", misses(cycles, 1))
                .put("mpki", misses(cycles, part.instructions() / KILO))
                .put("references", references(cycles))
                .put("shadowBytes", part.counts().pagesPeak * GuestMemory.PAGE_SIZE);
    }

    /// Figures that reports derive from others, whose intervals do not follow from those of the others.
    private static ValueMap sums(Measurement.Point part, Cycles cycles, TimingParameters parameters) {
        long fenced = cycles.exits(ExitCause.FENCE_ESCALATED);
        var sums = new ValueMap()
                .put("cyclesWithoutFences", parameters.cycles(part.instructions()) + cycles.total() - fenced)
                .put("exits", cycles.exits())
                .put("exitsWithoutFences", cycles.exits() - fenced)
                .put("fastPath", cycles.fastPath())
                .put("synchronisation", cycles.synchronisation());
        for (int stage = 0; stage < HardwareWalk.STAGES; stage++) {
            long walks = 0;
            for (int level = 0; level < TranslationMode.MAXIMUM_LEVELS; level++) {
                walks += cycles.walkCycles(stage, level);
            }
            sums.put(STAGES[stage], walks);
        }
        long references = 0;
        for (int level = 0; level < SERVERS.length; level++) {
            references += cycles.served(Cycles.WALK, level);
        }
        for (int level = 0; level < SERVERS.length; level++) {
            sums.put("walkServedBy" + SERVERS[level], ratio(cycles.served(Cycles.WALK, level), references));
        }
        return sums;
    }

    private static double ratio(double value, double base) {
        return base == 0 ? 0 : value / base;
    }

    private static ValueMap walk(Cycles cycles) {
        Latencies latencies = cycles.walkLatencies();
        var walk = new ValueMap()
                .put("count", cycles.walks)
                .put("cycles", cycles.walkCycles())
                .put("mean", ratio(cycles.walkCycles(), cycles.walks))
                .put("p50", latencies.quantile(0.5))
                .put("p99", latencies.quantile(0.99))
                .put("walkCaches", cycles.walkCaches);
        for (int stage = 0; stage < HardwareWalk.STAGES; stage++) {
            var references = new ValueMap();
            var times = new ValueMap();
            for (int level = TranslationMode.MAXIMUM_LEVELS - 1; level >= 0; level--) {
                references.put("level" + level, cycles.walkReferences(stage, level));
                times.put("level" + level, cycles.walkCycles(stage, level));
            }
            walk.put(STAGES[stage], new ValueMap().put("references", references).put("cycles", times));
        }
        var histogram = new ValueMap();
        long[] counts = latencies.byPowerOfTwo();
        for (int power = 0; power < counts.length; power++) {
            if (counts[power] > 0) {
                histogram.put("from" + (power == 0 ? 0 : 1L << power), counts[power]);
            }
        }
        return walk.put("latencies", histogram);
    }

    private static ValueMap exits(Cycles cycles) {
        var result = new ValueMap();
        for (ExitCause cause : ExitCause.values()) {
            result.put(cause.key(), cycles.exits(cause));
        }
        return result;
    }

    private static ValueMap fastPath(Cycles cycles) {
        var result = new ValueMap();
        for (FastPathEntry kind : FastPathEntry.values()) {
            result.put(kind.key(), cycles.fastPath(kind));
        }
        return result;
    }

    private static ValueMap synchronisation(Cycles cycles) {
        var result = new ValueMap();
        for (FastPathEntry kind : FastPathEntry.values()) {
            result.put(kind.key(), cycles.synchronisation(kind));
        }
        return result;
    }

    /// Misses of TLBs, and of the program in caches, for each of a number of units.
    private static ValueMap misses(Cycles cycles, double units) {
        return new ValueMap()
                .put("itlb", each(cycles.fetchTlbMisses, units))
                .put("dtlb", each(cycles.dataTlbMisses, units))
                .put("walks", each(cycles.walks, units))
                .put("l1i", each(cycles.missed(Cycles.FETCH, 0), units))
                .put("l1d", each(cycles.missed(Cycles.DATA, 0), units))
                .put("l2", each(cycles.missed(Cycles.FETCH, 1) + cycles.missed(Cycles.DATA, 1), units))
                .put("llc", each(cycles.missed(Cycles.FETCH, 2) + cycles.missed(Cycles.DATA, 2), units));
    }

    /// A whole number where it is one of single units.
    private static Object each(long count, double units) {
        return units == 1 ? (Object) count : (Object) ratio(count, units);
    }

    /// References by who makes them and what serves them; of a program's, only those to another line than the one
    /// before.
    private static ValueMap references(Cycles cycles) {
        var result = new ValueMap();
        for (int requester = 0; requester < Cycles.REQUESTERS; requester++) {
            var served = new ValueMap();
            for (int level = 0; level < SERVERS.length; level++) {
                served.put(SERVERS[level], cycles.served(requester, level));
            }
            result.put(REQUESTERS[requester], served);
        }
        return result;
    }

    /// All parameters with their sources.
    static ValueMap parameters(TimingParameters parameters) {
        var result = new ValueMap();
        for (TimingParameter parameter : TimingParameter.values()) {
            result.put(parameter.key(), new ValueMap().put("value", parameters.text(parameter))
                    .put("source", parameters.source(parameter)));
        }
        return result;
    }
}
