// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Boots Debian under every model, some minutes in all. Skipped where its files cannot be had.
@Tag("offline")
final class LinuxCompareTest {
    private static final int MODELS = 7;
    private static final String WORKLOADS = "fork:5,forkexec:2,pipe:4:5:2,shell:2";
    private static final List<String> NAMES = List.of("boot", "fork", "forkexec", "pipe", "shell");
    private static final long LONGEST_MINUTES = 45;

    @TempDir
    private Path folder;

    @Test
    void linuxPrintsTheSameUnderAllModelsAndCountsAreReproducible() throws Exception {
        JsonArray all = compare("all", "--engine", "interpreter");
        assertEquals(MODELS * NAMES.size(), all.size());
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
        List<String> command = new ArrayList<>(Command.run("--guest", "linux", "--workloads", WORKLOADS, "--json", json));
        command.addAll(List.of(options));
        command.set(command.indexOf("run"), "compare");
        Path said = folder.resolve(name + ".txt");
        Process process = new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true)
                .redirectOutput(said.toFile()).start();
        try {
            assertTrue(process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES), "still running");
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(said);
        assumeTrue(!text.contains("cannot get Debian's kernel"), "Debian's files cannot be had: " + text.strip());
        assertEquals(0, process.exitValue(), text);
        return JsonParser.parseString(Files.readString(json)).getAsJsonArray();
    }
}
