// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.penumbra.benchmarks.TimedProgram;

/// How much of a program's work each contender had done by which time.
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
        double[] reached = runs.getOrDefault(contender, List.of()).stream().filter(run -> run.units().length > checkpoint)
                .mapToDouble(run -> run.units()[checkpoint]).toArray();
        return reached.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(TimedRun.median(reached));
    }

    /// How many times as much work as another a contender had done by a checkpoint; nothing unless both reached it.
    OptionalDouble ratio(String contender, String other, int checkpoint) {
        OptionalDouble above = units(contender, checkpoint);
        OptionalDouble below = units(other, checkpoint);
        return above.isPresent() && below.isPresent() && below.getAsDouble() > 0
                ? OptionalDouble.of(above.getAsDouble() / below.getAsDouble()) : OptionalDouble.empty();
    }

    static OptionalDouble geometricMean(List<ColdResult> results, String contender, String other, int checkpoint) {
        return BenchResult.geometricMean(results.stream().map(result -> result.ratio(contender, other, checkpoint)));
    }

    /// Seconds since the start at which a contender has done as much as another, and from then on more: between two
    /// checkpoints as if the ratio changed evenly with the logarithm of time. Nothing where that is not seen; 0 where it is
    /// so at the first checkpoint already.
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
        json.addProperty("kernel", program.kernel());
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
