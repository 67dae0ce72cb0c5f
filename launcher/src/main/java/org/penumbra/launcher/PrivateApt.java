// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The host's apt working for the architecture riscv64 on a state of its own, so that nothing of the host changes. It
/// uses the Debian mirror that the host is configured with, and verifies signatures as it always does.
final class PrivateApt {

    static final String SUITE = "trixie";

    private static final String KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private static final Set<String> DEBIAN_SUITES = Set.of("bullseye", "bookworm", "trixie", "forky", "duke", "sid", "oldstable",
            "stable", "testing", "unstable");
    private static final long LONGEST_MINUTES = 60;
    private static final long PROGRESS_MILLIS = 1000;

    private final Path directory;
    private final PrintStream err;

    private PrivateApt(Path directory, PrintStream err) {
        this.directory = directory;
        this.err = err;
    }

    /// Makes the state and gets the list of packages.
    ///
    /// @param directory for the state, which is of no use afterwards
    /// @throws IOException with one line when this host cannot do that
    static PrivateApt in(Path directory, PrintStream err) throws IOException, InterruptedException {
        String[] source = mirror();
        PrivateApt apt = new PrivateApt(directory, err);
        for (String name : new String[] {"state/lists/partial", "cache/archives/partial", "download"}) {
            Files.createDirectories(directory.resolve(name));
        }
        Files.writeString(directory.resolve("debian.sources"), "Types: deb\nURIs: " + source[0] + "\nSuites: " + SUITE
                + "\nComponents: main\nSigned-By: " + source[1] + "\n");
        Files.writeString(directory.resolve("status"), "");
        Files.writeString(directory.resolve("apt.conf"), """
                APT::Architecture "riscv64";
                APT::Architectures { "riscv64"; };
                APT::Sandbox::User "root";
                APT::Install-Recommends "false";
                Dir::State "%1$s/state";
                Dir::State::status "%1$s/status";
                Dir::Cache "%1$s/cache";
                Dir::Etc::sourcelist "%1$s/debian.sources";
                Dir::Etc::sourceparts "-";
                Acquire::Languages "none";
                """.formatted(directory));
        err.println("penumbra: getting Debian's list of riscv64 packages (10 MB)");
        apt.run("apt-get", "-qq", "update");
        return apt;
    }

    /// The packages that a package directly depends on.
    List<String> dependencies(String name) throws IOException, InterruptedException {
        return run("apt-cache", "depends", name).stream().map(String::strip).filter(line -> line.startsWith("Depends: "))
                .map(line -> line.substring("Depends: ".length())).toList();
    }

    /// Gets packages, not those that they depend on, and unpacks them.
    Path unpack(String... packages) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-qq", "download"));
        command.addAll(List.of(packages));
        return unpackAll(directory.resolve("download"), command);
    }

    /// Gets packages with all that they depend on, and unpacks them.
    Path unpackWithDependencies(List<String> packages) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-qq", "-y", "--download-only", "install"));
        command.addAll(packages);
        return unpackAll(directory.resolve("cache/archives"), command);
    }

    private Path unpackAll(Path archives, List<String> command) throws IOException, InterruptedException {
        try (Fetched _ = new Fetched(archives)) {
            run(command.toArray(String[]::new));
        }
        Path tree = directory.resolve("unpacked");
        List<Path> files;
        try (Stream<Path> all = Files.list(archives)) {
            files = all.filter(path -> path.toString().endsWith(".deb")).sorted().toList();
        }
        err.println("penumbra: unpacking " + files.size() + " packages");
        for (Path file : files) {
            run("dpkg-deb", "-x", file.toString(), tree.toString());
        }
        return tree;
    }

    /// Address and keyring of the Debian mirror in the host's own configuration.
    private static String[] mirror() throws IOException, InterruptedException {
        List<String> targets;
        try {
            targets = run(null, Path.of("/"), "apt-get", "indextargets", "--format",
                    "$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)");
        } catch (IOException e) {
            throw new IOException("this computer has no apt (" + e.getMessage() + ")", e);
        }
        for (String target : targets) {
            String[] words = target.strip().split(" ");
            if (words.length >= 3 && DEBIAN_SUITES.contains(words[1]) && words[2].equals("main")) {
                return new String[] {words[0], words.length > 3 && words[3].startsWith("/") ? words[3] : KEYRING};
            }
        }
        throw new IOException("apt is configured with no Debian mirror");
    }

    private List<String> run(String... command) throws IOException, InterruptedException {
        return run(directory.resolve("apt.conf"), directory.resolve("download"), command);
    }

    /// @param configuration of apt, null for the host's
    /// @return the lines of standard output
    /// @throws IOException with one line when the program is missing or fails
    static List<String> run(Path configuration, Path directory, String... command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("penumbra", ".txt");
        Process process = null;
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).redirectError(errors.toFile());
            builder.environment().put("LC_ALL", "C");
            if (configuration != null) {
                builder.environment().put("APT_CONFIG", configuration.toString());
            }
            process = builder.start();
            List<String> lines = new ArrayList<>(process.inputReader().lines().toList());
            if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
                throw new IOException(command[0] + " takes too long");
            }
            if (process.exitValue() != 0) {
                List<String> said = Files.readAllLines(errors);
                throw new IOException(said.stream().filter(line -> line.startsWith("E:")).findFirst()
                        .orElse(command[0] + " failed with status " + process.exitValue()
                                + (said.isEmpty() ? "" : " (" + said.getLast() + ")")));
            }
            return lines;
        } finally {
            if (process != null) {
                process.destroy();
            }
            Files.deleteIfExists(errors);
        }
    }

    /// Says on a terminal how much has been fetched.
    private final class Fetched implements AutoCloseable {

        private final Path archives;
        private final Thread thread;

        Fetched(Path archives) {
            this.archives = archives;
            thread = Terminal.isThere() ? Thread.ofVirtual().start(this::show) : null;
        }

        private void show() {
            try {
                while (true) {
                    Thread.sleep(PROGRESS_MILLIS);
                    err.print("\rpenumbra: " + size(archives) / 1_000_000 + " MB fetched ");
                }
            } catch (InterruptedException | IOException _) {
                err.print("\r");
            }
        }

        private static long size(Path tree) throws IOException {
            try (Stream<Path> all = Files.walk(tree)) {
                return all.mapToLong(path -> path.toFile().length()).sum();
            }
        }

        @Override
        public void close() {
            if (thread != null) {
                thread.interrupt();
                try {
                    thread.join();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
