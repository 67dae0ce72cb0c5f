// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.benchmarks.LinuxWorkload;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.launcher.Outcome;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.report.Run;
import org.penumbra.options.EngineMode;
import org.penumbra.options.Settings;
import org.penumbra.paging.Models;

/// Comparisons that really run.
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CompareCommandTest {

    @TempDir
    private Path directory;

    static List<String> models() {
        return Models.names();
    }

    @Test
    void helpNamesAllWorkloads() {
        List<String> help = List.of(Outcome.of("compare", "--help").out().split("[^a-z]+"));
        Stream.concat(Arrays.stream(TreadmillWorkload.values()).map(TreadmillWorkload::workloadName),
                Arrays.stream(LinuxWorkload.values()).map(LinuxWorkload::workloadName))
                .forEach(name -> assertTrue(help.contains(name), name));
    }

    @Test
    void smallComparisonGivesTablesAndFiles() throws Exception {
        Path json = directory.resolve("c.json");
        Path csv = directory.resolve("c.csv");
        Path html = directory.resolve("c.html");
        Outcome outcome = Outcome.of("compare", "--workloads", "idle:3,forkexit:4", "--json", json.toString(), "--csv", csv.toString(),
                "--html", html.toString());
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("forkexit n=4 pages=64 writes=8 checksum="), outcome.out());
        assertTrue(outcome.out().contains("2 workloads, 14 runs; every guest printed the same checksum under every model."), outcome.out());
        JsonArray runs = JsonParser.parseString(Files.readString(json)).getAsJsonArray();
        assertEquals(14, runs.size());
        JsonObject swift = runs.get(10).getAsJsonObject();
        assertEquals("forkexit", swift.get("workload").getAsString());
        assertEquals("ssp", swift.get("model").getAsString());
        assertTrue(swift.getAsJsonObject("measured").get("memoryVirtualisationExits").getAsLong() > 0);
        List<String> lines = Files.readAllLines(csv);
        assertEquals(15, lines.size());
        assertEquals(1, lines.stream().map(line -> line.chars().filter(c -> c == ',').count()).distinct().count());
        String page = Files.readString(html);
        assertTrue(page.contains("<svg") && page.contains("prefers-color-scheme: dark"));
        assertFalse(page.contains("http"), "the page must not need anything else");
        assertFalse(page.contains("NaN"), page);
    }

    @Test
    void sweepRepeatsEachRunWithEachValue() throws Exception {
        Path json = directory.resolve("s.json");
        Path html = directory.resolve("s.html");
        Outcome outcome = Outcome.of("compare", "--workloads", "pipeping:2:20", "--models", "ssp", "--sweep", "processes=2,4",
                "--sweep", "root-buffer=0,8", "--json", json.toString(), "--html", html.toString());
        assertEquals(0, outcome.status(), outcome.err());
        JsonArray runs = JsonParser.parseString(Files.readString(json)).getAsJsonArray();
        assertEquals(4, runs.size());
        JsonObject without = runs.get(2).getAsJsonObject();
        JsonObject with = runs.get(3).getAsJsonObject();
        assertEquals("{\"processes\":\"4\",\"root-buffer\":\"0\"}", without.get("setting").toString());
        assertEquals("{\"processes\":\"4\",\"root-buffer\":\"8\"}", with.get("setting").toString());
        assertTrue(hits(with) > hits(without));
        assertEquals(0, hits(without));
        assertTrue(Files.readString(html).contains("base-address buffer serves"));
    }

    @Test
    void workloadThatRefusesItsParametersIsNoResult() {
        Outcome outcome = Outcome.of("compare", "--workloads", "pipeping:0:1,idle:1", "--models", "native,ssp", "--engine", "interpreter");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().contains("penumbra: FAILED: pipeping under ssp: the guest says \"treadmill: need 2 to 64 processes\"\n"),
                outcome.err());
        assertFalse(outcome.out().contains("pipeping"), outcome.out());
        assertTrue(outcome.out().contains("idle sleeps=1"), outcome.out());
    }

    private static long hits(JsonObject run) {
        return run.getAsJsonObject("measured").getAsJsonObject("fastPathEntries").get("satp_hit").getAsLong();
    }

    /// With pages of the guest moving about in host memory, too.
    @ParameterizedTest
    @MethodSource("models")
    void countsAreTheSameOnEveryRunAndInEveryEngineMode(String model) {
        CompareJob job = job("mmapchurn:1:40:1", model);
        Map<String, String> compiling = MachineOptions.polyglot(EngineMode.DEFAULT);
        Run first = job.run(MachineOptions.polyglot(EngineMode.INTERPRETER), System.err).getFirst();
        compiling.put("riscv.eager", "true");
        Run second = job.run(compiling, System.err).getFirst();
        compiling.put("engine.BackgroundCompilation", "false");
        Run third = job.run(compiling, System.err).getFirst();
        Run translated = job.run(MachineOptions.polyglot(EngineMode.TRANSLATED), System.err).getFirst();
        assertTrue(third.count("tlb", "misses") > 0);
        assertEquals(model.equals("native"), third.count("shadow", "hostPagesMoved") == 0);
        assertTrue(third.statistics().getAsJsonObject("compiler").get("entries").getAsLong() > 0, "nothing was compiled");
        assertSame(first, second);
        assertSame(first, third);
        assertSame(first, translated);
    }

    @Tag("offline")
    @ParameterizedTest
    @MethodSource("models")
    void countsAreTheSameWhenEverythingIsCompiledAtOnce(String model) {
        CompareJob job = job("idle:1:1", model);
        Run interpreted = job.run(MachineOptions.polyglot(EngineMode.INTERPRETER), System.err).getFirst();
        Run compiled = job.run(MachineOptions.polyglot(EngineMode.IMMEDIATE), System.err).getFirst();
        assertTrue(compiled.statistics().getAsJsonObject("compiler").get("entries").getAsLong() > 0, "nothing was compiled");
        assertSame(interpreted, compiled);
    }

    /// Three runs, one in each engine mode, a minute or more a workload: `-Dpenumbra.compare.workloads=server,idle` chooses.
    @Tag("offline")
    @ParameterizedTest
    @MethodSource("chosenWorkloads")
    void everyWorkloadIsCountedAlikeInEveryEngineModeUnderEveryModel(String workload) {
        for (String model : Models.names()) {
            CompareJob job = job(workload, model);
            Run interpreted = job.run(MachineOptions.polyglot(EngineMode.INTERPRETER), System.err).getFirst();
            Map<String, String> compiling = MachineOptions.polyglot(EngineMode.DEFAULT);
            compiling.put("riscv.eager", "true");
            Run compiled = job.run(compiling, System.err).getFirst();
            Run immediate = job.run(MachineOptions.polyglot(EngineMode.IMMEDIATE), System.err).getFirst();
            assertTrue(immediate.statistics().getAsJsonObject("compiler").get("entries").getAsLong() > 0, "nothing was compiled");
            Run translated = job.run(MachineOptions.polyglot(EngineMode.TRANSLATED), System.err).getFirst();
            assertSame(interpreted, compiled);
            assertSame(interpreted, translated);
            assertSame(interpreted, immediate);
        }
    }

    static Stream<String> chosenWorkloads() {
        String chosen = System.getProperty("penumbra.compare.workloads");
        return smallWorkloads().filter(text -> chosen == null || List.of(chosen.split(",")).contains(text.split(":")[0]));
    }

    static Stream<String> smallWorkloads() {
        return Stream.of(TreadmillWorkload.values()).map(workload -> workload.workloadName()
                + LongStream.of(workload.small()).mapToObj(value -> ":" + value).collect(Collectors.joining()));
    }

    private static CompareJob job(String workload, String model) {
        List<CompareWorkload> workloads = List.of(TreadmillChoice.parse(workload, false));
        return CompareJob.of(new TreadmillGuest(), workloads, Map.of(Settings.BALLOON, "20000")).under(model);
    }

    private static void assertSame(Run one, Run other) {
        assertEquals(counts(one), counts(other));
        assertEquals(one.output(), other.output());
    }

    /// All that must not depend on time, of the whole run and of its measured part.
    private static JsonObject counts(Run run) {
        JsonObject counts = run.statistics().deepCopy();
        Set.of("engine", "compiler", "hostSeconds").forEach(counts::remove);
        counts.getAsJsonObject("measured").remove("hostSeconds");
        return counts;
    }

    static Stream<CompareWorkload> quickWorkloads() {
        return new TreadmillGuest().all(true).stream();
    }

    @ParameterizedTest
    @MethodSource("quickWorkloads")
    void quickParametersHaveAKnownChecksum(CompareWorkload workload) {
        assertTrue(workload.expectedOutput().isPresent());
        assertTrue(workload.expectedOutput().get().startsWith(workload.name() + " "));
    }

    @Test
    void checksumOfOtherParametersIsUnknown() {
        assertTrue(TreadmillChoice.parse("forkexit", false).expectedOutput().isPresent());
        assertTrue(TreadmillChoice.parse("forkexit:400:64:8", true).expectedOutput().isPresent());
        assertTrue(TreadmillChoice.parse("forkexit:401", false).expectedOutput().isEmpty());
    }
}
