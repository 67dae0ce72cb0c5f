// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// What a comparison runs, as far as reports have to know it: the same on every machine that is given the same command.
///
/// @param jobs in the order of reports
record ComparePlan(List<Planned> jobs) {

    /// A job.
    ///
    /// @param title    for users
    /// @param swept    names and values of what is swept
    /// @param expected workloads with the output they must have, empty if that is not known
    /// @param settings all that decides what it gives, by name
    record Planned(String title, Map<String, String> swept, Map<String, Optional<String>> expected,
            Map<String, String> settings) {

        private JsonObject json() {
            JsonObject object = new JsonObject();
            object.addProperty("title", title);
            object.add("swept", strings(swept));
            JsonObject outputs = new JsonObject();
            expected.forEach((workload, output) -> outputs.addProperty(workload, output.orElse(null)));
            object.add("expected", outputs);
            object.add("settings", strings(settings));
            return object;
        }

        private static Planned of(JsonObject object) {
            Map<String, Optional<String>> outputs = new LinkedHashMap<>();
            object.getAsJsonObject("expected").asMap().forEach((workload, output) -> outputs.put(workload,
                    output.isJsonNull() ? Optional.empty() : Optional.of(output.getAsString())));
            return new Planned(object.get("title").getAsString(), strings(object.getAsJsonObject("swept")), outputs,
                    strings(object.getAsJsonObject("settings")));
        }

        private static JsonObject strings(Map<String, String> map) {
            JsonObject object = new JsonObject();
            map.forEach(object::addProperty);
            return object;
        }

        private static Map<String, String> strings(JsonObject object) {
            Map<String, String> map = new LinkedHashMap<>();
            object.asMap().forEach((name, value) -> map.put(name, value.getAsString()));
            return map;
        }
    }

    /// @param options of all jobs; those of the polyglot engine depend on the computer, and decide nothing
    static ComparePlan of(List<CompareJob> jobs, Map<String, String> options) {
        return new ComparePlan(jobs.stream().map(job -> planned(job, options)).toList());
    }

    private static Planned planned(CompareJob job, Map<String, String> options) {
        Map<String, Optional<String>> expected = new LinkedHashMap<>();
        job.workloads().forEach(workload -> expected.put(workload.name(), workload.expectedOutput()));
        Map<String, String> settings = new TreeMap<>(options);
        settings.keySet().removeIf(name -> name.startsWith("engine."));
        job.settings().forEach((setting, value) -> settings.put(setting.name(), value));
        settings.put("model", job.model());
        settings.put("workloads", job.workloads().toString());
        return new Planned(job.title(), job.swept(), expected, settings);
    }

    JsonArray json() {
        JsonArray array = new JsonArray();
        jobs.forEach(job -> array.add(job.json()));
        return array;
    }

    /// @param array as [#json] makes it
    static ComparePlan of(JsonArray array) {
        return new ComparePlan(array.asList().stream().map(JsonElement::getAsJsonObject).map(Planned::of).toList());
    }

    /// A number that two plans share only if they are the same.
    String digest() {
        try {
            byte[] text = json().toString().getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The jobs of a shard: every `of`th, so that each shard has some of each workload.
    ///
    /// @param shard from 1
    List<Integer> shard(int shard, int of) {
        return IntStream.range(0, jobs.size()).filter(job -> job % of == shard - 1).boxed().toList();
    }
}
