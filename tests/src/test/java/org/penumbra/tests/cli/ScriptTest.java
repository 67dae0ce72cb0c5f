// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The script `penumbra` in a project of its own, with a Maven and a JDK that only pretend.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ScriptTest {

    @TempDir
    private Path directory;

    private Path project;

    @BeforeEach
    void makeProject() throws IOException {
        // On macOS the temporary directory is behind a link.
        directory = directory.toRealPath();
        project = directory.resolve("original");
        Files.createDirectories(project.resolve("language"));
        Files.createDirectories(project.resolve("launcher"));
        Files.writeString(project.resolve("language/compiler-directives.json"), "[]");
        Files.copy(Path.of(System.getProperty("penumbra.root"), "penumbra"), project.resolve("penumbra"));
        tool("bin/mvn", "hang mvn; mkdir -p launcher/target-launch/lib; echo > launcher/target-launch/lib/a.jar; echo > launcher/target-launch/penumbra-launcher-1.jar");
        tool("jdk/bin/javac", "");
        tool("jdk/bin/java", """
                for word; do
                    case $word in -XX:AOTCacheOutput=*) hang java; echo cache > "${word#*=}" ;; esac
                done
                echo "$0 $*"
                echo "${LC_ALL-}:${LC_CTYPE-}:${LANG-}"
                """);
        tool("jdk/bin/jlink", """
                while [ "$1" != --output ]; do shift; done
                mkdir -p "$2/bin"; hang jlink; cp "${0%/*}/java" "$2/bin"
                """);
        release("25");
    }

    /// Makes a program that may `hang NAME`: forever, with its process in the file `pid`, when the file `hangs` says NAME.
    private void tool(String name, String commands) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, """
                #!/bin/sh
                hang() {
                    if [ -e '%1$s/hangs' ] && [ "$(cat '%1$s/hangs')" = "$1" ]; then
                        echo $$ > '%1$s/pid'
                        exec sleep 1000
                    fi
                }
                """.formatted(directory) + commands + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    private void release(String version) throws IOException {
        Files.writeString(directory.resolve("jdk/release"), "JAVA_VERSION=\"" + version + "\"\n");
    }

    /// Starts something in the project's parent, with more variables.
    private Process start(Map<String, String> variables, String... command) throws IOException {
        var builder = new ProcessBuilder(command).directory(directory.toFile()).redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(directory.resolve("out").toFile()).redirectError(directory.resolve("err").toFile());
        builder.environment().put("PENUMBRA_JAVA_HOME", directory.resolve("jdk").toString());
        builder.environment().merge("PATH", directory.resolve("bin").toString(), (old, first) -> first + ":" + old);
        builder.environment().putAll(variables);
        return builder.start();
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    /// What the script's Java prints: its own path, and its arguments.
    private String run(Map<String, String> variables, Path root) throws Exception {
        assertEquals(0, start(variables, directory.relativize(root) + "/penumbra", "--version").waitFor(), said());
        return Files.readString(directory.resolve("out"));
    }

    private static void assertRunsIn(Path root, String printed) {
        List<String> words = List.of(printed.strip().split(" "));
        for (String word : List.of(words.get(0), words.get(1).replace("@", ""))) {
            assertTrue(word.startsWith(root + "/.penumbra/") && Files.exists(Path.of(word)), printed);
        }
        assertEquals("--version", printed.lines().findFirst().orElseThrow().strip().replaceFirst(".* ", ""));
    }

    private static List<String> children(Path folder, String prefix) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).filter(name -> name.startsWith(prefix)).sorted().toList();
        }
    }

    @Test
    void secondStartBuildsNothing() throws Exception {
        assertRunsIn(project, run(Map.of(), project));
        tool("bin/mvn", "exit 1");
        assertRunsIn(project, run(Map.of(), project));
        assertEquals("", said());
    }

    @Test
    void movedOrCopiedProjectGetsAnImageOfItsOwn() throws Exception {
        run(Map.of(), project);
        Path copy = directory.resolve("copy");
        assertEquals(0, start(Map.of(), "cp", "-Rp", project.toString(), copy.toString()).waitFor());
        assertRunsIn(copy, run(Map.of(), copy));
        Path moved = Files.move(project, directory.resolve("moved"));
        assertRunsIn(moved, run(Map.of(), moved));
        assertRunsIn(moved, run(Map.of(), moved));
        String arguments = Files.readString(Path.of(run(Map.of(), moved).split(" ")[1].substring(1)));
        assertTrue(arguments.contains("" + moved) && !arguments.contains("" + project), arguments);
    }

    @Test
    void exportedCdPathDoesNoHarm() throws Exception {
        assertRunsIn(project, run(Map.of("CDPATH", directory.toString()), project));
    }

    @Test
    void interruptedBuildIsStatus130AndLeavesNothing() throws Exception {
        for (String tool : List.of("mvn", "jlink", "java")) {
            Files.writeString(directory.resolve("hangs"), tool);
            for (String signal : List.of("-INT", "-TERM")) {
                Path pid = directory.resolve("pid");
                Files.deleteIfExists(pid);
                // Interrupts are ignored in what a shell runs in the background, these tests perhaps.
                Process process = start(Map.of(), "env", "--default-signal=INT", "original/penumbra", "--version");
                while (process.isAlive() && !(Files.exists(pid) && Files.size(pid) > 0)) {
                    Thread.sleep(20);
                }
                new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
                assertEquals(130, process.waitFor(), said());
                long child = Long.parseLong(Files.readString(pid).strip());
                assertFalse(ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false), tool + " goes on");
                assertTrue(said().lines().count() == 1 && said().endsWith(", interrupted\n"), said());
                List<String> left = children(project.resolve(".penumbra"), "");
                assertTrue(left.stream().allMatch(name -> name.matches("build.log|lock|java-\\d+")), left.toString());
            }
        }
        Files.delete(directory.resolve("hangs"));
        assertRunsIn(project, run(Map.of(), project));
    }

    @Test
    void javaOfThePreviousImageStays() throws Exception {
        List<String> javas = new ArrayList<>();
        for (String version : List.of("25", "25.0.1", "25.0.2")) {
            release(version);
            javas.add(Path.of(run(Map.of(), project).split(" ")[0]).getParent().getParent().getFileName().toString());
            List<String> last = javas.subList(Math.max(0, javas.size() - 2), javas.size());
            assertEquals(Set.copyOf(last), Set.copyOf(children(project.resolve(".penumbra"), "java-")));
        }
        assertEquals(3, Set.copyOf(javas).size());
    }

    @Test
    void namesAreUtf8WhereNoLanguageIsChosen() throws Exception {
        for (String[] way : new String[][] {{"", "", "C", ":C.UTF-8:C"}, {"", "C", "de_DE.UTF-8", ":C.UTF-8:de_DE.UTF-8"},
            {"POSIX", "", "", "C.UTF-8::"}, {"", "", "de_DE.UTF-8", "::de_DE.UTF-8"}, {"C.UTF-8", "C", "C", "C.UTF-8:C:C"}}) {
            String printed = run(Map.of("LC_ALL", way[0], "LC_CTYPE", way[1], "LANG", way[2]), project);
            assertEquals(way[3], printed.lines().toList().getLast());
        }
    }
}
