// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.launcher.Outcome;

/// Comparisons in parts, as several machines would run them.
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ShardsTest {

    private static final List<String> COMPARISON = List.of("compare", "--workloads", "idle:3:2,protectflip:16:4",
            "--models", "native,ssp,hap", "--engine", "interpreter", "--jobs", "1");

    @TempDir
    private Path directory;

    private static Outcome compare(List<String> base, Object... more) {
        List<String> words = new ArrayList<>(base);
        for (Object word : more) {
            words.add(word.toString());
        }
        return Outcome.of(words.toArray(String[]::new));
    }

    private static Outcome merge(Object... words) {
        return compare(List.of("compare", "merge"), words);
    }

    /// What does not depend on the computer.
    private static JsonElement counts(Path file) throws IOException {
        return counts(JsonParser.parseString(Files.readString(file)));
    }

    private static JsonElement counts(JsonElement element) {
        if (element.isJsonObject()) {
            List.of("hostSeconds", "compiler").forEach(element.getAsJsonObject()::remove);
            element.getAsJsonObject().asMap().values().forEach(ShardsTest::counts);
        } else if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(ShardsTest::counts);
        }
        return element;
    }

    @Test
    void partsMakeTheReportThatOneRunMakes() throws IOException {
        Path whole = directory.resolve("whole.json");
        Path merged = directory.resolve("merged.json");
        Path one = directory.resolve("one");
        Path two = directory.resolve("two");
        assertEquals(0, compare(COMPARISON, "--json", whole).status());
        Outcome first = compare(COMPARISON, "--shard", "1/2", "--out", one);
        assertEquals(0, first.status(), first.err());
        assertEquals("shard 1/2: 3 of 3 runs in " + one + ", 0 of them from before\n", first.out());

        Outcome half = merge(one);
        assertEquals(1, half.status());
        assertTrue(half.err().contains("penumbra: FAILED: idle under ssp: has not been run\n"), half.err());
        assertEquals(3, half.err().lines().filter(line -> line.endsWith("has not been run")).count(), half.err());

        assertEquals(0, compare(COMPARISON, "--shard", "2/2", "--out", two).status());
        Outcome all = merge(two, one, "--json", merged, "--html", directory.resolve("merged.html"));
        assertEquals(0, all.status(), all.err());
        assertTrue(all.out().contains("2 workloads, 6 runs; every guest printed the same checksum"), all.out());
        assertEquals(counts(whole).toString(), counts(merged).toString());
        assertTrue(Files.readString(directory.resolve("merged.html")).contains("<svg"));

        // What was interrupted goes on where it was.
        Files.delete(one.resolve("job-3.json"));
        assertEquals("shard 1/2: 3 of 3 runs in " + one + ", 2 of them from before\n",
                compare(COMPARISON, "--shard", "1/2", "--out", one).out());
        assertEquals(0, merge(one, two).status());

        contradictionsAndDamage(one, two);
    }

    private void contradictionsAndDamage(Path one, Path two) throws IOException {
        Path third = Files.createDirectory(directory.resolve("third"));
        Files.copy(one.resolve("plan.json"), third.resolve("plan.json"));
        Path result = third.resolve("job-3.json");
        Files.copy(one.resolve("job-3.json"), result);
        assertEquals(0, merge(one, two, third).status());
        String text = Files.readString(result);
        Files.writeString(result, text.replaceFirst("\"misses\": ", "\"misses\": 1"));
        Outcome contradiction = merge(one, two, third);
        assertEquals(1, contradiction.status());
        assertTrue(contradiction.err().contains("idle under hap: " + one + " and " + third
                + " contradict each other: "), contradiction.err());
        assertTrue(contradiction.err().contains("tlb.misses is "), contradiction.err());
        Files.writeString(result, text.substring(0, text.length() / 2));
        Outcome damaged = merge(one, third);
        assertEquals(65, damaged.status());
        assertEquals("penumbra: " + result + ": is damaged; delete it, and run its shard again\n", damaged.err());

        Outcome other = compare(COMPARISON, "--shard", "1/2", "--out", one, "--tlb-entries", 64);
        assertEquals(65, other.status());
        assertEquals("penumbra: " + one + ": holds results of another comparison\n", other.err());
    }

    @Test
    void aDirectoryWithoutResultsIsNoInput() {
        Outcome outcome = merge(directory);
        assertEquals(66, outcome.status());
        assertEquals("penumbra: " + directory + ": holds no results of compare --shard\n", outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--shard 3/2 --out d", "--shard 0/2 --out d", "--shard half --out d", "--shard 1/2", "--out d",
        "--shard 1/2 --out d --json f", "--shard 1/2 --out d --validate"})
    void wrongPartsAreRefused(String words) {
        Outcome outcome = compare(COMPARISON, (Object[]) words.split(" "));
        assertEquals(64, outcome.status(), outcome.err());
        assertFalse(Files.exists(Path.of("d")));
    }
}
