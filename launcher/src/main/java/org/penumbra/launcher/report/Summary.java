// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.penumbra.options.ModelName;

/// The findings of a comparison in two sentences, next to the figures of the papers.
public final class Summary {

    private static final int EXIT_COST = 1000;
    /// Changes below this are not worth mentioning.
    private static final double LITTLE = 0.005;
    /// Most workloads listed by name; more are only counted.
    private static final int NAMED = 8;

    private Summary() {
    }

    /// @param known    how many of the comparisons had a known expected output
    /// @param problems what was wrong with the guests' results
    public static String of(List<Comparison> comparisons, int known, List<String> problems) {
        StringBuilder text = new StringBuilder();
        String plan = comparisons.size() == 1 ? "1 workload"
                : comparisons.size() + (comparisons.getFirst().setting().isEmpty() ? " workloads"
                        : " workloads and settings");
        int runs = comparisons.stream().mapToInt(comparison -> comparison.runs().size()).sum();
        text.append("Results: ").append(plan).append(", ").append(runs).append(" runs; ");
        if (!problems.isEmpty()) {
            text.append(problems.size()).append(" WRONG or failed, see the messages.\n");
        } else {
            text.append("every guest printed the same checksum under every model")
                    .append(known == comparisons.size() ? ", the expected one"
                            : known == 0 ? "" : "; " + known + " are the expected ones, none is known for the others")
                                    .append(".\n");
        }
        List<Comparison> both = comparisons.stream()
                .filter(c -> c.find(Comparison.SWIFT).isPresent() && c.find(Column.TRADITIONAL).isPresent()).toList();
        if (!both.isEmpty()) {
            text.append(wrap(exits(both))).append(wrap(costs(both)));
        }
        text.append(wrap(timed(comparisons)));
        BootShare.of(comparisons).lines().forEach(line -> text.append(wrap(line)));
        return text.append('\n').append(papers()).toString();
    }

    private static String exits(List<Comparison> comparisons) {
        double[] faithful = all(comparisons, c -> c.change(swift(c), false));
        double[] idealised = all(comparisons, c -> c.change(swift(c), true));
        List<String> lost = comparisons.stream().filter(c -> !(c.change(swift(c), true) < -LITTLE))
                .map(Comparison::name).toList();
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
                "By our counting rule ssp takes %s hypervisor exits than tsp with fences trapped (median; from %s to "
                        + "%s) and %s than tsp "
                + "with fences free (from %s to %s)", more(median(faithful)), signed(min(faithful)),
                        signed(max(faithful)),
                more(median(idealised)), signed(min(idealised)), signed(max(idealised))));
        if (!lost.isEmpty()) {
            text.append("; it saves none against the latter on ").append(named(lost, comparisons.size()));
        }
        for (ModelName model : EnumSet.complementOf(EnumSet.of(ModelName.NATIVE, ModelName.TSP, ModelName.SSP))) {
            String rival = model.toString();
            List<String> better = comparisons.stream().filter(c -> c.find(rival).isPresent()
                    && c.find(rival).get().exits() < swift(c).exits()).map(Comparison::name).toList();
            if (!better.isEmpty()) {
                text.append("; ").append(rival).append(" takes fewer than ssp on ")
                        .append(named(better, comparisons.size()));
            }
        }
        return text.append('.').toString();
    }

    private static String named(List<String> names, int all) {
        return names.size() == all ? all == 1 ? names.getFirst() : "all " + all : names.size() > NAMED
                ? names.size() + " of " + all
                : names.size() + " of " + all + " (" + String.join(", ", names) + ")";
    }

    private static String costs(List<Comparison> comparisons) {
        List<Comparison> based = comparisons.stream().filter(c -> c.find(Comparison.NATIVE).isPresent()).toList();
        if (based.isEmpty()) {
            return "";
        }
        String text = String.format(Locale.ROOT, "At %d cycles an exit the model puts the median overhead against "
                + "native at %s for ssp, %s for "
                + "tsp and %s for tsp with fences free", EXIT_COST, overhead(based, Comparison.SWIFT, false),
                overhead(based, Column.TRADITIONAL, false), overhead(based, Column.TRADITIONAL, true));
        List<Comparison> nested = based.stream().filter(c -> c.find(Comparison.NESTED).isPresent()).toList();
        if (nested.isEmpty()) {
            return text + ".";
        }
        List<String> dearer = nested.stream().filter(c ->
                c.overhead(swift(c), EXIT_COST) > c.overhead(column(c, Comparison.NESTED, false),
                EXIT_COST)).map(Comparison::name).toList();
        return text + String.format(Locale.ROOT, ", and at %s for hap, %s.", overhead(nested, Comparison.NESTED, false),
                dearer.isEmpty() ? "which costs less than ssp on none"
                        : "which costs less than ssp on " + named(dearer, nested.size()));
    }

    /// What the timing model says, or nothing without it.
    private static String timed(List<Comparison> comparisons) {
        List<Comparison> based = comparisons.stream().filter(c -> c.find(Comparison.NATIVE)
                .flatMap(run -> run.timing(false)).isPresent()).toList();
        if (based.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder(based.getFirst().find(Comparison.NATIVE)
                .flatMap(run -> run.timing(false)).orElseThrow().sampled() ? "Timed by samples" : "Timed")
                .append(", the median overhead against native is ");
        List<String> parts = new ArrayList<>();
        for (Run run : based.getFirst().runs()) {
            if (!run.model().equals(Comparison.NATIVE)) {
                parts.add(ComparisonTable.percent(median(all(based, c -> c.find(run.model())
                        .map(one -> c.timedOverhead(new Column(one, false))).orElse(Double.NaN)))) + " for "
                        + run.model());
            }
        }
        text.append(String.join(", ", parts));
        List<Comparison> both = based.stream().filter(c -> c.find(Comparison.NESTED).isPresent()
                && c.find(Comparison.SWIFT).isPresent()).toList();
        List<String> dearer = both.stream().filter(c -> c.timedOverhead(swift(c))
                > c.timedOverhead(column(c, Comparison.NESTED, false))).map(Comparison::name).toList();
        if (!both.isEmpty()) {
            text.append("; hap costs less than ssp on ").append(dearer.isEmpty() ? "none"
                    : named(dearer, both.size()));
        }
        text.append('.');
        if (based.stream().allMatch(comparison -> comparison.runs().size() > 2)) {
            text.append(' ').append(cheapest(based));
        }
        return text.toString();
    }

    /// Which models are the cheapest where, and which constants of the timing model that hangs on.
    private static String cheapest(List<Comparison> comparisons) {
        Map<String, List<String>> winners = new LinkedHashMap<>();
        Map<String, List<String>> turns = new LinkedHashMap<>();
        for (Comparison comparison : comparisons) {
            var sensitivity = new Sensitivity(comparison);
            winners.computeIfAbsent(sensitivity.cheapest(), _ -> new ArrayList<>()).add(comparison.name());
            sensitivity.turns().forEach(turn -> turns.computeIfAbsent(turn, _ -> new ArrayList<>())
                    .add(comparison.name()));
        }
        return "The cheapest is " + byName(winners, comparisons.size()) + "; " + (turns.isEmpty()
                ? "no constant, halved or doubled, makes another model the cheapest anywhere."
                : "another model is with " + byName(turns, comparisons.size()) + '.');
    }

    private static String byName(Map<String, List<String>> groups, int all) {
        return groups.entrySet().stream().map(group -> group.getKey() + " on " + named(group.getValue(), all))
                .collect(Collectors.joining(", "));
    }

    private static String overhead(List<Comparison> comparisons, String model, boolean fencesFree) {
        return ComparisonTable.percent(median(all(comparisons,
                c -> c.overhead(column(c, model, fencesFree), EXIT_COST))));
    }

    private static Column swift(Comparison comparison) {
        return column(comparison, Comparison.SWIFT, false);
    }

    private static Column column(Comparison comparison, String model, boolean fencesFree) {
        Optional<Run> run = comparison.find(model);
        return new Column(run.orElseThrow(), fencesFree);
    }

    private static double[] all(List<Comparison> comparisons, ToDoubleFunction<Comparison> figure) {
        return comparisons.stream().mapToDouble(figure).filter(value -> !Double.isNaN(value)).sorted().toArray();
    }

    private static double min(double[] sorted) {
        return sorted.length == 0 ? Double.NaN : sorted[0];
    }

    private static double max(double[] sorted) {
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length - 1];
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length == 0 ? Double.NaN : sorted.length % 2 == 1 ? sorted[middle]
                : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static String signed(double change) {
        return ComparisonTable.change(change);
    }

    private static String more(double change) {
        return Double.isNaN(change) ? "an unknown number of"
                : String.format(Locale.ROOT, "%.1f %% %s", Math.abs(change) * 100, change <= 0 ? "fewer" : "more");
    }

    /// The published figures, which are for orientation and cannot be reproduced here.
    public static String papers() {
        return """
                The papers report, for other machines and workloads and by counting rules that they state in part:
                  SSP (Sha et al., VEE 2021, Sunway): 23 to 56 % fewer exits for memory virtualisation than tsp, overhead below 5.5 %.
                    Workloads, baseline and counting rule are not known to us, so these are no figures that ours could reproduce.
                  LSP (Li et al., J. Software 2025, RISC-V): up to 50 % fewer exits than tsp in micro-benchmarks, up to 25 % in SPEC 2006;
                    15 references for a TLB miss under nested paging, 3 under shadow paging.
                  ASP (Sha et al., IEEE TC 2022): overhead below 4.5 %.
                """;
    }

    /// One sentence on lines of a terminal's width.
    private static String wrap(String sentence) {
        if (sentence.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        int column = 0;
        for (String word : sentence.split(" (?!%)")) {
            if (column + word.length() > 118) {
                text.append('\n');
                column = 0;
            }
            text.append(column == 0 ? "" : " ").append(word);
            column += word.length() + 1;
        }
        return text.append('\n').toString();
    }
}
