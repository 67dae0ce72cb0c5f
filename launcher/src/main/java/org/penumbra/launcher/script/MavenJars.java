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
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Versions;
import org.penumbra.launcher.linux.DebianFiles;

/// Parts of GraalVM that few runs need: each is fetched through Maven when it is first needed, and kept in the user's
/// cache directory.
///
/// @param name      of its directory there
/// @param title     for messages
/// @param size      of what is fetched
/// @param artefacts `group:artefact:type`, of the version of Graal unless `:version` follows
record MavenJars(String name, String title, String size, String... artefacts) {

    /// Modules that the start-up image already contains.
    private static final String PRESENT =
            "polyglot,truffle-api,truffle-compiler,truffle-runtime,jniutils,word,collections,nativeimage";
    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies";

    private boolean present() {
        return Files.isDirectory(directory());
    }

    private Path directory() {
        return DebianFiles.userCache().resolveSibling("scripts-" + Versions.graal()).resolve(name);
    }

    /// Makes it available to contexts that this thread builds from now on.
    ///
    /// @throws Failure 66 if it cannot be fetched
    void use(PrintStream err) {
        Path jars = directory();
        if (!present()) {
            DebianFiles.fetching(jars.getParent(), title,
                    "it comes from Maven's central repository, once: connect to "
                    + "the network and start again", work -> fetch(jars, work, err));
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
                Thread.currentThread().getContextClassLoader()));
    }

    private void fetch(Path jars, Path work, PrintStream err) throws IOException,
            InterruptedException {
        if (present()) {
            return; // another process has fetched it meanwhile
        }
        err.println("penumbra: getting " + title + " (" + size + "), once");
        Files.createDirectories(work);
        Path project = Files.writeString(work.resolve("pom.xml"), """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>org.penumbra</groupId><artifactId>parts</artifactId><version>1</version>
                  <packaging>pom</packaging>
                  <dependencies>
                    %s
                  </dependencies>
                </project>
                """.formatted(Arrays.stream(artefacts).map(MavenJars::dependency).collect(Collectors.joining())));
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

    private static String dependency(String artefact) {
        String[] parts = artefact.split(":");
        String version = parts.length > 3 ? parts[3] : Versions.graal();
        return ("<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><type>%s</type>"
                + "</dependency>").formatted(parts[0], parts[1], version, parts[2]);
    }
}
