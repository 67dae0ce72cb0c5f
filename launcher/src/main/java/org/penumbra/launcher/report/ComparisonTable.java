// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// A comparison as text: a column for each model, a row for each figure.
public final class ComparisonTable {

    private static final int LABEL = 30;
    private static final String NOTHING = "-";
    /// Of a column, and of one whose figures have intervals.
    private static final int WIDTH = 11;
    private static final int SAMPLED = 16;
    private static final int SWEEP_EXIT_COST = 1000;

    private final StringBuilder text = new StringBuilder();
    private final List<Column> columns;
    private final int width;

    private ComparisonTable(List<Column> columns) {
        this.columns = columns;
        int least = columns.getFirst().timing().map(Timing::sampled).orElse(false) ? SAMPLED : WIDTH;
        this.width = Math.max(least, columns.stream().mapToInt(c -> c.heading().length() + 1).max().orElse(0));
    }

    /// All figures of one workload.
    public static String of(Comparison comparison) {
        var table = new ComparisonTable(comparison.columns());
        table.text.append(comparison.name()).append(": ").append(comparison.runs().getFirst().output().strip())
                .append('\n');
        table.fill(comparison);
        return table.text.toString();
    }

    private void fill(Comparison comparison) {
        row("", Column::heading);
        count("million instructions", c -> String.format(Locale.ROOT, "%.1f", c.run().instructions() / 1e6));
        row("hypervisor exits", c -> number(c.exits()));
        for (String cause : columns.getFirst().run().exitsByCause().keySet()) {
            number("  " + cause, c -> c.exits(cause));
        }
        row("  against tsp", c -> change(comparison.change(c, false)));
        row("  against tsp*", c -> change(comparison.change(c, true)));
        row("fast-path entries", c -> number(c.run().fastPathEntries()));
        for (String kind : columns.getFirst().run().fastPathByKind().keySet()) {
            number("  " + kind, c -> c.run().fastPathByKind().get(kind));
        }
        row("  root buffer hits", c -> percent(c.run().rootHitRate()));
        row("TLB misses", c -> number(c.run().tlbMisses()));
        number("TLB permission misses", c -> c.run().tlbPermissionMisses());
        row("walk references for either", c -> decimal(c.run().referencesPerMiss()));
        number("  to guest tables", c -> c.run().guestReferences());
        number("  to host tables", c -> c.run().hostReferences());
        number("PTEs read to synchronise", c -> c.run().count("synchronisation", "ptesReRead"));
        number("  changed", c -> c.run().count("synchronisation", "ptesChanged"));
        number("  dropped", c -> c.run().count("synchronisation", "ptesDropped"));
        number("  tables freed", c -> c.run().count("synchronisation", "tablesFreed"));
        for (int cost : Comparison.EXIT_COSTS) {
            row("overhead, C_exit " + cost, c -> percent(comparison.overhead(c, cost)));
        }
        row("cheaper than hap if C_exit", c -> comparison.crossing(c).toString());
        if (columns.getFirst().timing().isPresent()) {
            timing(comparison);
        }
        count("host seconds", c -> String.format(Locale.ROOT, "%.2f", c.run().hostSeconds()));
    }

    /// The timing model's figures.
    private void timing(Comparison comparison) {
        text.append("timed as ").append(columns.getFirst().timing().orElseThrow().preset())
                .append(", cycles of 1000 instructions:\n");
        timed("cycles", t -> cycles(t, t.cycles(), t.cyclesHalfWidth()));
        for (String part : Timing.PARTS) {
            if (columns.stream().anyMatch(c -> c.timing().orElseThrow().parts().get(part) != 0)) {
                timed("  " + part, t -> cycles(t, t.parts().get(part), t.halfWidth(part)));
            }
        }
        row("overhead, timed", c -> percent(comparison.timedOverhead(c), comparison.timedHalfWidth(c)));
        misses("walks of 1000 instructions", "walks");
        timed("  mean cycles", t -> figure("%.1f", t.walkMean(), t.walkHalfWidth("mean")));
        timed("  median", t -> figure("%.0f", t.walk("p50"), t.walkHalfWidth("p50")));
        timed("  99th percentile", t -> figure("%.0f", t.walk("p99"), t.walkHalfWidth("p99")));
        timed("  references to DRAM", t -> percent(t.walkServedBy("dram"), t.servedHalfWidth("dram")));
        misses("data TLB misses of 1000", "dtlb");
        misses("fetch TLB misses of 1000", "itlb");
        misses("first-level misses of 1000", "l1d");
        if (columns.stream().anyMatch(c -> c.timing().orElseThrow().shadowBytes() != 0)) {
            timed("KiB of shadow tables", t -> number(t.shadowBytes() >> 10));
        }
    }

    private void misses(String label, String what) {
        timed(label, t -> figure("%.2f", t.missesPerThousand(what), t.missesHalfWidth(what)));
    }

    /// Cycles of a thousand instructions.
    static String cycles(Timing timing, double cycles, double halfWidth) {
        double value = timing.perThousand(cycles);
        double width = timing.perThousand(halfWidth);
        return value < 100 ? figure("%.1f", value, width)
                : number(Math.round(value)) + (width == 0 ? "" : "±" + number((long) Math.ceil(width)));
    }

    /// A figure with half the width of its interval, unless that is 0.
    private static String figure(String format, double value, double halfWidth) {
        return String.format(Locale.ROOT, format, value)
                + (halfWidth == 0 ? "" : "±" + String.format(Locale.ROOT, format, halfWidth));
    }

    private static String percent(double ratio, double halfWidth) {
        String text = percent(ratio);
        return Double.isNaN(ratio) || halfWidth == 0 || !text.endsWith("%") ? text
                : text.replace(" %", String.format(Locale.ROOT, "±%.1f %%", halfWidth * 100));
    }

    private void timed(String label, Function<Timing, String> cell) {
        row(label, c -> cell.apply(c.timing().orElseThrow()));
    }

    private void row(String label, Function<Column, String> cell) {
        text.append(String.format("%-" + LABEL + "s", label));
        for (Column column : columns) {
            text.append(String.format("%" + width + "s", cell.apply(column)));
        }
        text.append('\n');
    }

    /// A row without a value for the second reading of `tsp`.
    private void count(String label, Function<Column, String> cell) {
        row(label, c -> c.fencesFree() ? "" : cell.apply(c));
    }

    /// A row of counts, omitted if all are zero.
    private void number(String label, ToLongFunction<Column> cell) {
        if (columns.stream().anyMatch(c -> cell.applyAsLong(c) != 0)) {
            row(label, c -> number(cell.applyAsLong(c)));
        }
    }

    /// The comparisons of one workload under several settings: a few figures each, one row per setting and model.
    public static String sweep(List<Comparison> comparisons) {
        StringBuilder text = new StringBuilder();
        List<String> options = List.copyOf(comparisons.getFirst().setting().keySet());
        text.append(comparisons.getFirst().workload()).append('\n');
        for (String option : options) {
            text.append(setting(option, option));
        }
        text.append(String.format("%-12s%11s%13s%13s%12s%10s%12s%10s%10s%10s%n", "model", "exits", "against tsp",
                "against tsp*",
                "fast path", "buffer", "TLB misses", "refs/miss", "PTEs read",
                timed(comparisons) ? "timed" : "overhead"));
        for (Comparison comparison : comparisons) {
            for (Column column : comparison.columns()) {
                Run run = column.run();
                for (String option : options) {
                    text.append(setting(option, comparison.setting().get(option)));
                }
                text.append(String.format("%-12s%11s%13s%13s%12s%10s%12s%10s%10s%10s%n", column.heading(),
                        number(column.exits()),
                        change(comparison.change(column, false)), change(comparison.change(column, true)),
                        number(run.fastPathEntries()), percent(run.rootHitRate()), number(run.tlbMisses()),
                        decimal(run.referencesPerMiss()), number(run.count("synchronisation", "ptesReRead")),
                        timed(comparisons)
                                ? percent(comparison.timedOverhead(column), comparison.timedHalfWidth(column))
                                : percent(comparison.overhead(column, SWEEP_EXIT_COST))));
            }
        }
        return text.toString();
    }

    /// Whether overheads are those of the timing model.
    private static boolean timed(List<Comparison> comparisons) {
        return comparisons.getFirst().runs().getFirst().timing(false).isPresent();
    }

    /// A cell in the column of an option, which its name and a gap fit into.
    private static String setting(String option, String cell) {
        return String.format("%-" + (Math.max(12, option.length()) + 2) + "s", cell);
    }

    static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value).replace(',', ' ');
    }

    static String decimal(double value) {
        return Double.isNaN(value) ? NOTHING : String.format(Locale.ROOT, "%.2f", value);
    }

    /// Signed, such as `-42.0 %`; large values as factors.
    static String change(double ratio) {
        return Double.isNaN(ratio) ? NOTHING : ratio >= 9.995 ? String.format(Locale.ROOT, "x %.0f", ratio + 1)
                : String.format(Locale.ROOT, "%+.1f %%", ratio * 100);
    }

    static String percent(double ratio) {
        return Double.isNaN(ratio) ? NOTHING : ratio >= 9.995 ? String.format(Locale.ROOT, "x %.0f", ratio + 1)
                : String.format(Locale.ROOT, "%.1f %%", ratio * 100);
    }

    /// The settings that a guest may react to, unless they are swept.
    private static String machine(Run any) {
        StringBuilder text = new StringBuilder();
        for (String option : List.of("mmu", "ad", "cpu")) {
            if (any.statistics().has(option) && !any.setting().containsKey(option)) {
                text.append(text.isEmpty() ? "The machine is that of --" : " --").append(option).append(' ')
                        .append(any.statistics().get(option).getAsString());
            }
        }
        return text.isEmpty() ? "" : text.append(".\n").toString();
    }

    private static String timingLegend(Run any) {
        return any.timing(false).isEmpty() ? "" : """
                Timed figures are those of a model of an in-order core whose fetches, loads, stores, walks and monitor go through
                the TLBs, walk caches and caches of the preset, entry by entry; no prefetching, no overlap of misses. Exits are those
                counted. The JSON has all parameters with their sources.
                """ + (any.timing(false).get().sampled() ? """
                Only samples were followed. ± is half the width of a 95 %% confidence interval, which has in it what is presumed of the
                outermost cache. Counts are exact.
                """ : "");
    }

    /// The legend of the figures, with the constants of the cost model.
    public static String legend(Run any) {
        return machine(any) + String.format(Locale.ROOT, """
                Counted is what lies between the guest's two marks: the workload without boot and preparations. Hypervisor exits are
                those of memory virtualisation; MMIO, timer and firmware calls are not among them. Fences and root switches that the
                machine-mode fast path finishes are no exits; they are counted apart, and charged. tsp* is the same run of tsp with
                exits for fences left out: tsp does not need them, but TVM is one bit, so a real tsp has to take them.
                Overhead is modelled, against native, at one cycle an instruction: exits x C_exit + fast-path entries x %d
                + page-table references x %d + synchronised PTEs x %d cycles, without caches for walks. These constants are assumptions.
                A TLB entry is too weak for a first store to a clean page, and for stores to pages that guest or model protect.
                Instead of 1000 %% and more, "x 19" says nineteen times the cycles (or the exits).
                Host time is this computer's and says nothing of hardware.
                """ + timingLegend(any), any.count("costModel", "fastPath"), any.count("costModel", "memory"),
                any.count("costModel", "memory"));
    }
}
