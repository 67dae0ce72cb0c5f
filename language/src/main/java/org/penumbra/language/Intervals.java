// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.penumbra.exits.Cycles;
import org.penumbra.format.Interval;
import org.penumbra.timing.Estimate;

/// Confidence intervals of all figures of a part that was sampled: see [Interval]. Groups take samples in turn, so that
/// each is a systematic sample of its own.
final class Intervals {
    /// Figures that are known whatever was followed.
    private static final Set<String> EXACT = Set.of("compute", "fences", "shadowBytes");

    private final double estimated;
    private final ValueMap all;
    /// The figures without each group, then under each doubt; none if there are fewer than two samples.
    private final List<ValueMap> others;

    /// @param part    instructions of the part that is estimated
    /// @param figures of charges
    Intervals(Estimate estimate, long part, Function<Cycles, ValueMap> figures) {
        this.estimated = part == 0 ? 0 : Math.max(0, (double) estimate.estimated() / part);
        this.all = figures.apply(estimate.cycles());
        int groups = Math.min(Interval.MOST_GROUPS, estimate.samples());
        this.others = groups < 2 ? List.of() : Stream.concat(
                IntStream.range(0, groups).mapToObj(group -> estimate.without(group, groups)),
                Stream.of(estimate.otherwise(true), estimate.otherwise(false), estimate.late(),
                        estimate.withDearHandlers(), estimate.withUnseen())).map(figures).toList();
    }

    /// The half widths, under the names of the figures. With fewer than two samples nothing is known of what was not
    /// followed: then they are its share in the figure.
    ValueMap halfWidths() {
        return widths(all, others);
    }

    /// The values that [Interval#halfWidth] takes of one figure: for ratios to another run, whose samples are at the
    /// same instructions.
    ValueList values(Function<ValueMap, Object> figure) {
        return new ValueList(others.stream().map(figure).toArray());
    }

    private ValueMap widths(ValueMap figures, List<ValueMap> values) {
        var result = new ValueMap();
        for (String name : figures.names()) {
            if (figures.get(name) instanceof ValueMap map) {
                result.put(name, widths(map, values.stream().map(other -> (ValueMap) other.get(name)).toList()));
            } else if (figures.get(name) instanceof Number number) {
                double now = number.doubleValue();
                result.put(name, EXACT.contains(name) ? 0.0 : values.isEmpty() ? Math.abs(now) * estimated
                        : Interval.halfWidth(now, values.stream().mapToDouble(other -> number(other, name)).toArray())
                                + Interval.ALLOWANCE * estimated * Math.abs(now));
            }
        }
        return result;
    }

    /// A class of a histogram is not there if it is empty.
    private static double number(ValueMap figures, String name) {
        return figures.get(name) instanceof Number number ? number.doubleValue() : 0;
    }
}
