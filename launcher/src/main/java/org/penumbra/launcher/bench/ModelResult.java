// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.penumbra.benchmarks.Parameters.Mode;

/// One guest under several translation models, and how much more time they take than the first.
///
/// @param mode   of a kernel, or [#PAGING]
/// @param models the first is the baseline
/// @param turns  per turn, the runs in the order of the models
/// @param isSettled whether all runs had stopped getting faster
record ModelResult(String guest, String mode, List<String> models, List<List<TimedRun>> turns, boolean isSettled) {

    /// The mode of guests that change their page tables all the time.
    static final String PAGING = "paging";

    static String name(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    /// Relative difference of a model's time from the first one's: 0.05 is 5 % more.
    ///
    /// @param middle median over the turns
    /// @param least  smallest value of a turn
    /// @param most   largest value of a turn
    record Difference(double middle, double least, double most) {
    }

    /// For each turn, the median over the steady rounds, each compared with the first model's round that ran just
    /// before or after it.
    Difference difference(int model) {
        double[] ofTurns = turns.stream().mapToDouble(runs -> {
            double[] first = runs.getFirst().steadyRounds();
            double[] other = runs.get(model).steadyRounds();
            double[] pairs = new double[first.length];
            for (int i = 0; i < pairs.length; i++) {
                pairs[i] = other[i] / first[i] - 1;
            }
            return TimedRun.median(pairs);
        }).toArray();
        return new Difference(TimedRun.median(ofTurns), DoubleStream.of(ofTurns).min().orElseThrow(),
                DoubleStream.of(ofTurns).max().orElseThrow());
    }

    /// Median over the turns of the steady time of a round.
    double steadySeconds(int model) {
        return TimedRun.median(turns.stream().mapToDouble(runs -> runs.get(model).steadySeconds()).toArray());
    }

    boolean isPaging() {
        return mode.equals(PAGING);
    }

    /// The geometric mean of the time ratios, minus one.
    static double mean(List<ModelResult> results, ToDoubleFunction<ModelResult> difference) {
        return Math.exp(results.stream().mapToDouble(result -> Math.log1p(difference.applyAsDouble(result))).average()
                .orElse(0)) - 1;
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("guest", guest);
        json.addProperty("mode", mode);
        json.addProperty("settled", isSettled);
        JsonArray sides = new JsonArray();
        for (int i = 0; i < models.size(); i++) {
            JsonObject side = new JsonObject();
            side.addProperty("model", models.get(i));
            side.addProperty("steadySeconds", steadySeconds(i));
            Difference difference = difference(i);
            side.addProperty("difference", difference.middle);
            side.addProperty("leastDifference", difference.least);
            side.addProperty("mostDifference", difference.most);
            JsonArray all = new JsonArray();
            for (List<TimedRun> runs : turns) {
                JsonArray seconds = new JsonArray();
                for (double second : runs.get(i).cpuSeconds()) {
                    seconds.add(second);
                }
                all.add(seconds);
            }
            side.add("cpuSeconds", all);
            sides.add(side);
        }
        json.add("models", sides);
        return json;
    }
}
