// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.script;

import java.io.IOException;
import java.io.PrintStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Versions;
import org.penumbra.launcher.linux.DebianFiles;

/// The script languages, which few runs need: each is fetched through Maven when a script first needs it, and kept in
/// the user's cache directory.
final class ScriptLanguages {

    /// Modules that the start-up image already contains.
    private static final String PRESENT =
            "polyglot,truffle-api,truffle-compiler,truffle-runtime,jniutils,word,collections,nativeimage";
    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies";

    /// A supported script language.
    enum Language {
        JAVASCRIPT("js", "JavaScript", "js-community", "60 MB"),
                PYTHON("python", "Python", "python-community", "180 MB");

        final String id;
        private final String title;
        private final String artefact;
        private final String size;

        Language(String id, String title, String artefact, String size) {
            this.id = id;
            this.title = title;
            this.artefact = artefact;
            this.size = size;
        }
    }

    private ScriptLanguages() {
    }

    /// The language of a script, by its file extension.
    ///
    /// @throws Failure 64 for any other
    static Language of(Path script) {
        String name = script.getFileName().toString();
        if (name.endsWith(".js") || name.endsWith(".mjs")) {
            return Language.JAVASCRIPT;
        }
        if (name.endsWith(".py")) {
            return Language.PYTHON;
        }
        throw new Failure(ExitStatus.USAGE, script + ": a script's name ends with .js, .mjs or .py");
    }

    /// Whether a language has been fetched.
    static boolean present(Language language) {
        return Files.isDirectory(directory(language));
    }

    private static Path directory(Language language) {
        return DebianFiles.userCache().resolveSibling("scripts-" + Versions.graal()).resolve(language.id);
    }

    /// Makes a language available to contexts that this thread builds from now on.
    ///
    /// @throws Failure 66 if it cannot be fetched
    static void use(Language language, PrintStream err) {
        Path jars = directory(language);
        if (!present(language)) {
            DebianFiles.fetching(jars.getParent(), language.title,
                    "it comes from Maven's central repository, once: connect to "
                    + "the network and start again", work -> fetch(language, jars, work, err));
        }
        List<URL> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(jars, "*.jar")) {
            for (Path file : files) {
                all.add(file.toUri().toURL());
            }
        } catch (MalformedURLException e) {
            throw new AssertionError("a file has an address", e);
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, jars + ": cannot be read (" + e.getMessage()
                    + "); remove it to fetch it again");
        }
        Thread.currentThread().setContextClassLoader(new URLClassLoader(all.toArray(URL[]::new),
                ClassLoader.getSystemClassLoader()));
    }

    private static void fetch(Language language, Path jars, Path work, PrintStream err) throws IOException,
            InterruptedException {
        if (present(language)) {
            return; // another process has fetched it meanwhile
        }
        err.println("penumbra: getting " + language.title + " for scripts (" + language.size + "), once");
        Files.createDirectories(work);
        Path project = Files.writeString(work.resolve("pom.xml"), """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>org.penumbra</groupId><artifactId>script-language</artifactId><version>1</version><packaging>pom</packaging>
                  <dependencies>
                    <dependency><groupId>org.graalvm.polyglot</groupId><artifactId>%s</artifactId><version>%s</version><type>pom</type></dependency>
                  </dependencies>
                </project>
                """.formatted(language.artefact, Versions.graal()));
        Path log = work.resolve("log");
        Path into = work.resolve("jars");
        int status;
        try {
            status = new ProcessBuilder("mvn", "-q", "-B", "-ntp", "-f", project.toString(), COPY,
                    "-DoutputDirectory=" + into,
                    "-DexcludeArtifactIds=" + PRESENT).redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
        } catch (IOException e) {
            throw new IOException("the command mvn cannot be started", e);
        }
        if (status != 0) {
            throw new IOException(Files.readAllLines(log).stream().filter(line -> line.contains("ERROR"))
                    .max(Comparator.comparing(line -> line.contains("Could not") || line.contains("Cannot access")))
                    .map(line -> line.replaceAll("\\[[^ ]*ERROR[^ ]*\\] *|\u001b\\[[0-9;]*m", ""))
                            .orElse("mvn ended with status " + status)
                    .replaceAll("(?s)^(.{0,200}).*", "$1"));
        }
        Files.move(into, jars);
    }
}
