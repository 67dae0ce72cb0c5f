// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.penumbra.launcher.terminal.Terminal;

/// The host's apt working for the architecture riscv64 on a state of its own, so that nothing of the host changes. It
/// uses the Debian mirror that the host is configured with, and verifies signatures as it always does.
final class PrivateApt {

    static final String SUITE = "trixie";

    private static final String KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private static final Set<String> DEBIAN_SUITES = Set.of("bullseye", "bookworm", "trixie", "forky", "duke", "sid",
            "oldstable",
            "stable", "testing", "unstable");
    private static final long LONGEST_MINUTES = 60;
    private static final long PROGRESS_MILLIS = 1000;

    private static final String ARCHIVES = "cache/archives";
    /// What apt says of a package that it would install: `Inst NAME [old] (VERSION WHERE [ARCHITECTURE])`.
    private static final Pattern PLANNED = Pattern.compile("Inst (\\S+) (?:\\[\\S+\\] )?\\((\\S+) .*\\[(\\S+)\\]\\).*");

    private final Path directory;
    private final Mirror mirror;
    private final PrintStream err;

    private PrivateApt(Path directory, Mirror mirror, PrintStream err) {
        this.directory = directory;
        this.mirror = mirror;
        this.err = err;
    }

    /// Makes the state and gets the list of packages.
    ///
    /// @param directory for the state, which saves downloads where it is kept
    /// @throws IOException with one line when this host cannot do that
    static PrivateApt in(Path directory, PrintStream err) throws IOException, InterruptedException {
        List<String> targets;
        try {
            targets = run(null, Path.of("/"), "apt-get", "indextargets", "--format",
                    "$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)");
        } catch (IOException e) {
            throw new IOException("this computer has no apt (" + e.getMessage() + ")", e);
        }
        List<Mirror> mirrors = Mirror.of(targets);
        IOException first = new IOException("apt is configured with no Debian mirror");
        for (Mirror mirror : mirrors) {
            try {
                return in(directory, mirror, err);
            } catch (IOException e) {
                first = mirror == mirrors.getFirst() ? new IOException(mirror.address() + ": " + e.getMessage(), e)
                        : first;
            }
        }
        throw first;
    }

    private static PrivateApt in(Path directory, Mirror mirror, PrintStream err) throws IOException,
            InterruptedException {
        PrivateApt apt = new PrivateApt(directory, mirror, err);
        for (String name : new String[] {"state/lists/partial", ARCHIVES + "/partial", "download"}) {
            Files.createDirectories(directory.resolve(name));
        }
        Files.writeString(directory.resolve("debian.sources"), mirror.sources(mirror.keyring()));
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
        // The host's hooks act on its caches, whatever the state is. Without the last line some errors of the network
        // are none.
        Files.writeString(apt.last(), """
                #clear APT::Update::Pre-Invoke;
                #clear APT::Update::Post-Invoke;
                #clear APT::Update::Post-Invoke-Success;
                #clear DPkg::Pre-Invoke;
                #clear DPkg::Post-Invoke;
                APT::Update::Error-Mode "any";
                """);
        err.println("penumbra: getting Debian's list of riscv64 packages (10 MB)");
        apt.get("-qq", "update");
        return apt;
    }

    /// The packages that a package directly depends on.
    List<String> dependencies(String name) throws IOException, InterruptedException {
        return run("apt-cache", "depends", name).stream().map(String::strip)
                .filter(line -> line.startsWith("Depends: "))
                .map(line -> line.substring("Depends: ".length())).toList();
    }

    /// Gets packages, not those that they depend on, and unpacks them.
    Path unpack(String... packages) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("-qq", "download"));
        words.addAll(List.of(packages));
        return unpackAll(directory.resolve("download"), words);
    }

    /// The mirror that answered.
    Mirror mirror() {
        return mirror;
    }

    /// Gets packages with all that they depend on, but for those that are there from before.
    ///
    /// @return their files
    List<Path> download(List<String> packages) throws IOException, InterruptedException {
        // apt takes a name that it does not know for a pattern.
        Set<String> known = Set.copyOf(run("apt-cache", "pkgnames"));
        for (String name : packages) {
            if (!known.contains(name)) {
                throw new IOException("there is no package " + name);
            }
        }
        Path archives = directory.resolve(ARCHIVES);
        try (Fetched _ = new Fetched(archives)) {
            get(words("-qq", "-y", "--download-only", "install", packages));
        }
        List<Path> files = new ArrayList<>();
        for (String line : get(words("-qq", "-y", "--simulate", "install", packages))) {
            String name = planned(line);
            if (name != null) {
                Path file = archives.resolve(name);
                Files.setLastModifiedTime(file, FileTime.from(Instant.now())); // the oldest go first
                files.add(file);
            }
        }
        return files;
    }

    /// The file of a package that apt says it would install; null for what else it says.
    static String planned(String line) {
        var planned = PLANNED.matcher(line);
        return planned.matches() ? planned.group(1) + "_" + planned.group(2).replace(":", "%3a") + "_"
                + planned.group(3) + ".deb" : null;
    }

    private static String[] words(String a, String b, String c, String d, List<String> more) {
        return Stream.concat(Stream.of(a, b, c, d), more.stream()).toArray(String[]::new);
    }

    private Path unpackAll(Path archives, List<String> words) throws IOException, InterruptedException {
        try (Fetched _ = new Fetched(archives)) {
            get(words.toArray(String[]::new));
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

    /// A repository that may be Debian's, in the host's own configuration. Others have a suite `stable` with a
    /// component `main`, too.
    record Mirror(String address, String keyring) {

        /// The text of a file that names it to apt.
        ///
        /// @param keys file of the keys that sign it
        String sources(String keys) {
            return "Types: deb\nURIs: " + address + "\nSuites: " + SUITE + "\nComponents: main\nSigned-By: " + keys
                    + "\n";
        }

        /// @param targets lines of address, suite, component and perhaps keyring
        /// @return those that may be, the likeliest first
        static List<Mirror> of(List<String> targets) {
            return targets.stream().map(target -> target.strip().split(" "))
                    .filter(words -> words.length >= 3 && DEBIAN_SUITES.contains(words[1]) && words[2].equals("main"))
                    .map(words -> new Mirror(words[0], words.length > 3 && words[3].startsWith("/") ? words[3]
                            : KEYRING))
                    .distinct().sorted(Comparator.comparing(mirror -> !mirror.address.matches(".*/debian/?"))).toList();
        }
    }

    /// Read after the host's configuration, which `apt.conf` is read before.
    private Path last() {
        return directory.resolve("last.conf");
    }

    private List<String> get(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("apt-get", "-c", last().toString()));
        command.addAll(List.of(words));
        return run(command.toArray(String[]::new));
    }

    private List<String> run(String... command) throws IOException, InterruptedException {
        return run(directory.resolve("apt.conf"), directory.resolve("download"), command);
    }

    /// @param configuration of apt, null for the host's
    /// @return the lines of standard output
    /// @throws IOException with one line when the program is missing or fails
    static List<String> run(Path configuration, Path directory, String... command) throws IOException,
            InterruptedException {
        Path errors = Files.createTempFile("penumbra", ".txt");
        Process process = null;
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .redirectError(errors.toFile());
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
        private final long before;
        private final Thread thread;

        Fetched(Path archives) throws IOException {
            this.archives = archives;
            this.before = RootStore.size(archives);
            thread = Terminal.isThere() ? Thread.ofVirtual().start(this::show) : null;
        }

        private void show() {
            try {
                while (true) {
                    Thread.sleep(PROGRESS_MILLIS);
                    err.print("\rpenumbra: " + (RootStore.size(archives) - before) / 1_000_000 + " MB fetched ");
                }
            } catch (InterruptedException | IOException | UncheckedIOException _) {
                err.print("\r");
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
