// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.penumbra.benchmarks.Parameters.Mode;

/// One workload in one mode: the runs of each contender.
///
/// @param runs by the contender's name, in the order of the columns; a contender that failed is missing
record BenchResult(String workload, Mode mode, Map<String, List<TimedRun>> runs) {

    static final String OURS = "penumbra";
    /// Harts that take turns, where [#OURS] has them in parallel.
    static final String TURNS = "turns";
    static final String QEMU = "qemu";
    static final String HOST = "host";

    /// Median over the runs of the steady time of a round.
    OptionalDouble steadySeconds(String contender) {
        return median(contender, TimedRun::steadySeconds);
    }

    /// Median over the runs of the time from the start of the process to the first steady round.
    OptionalDouble secondsUntilSteady(String contender) {
        return median(contender, TimedRun::secondsUntilSteady);
    }

    /// Whether most runs had stopped getting faster; false if there are none.
    boolean isSettled(String contender) {
        List<TimedRun> all = runs.getOrDefault(contender, List.of());
        return all.stream().filter(TimedRun::isSettled).count() * 2 > all.size();
    }

    /// Ratio of the first contender's time to the second's; empty unless both ran.
    OptionalDouble ratio(String slower, String faster) {
        OptionalDouble above = steadySeconds(slower);
        OptionalDouble below = steadySeconds(faster);
        return above.isPresent() && below.isPresent()
                ? OptionalDouble.of(above.getAsDouble() / below.getAsDouble()) : OptionalDouble.empty();
    }

    private OptionalDouble median(String contender, ToDoubleFunction<TimedRun> figure) {
        List<TimedRun> all = runs.getOrDefault(contender, List.of());
        return all.isEmpty() ? OptionalDouble.empty()
                : OptionalDouble.of(TimedRun.median(all.stream().mapToDouble(figure).toArray()));
    }

    static OptionalDouble geometricMean(List<BenchResult> results, String slower, String faster) {
        return geometricMean(results.stream().map(result -> result.ratio(slower, faster)));
    }

    /// Over the values present; empty if there are none.
    static OptionalDouble geometricMean(Stream<OptionalDouble> some) {
        double[] ratios = some.filter(OptionalDouble::isPresent).mapToDouble(OptionalDouble::getAsDouble).toArray();
        double logs = 0;
        for (double ratio : ratios) {
            logs += Math.log(ratio);
        }
        return ratios.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(Math.exp(logs / ratios.length));
    }

    /// Whether it ran with address translation.
    boolean isTranslated() {
        return mode != Mode.BARE;
    }

    String modeName() {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("workload", workload);
        json.addProperty("mode", modeName());
        Map<String, JsonObject> sides = new LinkedHashMap<>();
        runs.forEach((contender, all) -> {
            JsonObject side = new JsonObject();
            steadySeconds(contender).ifPresent(value -> side.addProperty("steadySeconds", value));
            secondsUntilSteady(contender).ifPresent(value -> side.addProperty("secondsUntilSteady", value));
            side.addProperty("settled", isSettled(contender));
            side.add("roundSeconds", rounds(all, TimedRun::roundSeconds));
            side.add("cpuSeconds", rounds(all, TimedRun::cpuSeconds));
            sides.put(contender, side);
        });
        sides.forEach(json::add);
        return json;
    }

    /// One array per run. JSON has no NaN: such a figure becomes null.
    private static JsonArray rounds(List<TimedRun> runs, Function<TimedRun, double[]> figures) {
        JsonArray all = new JsonArray();
        for (TimedRun run : runs) {
            JsonArray seconds = new JsonArray();
            for (double second : figures.apply(run)) {
                seconds.add(Double.isNaN(second) ? null : second);
            }
            all.add(seconds);
        }
        return all;
    }
}
