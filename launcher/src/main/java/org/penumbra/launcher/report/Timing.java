// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.format.Interval;

/// What the timing model has charged a run, from its statistics. Times are in cycles.
///
/// @param json         the object `timing` of the counts
/// @param instructions that it belongs to
/// @param fencesFree   whether exits for fences are left out, as for `tsp*`
public record Timing(JsonObject json, long instructions, boolean fencesFree) {
    /// The parts of all cycles, in the order of [#parts].
    public static final List<String> PARTS = List.of("compute", "instruction cache misses", "data cache misses",
            "second TLB", "walks: guest tables", "walks: second stage", "walks: shadow tables", "walk caches",
            "VM exits", "fast path", "synchronisation", "fences");
    private static final List<String> STAGES = List.of("guest", "secondStage", "shadow");

    /// The preset, or file, with what was changed.
    public String preset() {
        return json.get("preset").getAsString();
    }

    public long cycles() {
        return parts().values().stream().mapToLong(Long::longValue).sum();
    }

    /// Cycles of each of [#PARTS].
    public Map<String, Long> parts() {
        JsonObject walk = json.getAsJsonObject("walk");
        long[] cycles = {number(json, "compute"), number(json, "fetchStalls"), number(json, "dataStalls"),
            number(json, "tlb"), walkCycles(walk, 0), walkCycles(walk, 1), walkCycles(walk, 2),
            number(walk, "walkCaches"), exits().values().stream().mapToLong(Long::longValue).sum(),
            sum(json.getAsJsonObject("fastPath")), sum(json.getAsJsonObject("synchronisation")),
            number(json, "fences")};
        Map<String, Long> parts = new LinkedHashMap<>();
        for (int i = 0; i < cycles.length; i++) {
            parts.put(PARTS.get(i), cycles[i]);
        }
        return parts;
    }

    private static long walkCycles(JsonObject walk, int stage) {
        return sum(walk.getAsJsonObject(STAGES.get(stage)).getAsJsonObject("cycles"));
    }

    /// Cycles of VM exits by cause, references that they made included.
    public Map<String, Long> exits() {
        Map<String, Long> exits = new LinkedHashMap<>();
        json.getAsJsonObject("exits").asMap().forEach((cause, cycles) ->
                exits.put(cause, fencesFree && cause.equals("fence_escalated") ? 0 : cycles.getAsLong()));
        return exits;
    }

    /// Whether only samples were followed, so that all figures are estimates.
    public boolean sampled() {
        return json.has("sampling");
    }

    /// Half the width of a figure's 95 % confidence interval; 0 if all was followed.
    ///
    /// @param path names of the figure in `interval95`, from the outermost
    private double interval(String... path) {
        if (!sampled()) {
            return 0;
        }
        JsonObject object = json.getAsJsonObject("interval95");
        for (int i = 0; i + 1 < path.length; i++) {
            object = object.getAsJsonObject(path[i]);
        }
        return object.get(path[path.length - 1]).getAsDouble();
    }

    /// Of [#cycles].
    public double cyclesHalfWidth() {
        return fencesFree ? interval("sums", "cyclesWithoutFences") : interval("cycles");
    }

    /// Of one of [#PARTS].
    public double halfWidth(String part) {
        return switch (PARTS.indexOf(part)) {
            case 0 -> interval("compute");
            case 1 -> interval("fetchStalls");
            case 2 -> interval("dataStalls");
            case 3 -> interval("tlb");
            case 4 -> interval("sums", STAGES.get(0));
            case 5 -> interval("sums", STAGES.get(1));
            case 6 -> interval("sums", STAGES.get(2));
            case 7 -> interval("walk", "walkCaches");
            case 8 -> interval("sums", fencesFree ? "exitsWithoutFences" : "exits");
            case 9 -> interval("sums", "fastPath");
            case 10 -> interval("sums", "synchronisation");
            default -> interval("fences");
        };
    }

    /// Of [#missesPerThousand].
    public double missesHalfWidth(String what) {
        return interval("mpki", what);
    }

    /// Of [#walkMean], or [#walk].
    ///
    /// @param figure `mean`, `p50` or `p99`
    public double walkHalfWidth(String figure) {
        return interval("walk", figure);
    }

    /// Of [#walkServedBy].
    public double servedHalfWidth(String server) {
        return interval("sums", "walkServedBy" + server);
    }

    /// All cycles without each group of samples, then under each doubt: see [Interval].
    double[] values() {
        JsonObject sampling = json.getAsJsonObject("sampling");
        JsonArray cycles = sampling.getAsJsonArray("cycles");
        JsonArray fences = sampling.getAsJsonArray("exitsForFences");
        double[] values = new double[cycles.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = cycles.get(i).getAsDouble() - (fencesFree ? fences.get(i).getAsDouble() : 0);
        }
        return values;
    }

    /// Cycles of each of a thousand instructions' share.
    public double perThousand(double cycles) {
        return instructions == 0 ? 0 : cycles * 1000 / instructions;
    }

    /// Of TLBs and caches, for a thousand instructions.
    public double missesPerThousand(String what) {
        return json.getAsJsonObject("mpki").get(what).getAsDouble();
    }

    public double walkMean() {
        return json.getAsJsonObject("walk").get("mean").getAsDouble();
    }

    /// @param quantile `p50` or `p99`
    public long walk(String quantile) {
        return number(json.getAsJsonObject("walk"), quantile);
    }

    /// Walks by the least latency of their class, a power of two.
    public Map<Long, Long> walkLatencies() {
        Map<Long, Long> classes = new LinkedHashMap<>();
        json.getAsJsonObject("walk").getAsJsonObject("latencies").asMap().forEach((name, count) ->
                classes.put(Long.valueOf(name.substring("from".length())), count.getAsLong()));
        return classes;
    }

    /// References of walks to a cache, or to memory, as a share of all; NaN without any.
    ///
    /// @param server `l1`, `l2`, `llc` or `dram`
    public double walkServedBy(String server) {
        JsonObject served = json.getAsJsonObject("references").getAsJsonObject("walk");
        long all = sum(served);
        return all == 0 ? Double.NaN : (double) number(served, server) / all;
    }

    public long shadowBytes() {
        return number(json, "shadowBytes");
    }

    private static long number(JsonObject object, String key) {
        return object.get(key).getAsLong();
    }

    private static long sum(JsonObject object) {
        return object.asMap().values().stream().mapToLong(JsonElement::getAsLong).sum();
    }
}
