// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The sample project of `docs/embedding` compiles against what is built here and runs on a plain JVM, without any options.
final class EmbeddingTest {
    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final Path SAMPLE = ROOT.resolve("docs/embedding");
    private static final Path GUEST = ROOT.resolve("tests/src/test/resources/guest/paging.elf");
    private static final String CLASS_PATH = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    private Path folder;

    private List<String> sample(Object... arguments) throws Exception {
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-Xlint:all,-options,-path", "-Werror",
                "-cp", CLASS_PATH, "-d", folder.toString(), SAMPLE.resolve("src/main/java/example/CountExits.java").toString()));
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                folder + java.io.File.pathSeparator + CLASS_PATH, "example.CountExits"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command).redirectErrorStream(false).redirectOutput(out.toFile())
                .redirectError(folder.resolve("err").toFile()).start();
        try {
            assertTrue(process.waitFor(300, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), () -> read(folder.resolve("err")));
        return Files.readAllLines(out);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }

    @Test
    void theSampleRunsAGuestUnderTheModelsItIsGiven() throws Exception {
        List<String> lines = sample(GUEST, "native", "tsp", "none");
        assertEquals(3, lines.size(), lines.toString());
        Pattern form = Pattern.compile("(\\w+): status 0, ([1-9]\\d*) bytes, ([1-9]\\d*) instructions, (\\d+) exits");
        Matcher plain = form.matcher(lines.get(0));
        Matcher shadowed = form.matcher(lines.get(1));
        assertTrue(plain.matches() && shadowed.matches(), lines.toString());
        assertEquals(List.of(plain.group(2), plain.group(3)), List.of(shadowed.group(2), shadowed.group(3)), "the guest sees no difference");
        assertEquals("0", plain.group(4));
        assertTrue(Long.parseLong(shadowed.group(4)) > 0, lines.get(1));
        assertTrue(lines.get(2).startsWith("none: failed: ") && lines.get(2).contains("'none'"), lines.get(2));
    }

    /// Its dependency is an artefact of this build, in this version.
    @Test
    void theSamplesPomNamesTheArtefactThatIsBuilt() throws Exception {
        Pattern version = Pattern.compile("<artifactId>penumbra</artifactId>\\s*<version>([^<]+)</version>");
        Matcher ours = version.matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertTrue(ours.find());
        String sample = Files.readString(SAMPLE.resolve("pom.xml"));
        assertTrue(sample.contains("<groupId>org.penumbra</groupId><artifactId>penumbra-language</artifactId><version>" + ours.group(1)
                + "</version>"), sample);
        assertTrue(Files.readString(ROOT.resolve("language/pom.xml")).contains("<artifactId>penumbra-language</artifactId>"));
    }
}
