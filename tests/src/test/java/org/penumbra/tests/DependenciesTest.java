// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Versions of what the build uses: all stand in the root's `pom.xml`, and are at their newest.
final class DependenciesTest {
    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final Pattern VERSION = Pattern.compile("<version>([^<]*)</version>");
    private static final Pattern BEHIND = Pattern.compile("(?:\\$\\{([\\w.]+)}|([\\w.:-]+-plugin)) \\.+ (\\S+ -> \\S+)");
    /// Not newer than the JDK; and what was not published for all of its versions.
    private static final List<String> HELD = List.of("graalvm.version", "truffle.dsl.version");

    @Test
    void onlyTheRootNamesVersions() throws IOException {
        String own = first(VERSION, Files.readString(ROOT.resolve("pom.xml")));
        List<String> elsewhere = new ArrayList<>();
        for (String module : List.of("runtime", "language", "benchmarks", "launcher", "launcher/dist", "tests", "docs/embedding")) {
            Matcher version = VERSION.matcher(Files.readString(ROOT.resolve(module).resolve("pom.xml")));
            while (version.find()) {
                // The sample is a project of its own, whose version is 1.
                if (!List.of(own, "1").contains(version.group(1)) && !version.group(1).startsWith("${")) {
                    elsewhere.add(module + ": " + version.group(1));
                }
            }
        }
        assertEquals(List.of(), elsewhere);
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertTrue(matcher.find());
        return matcher.group(1);
    }

    /// Asks the registry.
    @Test
    @Tag("offline")
    @Timeout(600)
    void nothingIsBehind() throws Exception {
        Process maven = new ProcessBuilder("mvn", "-B", "-ntp", "-N", "validate", "-Pbehind").directory(ROOT.toFile())
                .redirectErrorStream(true).start();
        String said = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, maven.waitFor(), said);
        assertTrue(said.contains("${picocli.version}") && said.contains("${errorprone.version}"), said);
        List<String> behind = new ArrayList<>();
        // What follows are versions for old releases of Maven.
        for (Matcher found = BEHIND.matcher(said.split("Plugins require minimum", 2)[0]); found.find();) {
            String name = found.group(1) != null ? found.group(1) : found.group(2);
            if (!HELD.contains(name)) {
                behind.add(name + " " + found.group(3));
            }
        }
        assertEquals(List.of(), behind);
    }
}
