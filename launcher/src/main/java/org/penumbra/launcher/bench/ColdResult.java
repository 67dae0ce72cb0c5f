// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.penumbra.benchmarks.TimedProgram;

/// How much of a program's work each contender had done by each checkpoint.
///
/// @param runs by the contender's name, in the order of the columns; a contender that failed is missing
record ColdResult(TimedProgram program, Map<String, List<Run>> runs) {

    /// One process.
    ///
    /// @param units       done by each of [TimedProgram#CHECKPOINTS] that was reached
    /// @param bestSeconds of a unit
    record Run(double[] units, double bestSeconds) {
    }

    /// Median over the runs of the units done by a checkpoint.
    OptionalDouble units(String contender, int checkpoint) {
        double[] reached = runs.getOrDefault(contender, List.of()).stream()
                .filter(run -> run.units().length > checkpoint)
                .mapToDouble(run -> run.units()[checkpoint]).toArray();
        return reached.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(TimedRun.median(reached));
    }

    /// Ratio of two contenders' work done by a checkpoint; empty unless both reached it.
    OptionalDouble ratio(String contender, String other, int checkpoint) {
        OptionalDouble above = units(contender, checkpoint);
        OptionalDouble below = units(other, checkpoint);
        return above.isPresent() && below.isPresent() && below.getAsDouble() > 0
                ? OptionalDouble.of(above.getAsDouble() / below.getAsDouble()) : OptionalDouble.empty();
    }

    static OptionalDouble geometricMean(List<ColdResult> results, String contender, String other, int checkpoint) {
        return BenchResult.geometricMean(results.stream().map(result -> result.ratio(contender, other, checkpoint)));
    }

    /// Seconds after the start from which a contender has done at least as much as another. Between checkpoints the
    /// ratio is interpolated linearly over the logarithm of time. Empty if that point is not seen; 0 if it lies before
    /// the first checkpoint.
    static OptionalDouble breakEven(OptionalDouble[] ratios) {
        int last = 0;
        while (last < ratios.length && ratios[last].isPresent()) {
            last++;
        }
        if (last == 0 || ratios[last - 1].getAsDouble() < 1) {
            return OptionalDouble.empty();
        }
        int first = last - 1;
        while (first > 0 && ratios[first - 1].getAsDouble() >= 1) {
            first--;
        }
        if (first == 0) {
            return OptionalDouble.of(0);
        }
        double below = Math.log(ratios[first - 1].getAsDouble());
        double above = Math.log(ratios[first].getAsDouble());
        double from = Math.log(TimedProgram.CHECKPOINTS[first - 1] / 1000.0);
        double to = Math.log(TimedProgram.CHECKPOINTS[first] / 1000.0);
        return OptionalDouble.of(Math.exp(from + (to - from) * -below / (above - below)));
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("program", program.name());
        json.addProperty("group", program.group().label());
        Map<String, JsonArray> sides = new LinkedHashMap<>();
        runs.forEach((contender, some) -> {
            JsonArray side = new JsonArray();
            for (Run run : some) {
                JsonObject one = new JsonObject();
                JsonArray units = new JsonArray();
                for (double value : run.units()) {
                    units.add(value);
                }
                one.add("units", units);
                one.addProperty("bestSeconds", run.bestSeconds());
                side.add(one);
            }
            sides.put(contender, side);
        });
        sides.forEach(json::add);
        return json;
    }
}
