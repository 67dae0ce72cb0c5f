// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The JDK's javadoc accepts the comments of the main modules: every reference leads somewhere, all names are right.
final class JavadocTest {
    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final String CLASS_PATH = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    private Path folder;

    /// What javadoc says about sources, one line each.
    private List<String> complaints(String sources, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-quiet", "-package", "-Xdoclint:all,-missing", "-Xmaxwarns", "1000", "-Xmaxerrs",
                "1000", "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", CLASS_PATH, "-sourcepath", sources,
                "-d", folder.resolve("site").toString()));
        all.addAll(List.of(arguments));
        var said = new StringWriter();
        try (var out = new PrintWriter(said)) {
            ToolProvider.findFirst("javadoc").orElseThrow().run(out, out, all.toArray(String[]::new));
        }
        return said.toString().lines().filter(line -> line.matches(".*(warning|error): .*")).toList();
    }

    @Test
    void documentationOfTheMainModulesIsWithoutWarnings() throws IOException {
        List<String> sources = new ArrayList<>();
        List<String> packages = new ArrayList<>();
        for (String module : List.of("runtime", "language", "benchmarks", "launcher")) {
            Path source = ROOT.resolve(module).resolve("src/main/java");
            sources.add(source.toString());
            try (Stream<Path> folders = Files.list(source.resolve("org/penumbra"))) {
                folders.map(folder -> "org.penumbra." + folder.getFileName()).forEach(packages::add);
            }
        }
        // Not the packages below it: JMH, which they use, is not on the class path of the tests.
        assertTrue(packages.remove("org.penumbra.benchmarks"));
        assertEquals(List.of(), complaints(String.join(File.pathSeparator, sources), "-subpackages",
                String.join(":", packages), "org.penumbra.benchmarks"));
        assertTrue(Files.exists(folder.resolve("site/org/penumbra/machine/Machine.html")), "nothing was documented");
    }

    @Test
    void wrongReferenceIsFound() throws Exception {
        Path source = Files.writeString(folder.resolve("Wrong.java"), """
                /// See [Nothing].
                public class Wrong {
                }
                """);
        assertTrue(complaints(folder.toString(), source.toString()).getFirst().endsWith("error: reference not found"));
    }
}
