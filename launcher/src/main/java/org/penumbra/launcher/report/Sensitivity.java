// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// What the timed order of models owes to the constants of the timing model: those that cycles are linear in, because
/// they change no hit or miss. So other values need no other runs.
///
/// @param comparison with timing
public record Sensitivity(Comparison comparison) {
    /// Latencies of caches, and the name of the level in the counts of references.
    private static final Map<String, String> SERVERS = Map.of("l2.latency", "l2", "llc.latency", "llc", "dram.latency",
            "dram");
    private static final List<String> CONSTANTS = List.of("dram.latency", "llc.latency", "l2.latency", "l2tlb.latency",
            "pwc.latency", "fence.cycles", "exit.cycles", "fast.cycles");
    private static final List<Double> FACTORS = List.of(0.5, 2.0);
    private static final String NOTHING = "none";
    /// Points at so many times of what a constant is, and more, say nothing of any computer.
    private static final double FAR = 100;

    /// Cycles of a run for each unit of a constant.
    private static double slope(Run run, String constant) {
        JsonObject timing = run.timing(false).orElseThrow().json();
        if (SERVERS.containsKey(constant)) {
            return timing.getAsJsonObject("references").asMap().values().stream()
                    .mapToLong(served -> served.getAsJsonObject().get(SERVERS.get(constant)).getAsLong()).sum();
        }
        return switch (constant) {
            case "l2tlb.latency" -> ratio(timing.get("tlb").getAsLong(), value(run, constant));
            case "pwc.latency" -> ratio(timing.getAsJsonObject("walk").get("walkCaches").getAsLong(),
                    value(run, constant));
            case "fence.cycles" -> ratio(timing.get("fences").getAsLong(), value(run, constant));
            case "exit.cycles" -> run.exits();
            default -> run.fastPathEntries();
        };
    }

    private static double ratio(long cycles, double value) {
        return value == 0 ? 0 : cycles / value;
    }

    private static double value(Run run, String constant) {
        return run.statistics().getAsJsonObject("timingParameters").getAsJsonObject(constant).get("value")
                .getAsDouble();
    }

    private static double cycles(Run run, String constant, double factor) {
        return run.timing(false).orElseThrow().cycles()
                + slope(run, constant) * value(run, constant) * (factor - 1);
    }

    /// Models by their cycles, the cheapest first, if a constant is so many times what it is.
    private List<String> order(String constant, double factor) {
        return comparison.runs().stream().sorted(Comparator.comparingDouble(run -> cycles(run, constant, factor)))
                .map(Run::model).toList();
    }

    /// Constants whose half or double changes the order of models, with the order that comes of it.
    public Map<String, String> changes() {
        List<String> now = order(CONSTANTS.getFirst(), 1);
        Map<String, String> changes = new LinkedHashMap<>();
        for (String constant : CONSTANTS) {
            for (double factor : FACTORS) {
                List<String> then = order(constant, factor);
                if (!then.equals(now)) {
                    changes.put(constant + (factor < 1 ? " halved" : " doubled"), String.join(" < ", then));
                }
            }
        }
        return changes;
    }

    /// The cheapest model but `native`, if a constant is so many times what it is; the first of those that cost the
    /// same.
    private String cheapest(String constant, double factor) {
        return order(constant, factor).stream().filter(model -> !model.equals(Comparison.NATIVE)).findFirst()
                .orElse("");
    }

    /// The cheapest model but `native`.
    public String cheapest() {
        return cheapest(CONSTANTS.getFirst(), 1);
    }

    /// Constants whose half or double makes another model the cheapest.
    public List<String> turns() {
        List<String> turns = new ArrayList<>();
        for (String constant : CONSTANTS) {
            for (double factor : FACTORS) {
                if (!cheapest(constant, factor).equals(cheapest())) {
                    turns.add(constant + (factor < 1 ? " halved" : " doubled"));
                }
            }
        }
        return turns;
    }

    /// The value of a constant at which two models cost the same, if there is one.
    public OptionalDouble turningPoint(String constant, String one, String other) {
        Run a = comparison.find(one).orElseThrow();
        Run b = comparison.find(other).orElseThrow();
        double slopes = slope(a, constant) - slope(b, constant);
        double difference = b.timing(false).orElseThrow().cycles() - a.timing(false).orElseThrow().cycles();
        double point = value(a, constant) + difference / slopes;
        return slopes != 0 && point >= 0 ? OptionalDouble.of(point) : OptionalDouble.empty();
    }

    /// The order of models, what changes it, and where `ssp` and `hap` change places.
    public String text() {
        StringBuilder text = new StringBuilder(comparison.name()).append(": ")
                .append(String.join(" < ", order(CONSTANTS.getFirst(), 1)));
        Map<String, String> changes = changes();
        text.append("\n  changed by: ").append(changes.isEmpty() ? NOTHING : changes.entrySet().stream()
                .map(change -> change.getKey() + " (" + change.getValue() + ")").collect(Collectors.joining(", ")));
        if (comparison.find(Comparison.SWIFT).isPresent() && comparison.find(Comparison.NESTED).isPresent()) {
            List<String> points = new ArrayList<>();
            for (String constant : CONSTANTS) {
                double now = value(comparison.runs().getFirst(), constant);
                turningPoint(constant, Comparison.SWIFT, Comparison.NESTED).stream().filter(point -> point < FAR * now)
                        .forEach(point -> points.add(String.format(Locale.ROOT, "%s %.0f (now %.0f)", constant, point,
                                now)));
            }
            text.append("\n  ssp and hap change places at: ")
                    .append(points.isEmpty() ? NOTHING : String.join(", ", points));
        }
        return text.append('\n').toString();
    }
}
