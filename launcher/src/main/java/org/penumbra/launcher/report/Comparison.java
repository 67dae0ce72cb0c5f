// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.penumbra.format.Interval;
import org.penumbra.options.ModelName;

/// The runs of one workload with one setting under several models, and figures derived from them.
public record Comparison(String workload, Map<String, String> setting, List<Run> runs) {

    /// Costs of a hypervisor exit, in cycles, for which overheads are shown.
    public static final int[] EXIT_COSTS = {300, 1000, 2000};

    static final String NATIVE = ModelName.NATIVE.toString();
    static final String NESTED = ModelName.HAP.toString();
    static final String SWIFT = ModelName.SSP.toString();

    /// Groups runs that differ only in the model, ordered by the first of each group.
    public static List<Comparison> of(List<Run> runs) {
        Map<List<Object>, List<Run>> groups = new LinkedHashMap<>();
        for (Run run : runs) {
            groups.computeIfAbsent(List.of(run.workload(), run.setting()), _ -> new ArrayList<>()).add(run);
        }
        return groups.values().stream()
                .map(group -> new Comparison(group.getFirst().workload(), group.getFirst().setting(),
                        List.copyOf(group))).toList();
    }

    public Optional<Run> find(String model) {
        return runs.stream().filter(run -> run.model().equals(model)).findFirst();
    }

    /// The columns of its table.
    public List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        for (Run run : runs) {
            columns.add(new Column(run, false));
            if (run.model().equals(Column.TRADITIONAL)) {
                columns.add(new Column(run, true));
            }
        }
        return columns;
    }

    /// Relative change of the number of hypervisor exits against `tsp`, -0.5 for half as many; NaN for `native`,
    /// without `tsp`, or if `tsp` has none.
    ///
    /// @param fencesFree use `tsp` with fences free
    public double change(Column column, boolean fencesFree) {
        if (column.run().model().equals(NATIVE)) {
            return Double.NaN;
        }
        return find(Column.TRADITIONAL).map(tsp -> {
            long base = new Column(tsp, fencesFree).exits();
            return base == 0 ? Double.NaN : (double) column.exits() / base - 1;
        }).orElse(Double.NaN);
    }

    /// Modelled slow-down against `native`: 0.1 is 10 % more cycles. An instruction takes one cycle, and page-table
    /// references of `native` count as well. NaN without `native`.
    public double overhead(Column column, double exitCost) {
        return find(NATIVE).map(base -> {
            double cycles = base.instructions() + base.cycles(exitCost, false);
            return (column.run().instructions() + column.cycles(exitCost)) / cycles - 1;
        }).orElse(Double.NaN);
    }

    /// Slow-down against `native` by the timing model; NaN without it or `native`.
    public double timedOverhead(Column column) {
        Optional<Timing> base = find(NATIVE).flatMap(run -> run.timing(false));
        return base.isEmpty() || column.timing().isEmpty() ? Double.NaN
                : (double) column.timing().get().cycles() / base.get().cycles() - 1;
    }

    /// Half the width of the 95 % confidence interval of [#timedOverhead]; 0 if nothing is sampled, NaN where the
    /// overhead is. Both runs are sampled at the same instructions, so that what is wrong in one is mostly so in the
    /// other.
    public double timedHalfWidth(Column column) {
        double overhead = timedOverhead(column);
        if (Double.isNaN(overhead) || !column.timing().orElseThrow().sampled()) {
            return Double.isNaN(overhead) ? Double.NaN : 0;
        }
        Timing ours = column.timing().orElseThrow();
        Timing base = find(NATIVE).flatMap(run -> run.timing(false)).orElseThrow();
        double[] values = ours.values();
        double[] bases = base.values();
        if (values.length == 0 || values.length != bases.length) {
            return (1 + overhead) * (ours.cyclesHalfWidth() / ours.cycles() + base.cyclesHalfWidth() / base.cycles());
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] / bases[i] - 1;
        }
        return Interval.halfWidth(overhead, values) + Interval.ALLOWANCE * Math.abs(overhead);
    }

    /// The exit cost at which a model and `hap` cost the same.
    public Crossing crossing(Column column) {
        Optional<Run> nested = find(NESTED);
        if (nested.isEmpty() || column.run().model().equals(NATIVE) || column.run() == nested.get()) {
            return Crossing.UNKNOWN;
        }
        Run other = nested.get();
        double ours = column.run().instructions() + column.run().cyclesWithoutExits();
        double theirs = other.instructions() + other.cyclesWithoutExits();
        return Crossing.of(column.exits() - other.exits(), ours - theirs);
    }

    /// Problems of the results, one line each: guests that failed or printed different output.
    public List<String> problems(Optional<String> expected) {
        List<String> lines = new ArrayList<>();
        String reference = expected.orElse(runs.getFirst().output().strip());
        for (Run run : runs) {
            String title = name() + " under " + run.model();
            if (run.guestExit() != 0) {
                lines.add(title + ": the guest's exit status is " + run.guestExit());
            }
            if (!run.output().strip().equals(reference)) {
                lines.add(title + ": the guest printed \"" + run.output().strip() + "\", not \"" + reference + "\"");
            }
        }
        return lines;
    }

    /// Workload and setting, as `pipeping root-buffer=4`.
    public String name() {
        StringBuilder text = new StringBuilder(workload);
        setting.forEach((option, value) -> text.append(' ').append(option).append('=').append(value));
        return text.toString();
    }
}
