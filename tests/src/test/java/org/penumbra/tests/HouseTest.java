// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Rules for all sources of the programs.
final class HouseTest {

    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final int MOST_COLUMNS = 120;
    private static final Pattern DESCRIBED = Pattern.compile("\n/// [\\p{Lu}`][^\n]+(\n///[^\n]*)*\npackage ");

    private static List<Path> sources() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module : List.of("runtime", "language", "benchmarks", "launcher")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
            }
        }
        assertTrue(found.size() > 200, "only " + found.size() + " sources: this test would be idle");
        return found;
    }

    @Test
    void everyPackageSaysWhatLivesThere() throws IOException {
        TreeSet<String> silent = new TreeSet<>();
        for (Path source : sources()) {
            Path info = source.resolveSibling("package-info.java");
            if (!Files.exists(info) || !DESCRIBED.matcher(Files.readString(info)).find()) {
                silent.add(ROOT.relativize(source.getParent()).toString());
            }
        }
        assertEquals(new TreeSet<>(), silent, "packages whose package-info.java is missing or says nothing");
    }

    /// The lines of text blocks are output, as wide as their readers need.
    @Test
    void noLineIsWiderThanTheStyleAllows() throws IOException {
        List<String> wide = new ArrayList<>();
        for (Path source : sources()) {
            boolean inTextBlock = false;
            int number = 0;
            for (String line : Files.readAllLines(source)) {
                number++;
                boolean delimited = (line.split("\"\"\"", -1).length - 1) % 2 != 0;
                if (line.length() > MOST_COLUMNS && !(inTextBlock && !delimited)) {
                    wide.add(ROOT.relativize(source) + ":" + number);
                }
                inTextBlock ^= delimited;
            }
        }
        assertEquals(List.of(), wide, "lines of more than " + MOST_COLUMNS + " columns");
    }
}
