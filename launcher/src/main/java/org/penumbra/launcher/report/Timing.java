// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /// Cycles of each of a thousand instructions' share.
    public double perThousand(long cycles) {
        return instructions == 0 ? 0 : cycles * 1000.0 / instructions;
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
