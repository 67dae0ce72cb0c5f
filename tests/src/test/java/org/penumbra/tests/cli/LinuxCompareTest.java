// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.options.ModelName;

/// Boots Debian under every model, some minutes in all. Skipped where its files cannot be had.
@Tag("offline")
final class LinuxCompareTest {
    private static final String WORKLOADS = "fork:5,forkexec:2,pipe:4:5:2,shell:2";
    private static final List<String> NAMES = List.of("boot", "fork", "forkexec", "pipe", "shell");
    private static final long LONGEST_SECONDS = 2700;

    @TempDir
    private Path folder;

    @Test
    void linuxPrintsTheSameUnderAllModelsAndCountsAreReproducible() throws Exception {
        JsonArray all = compare("all", "--engine", "interpreter");
        assertEquals(ModelName.all().size() * NAMES.size(), all.size());
        Map<String, String> outputs = new LinkedHashMap<>();
        Map<String, Long> instructions = new LinkedHashMap<>();
        for (JsonElement element : all) {
            JsonObject run = element.getAsJsonObject();
            String workload = run.get("workload").getAsString();
            // The output of "boot" stands for the whole console.
            assertEquals(outputs.computeIfAbsent(workload, _ -> run.get("output").getAsString()), run.get("output").getAsString());
            long retired = run.getAsJsonObject("measured").get("instructions").getAsLong();
            assertEquals(instructions.computeIfAbsent(workload, _ -> retired), retired, workload);
        }
        assertEquals(NAMES, List.copyOf(outputs.keySet()));
        JsonArray again = compare("again", "--models", "ssp", "--engine", "default");
        assertEquals(counts(all), counts(again));
    }

    /// What was counted under `ssp`, a line for each workload.
    private static List<String> counts(JsonArray runs) {
        List<String> counts = new ArrayList<>();
        for (JsonElement element : runs) {
            JsonObject run = element.getAsJsonObject();
            if (run.get("model").getAsString().equals("ssp")) {
                JsonObject measured = run.getAsJsonObject("measured");
                measured.remove("hostSeconds");
                counts.add(run.get("workload") + " " + measured);
            }
        }
        return counts;
    }

    private JsonArray compare(String name, String... options) throws Exception {
        Path json = folder.resolve(name + ".json");
        List<String> command = LinuxRun.command("compare", "--guest", "linux", "--workloads", WORKLOADS, "--json", json);
        command.addAll(List.of(options));
        LinuxRun run = LinuxRun.of(folder, LONGEST_SECONDS, command, new File("/dev/null"));
        assertEquals(0, run.status(), run.toString());
        return JsonParser.parseString(Files.readString(json)).getAsJsonArray();
    }
}
