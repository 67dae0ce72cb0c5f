// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Debian's riscv64 kernel and static busybox, got through the package tools and the mirror that this computer is
/// configured with.
///
/// The tools work on a state of their own in the user's cache directory, so nothing of the host changes; they verify
/// signatures as they always do.
final class DebianFiles {

    private static final String SUITE = "trixie";
    private static final String KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private static final Set<String> DEBIAN_SUITES = Set.of("bookworm", "trixie", "forky", "duke", "sid", "stable", "testing", "unstable",
            "bullseye", "oldstable");
    private static final String META_PACKAGE = "linux-image-riscv64";
    private static final String BY_HAND = "give the files with --kernel (vmlinux-*-riscv64 of Debian's package " + META_PACKAGE
            + ", suite " + SUITE + ") and --initrd (a cpio archive with /init)";
    private static final long LONGEST_MINUTES = 20;

    private final Path cache;
    private final PrintStream err;

    DebianFiles(Path cache, PrintStream err) {
        this.cache = cache;
        this.err = err;
    }

    /// Where the user's cached files belong (XDG base directory specification).
    static Path userCache() {
        String home = System.getenv("XDG_CACHE_HOME");
        Path base = home != null && home.startsWith("/") ? Path.of(home) : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("penumbra").resolve("debian-" + SUITE + "-riscv64");
    }

    Path kernel() {
        return cache.resolve("vmlinux");
    }

    Path busybox() {
        return cache.resolve("busybox");
    }

    boolean present() {
        return Files.isRegularFile(kernel()) && Files.isRegularFile(busybox());
    }

    /// Gets the files unless they are there.
    ///
    /// @throws Failure 66 with what to do instead when they cannot be had
    void obtain() {
        if (present()) {
            return;
        }
        try {
            fetch();
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, "cannot get Debian's kernel: " + e.getMessage() + "; " + BY_HAND);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitStatus.INTERRUPTED, "interrupted");
        }
    }

    private void fetch() throws IOException, InterruptedException {
        String[] source = mirror();
        Path apt = cache.resolve("apt");
        for (String directory : new String[] {"state/lists/partial", "cache/archives/partial", "download"}) {
            Files.createDirectories(apt.resolve(directory));
        }
        Files.writeString(apt.resolve("debian.sources"), "Types: deb\nURIs: " + source[0] + "\nSuites: " + SUITE
                + "\nComponents: main\nSigned-By: " + source[1] + "\n");
        Files.writeString(apt.resolve("status"), "");
        Files.writeString(apt.resolve("apt.conf"), """
                APT::Architecture "riscv64";
                APT::Architectures { "riscv64"; };
                APT::Sandbox::User "root";
                Dir::State "%1$s/state";
                Dir::State::status "%1$s/status";
                Dir::Cache "%1$s/cache";
                Dir::Etc::sourcelist "%1$s/debian.sources";
                Dir::Etc::sourceparts "-";
                Acquire::Languages "none";
                """.formatted(apt));
        Path download = apt.resolve("download");
        err.println("penumbra: getting Debian's list of riscv64 packages (10 MB)");
        run(apt, download, "apt-get", "-qq", "update");
        String image = run(apt, download, "apt-cache", "depends", META_PACKAGE).stream().map(String::strip)
                .filter(line -> line.startsWith("Depends: linux-image-")).map(line -> line.substring("Depends: ".length()))
                .findFirst().orElseThrow(() -> new IOException("the mirror has no package " + META_PACKAGE));
        err.println("penumbra: getting " + image + " (110 MB) and busybox-static");
        run(apt, download, "apt-get", "-qq", "download", image, "busybox-static");
        err.println("penumbra: unpacking");
        Path unpacked = apt.resolve("unpacked");
        try (Stream<Path> packages = Files.list(download)) {
            for (Path file : packages.filter(path -> path.toString().endsWith(".deb")).toList()) {
                run(apt, download, "dpkg-deb", "-x", file.toString(), unpacked.toString());
            }
        }
        take(unpacked.resolve("usr/bin/busybox"), busybox());
        take(unpacked.resolve("boot").resolve("vmlinux-" + image.substring("linux-image-".length())), kernel());
        delete(apt);
    }

    private static void take(Path from, Path to) throws IOException {
        if (!Files.isRegularFile(from)) {
            throw new IOException("the package has no " + from.getFileName());
        }
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Address and keyring of the Debian mirror in the host's own configuration.
    private String[] mirror() throws IOException, InterruptedException {
        List<String> targets;
        try {
            targets = run(null, Path.of("/"), "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)");
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

    /// @param apt state to work on, null for the host's
    /// @return the lines of standard output
    /// @throws IOException with one line when the program is missing or fails
    private static List<String> run(Path apt, Path directory, String... command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("penumbra", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).redirectError(errors.toFile());
            builder.environment().put("LC_ALL", "C");
            if (apt != null) {
                builder.environment().put("APT_CONFIG", apt.resolve("apt.conf").toString());
            }
            Process process = builder.start();
            List<String> lines = new ArrayList<>(process.inputReader().lines().toList());
            if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
                process.destroy();
                throw new IOException(command[0] + " takes too long");
            }
            if (process.exitValue() != 0) {
                throw new IOException(Files.readAllLines(errors).stream().filter(line -> line.startsWith("E:")).findFirst()
                        .orElse(command[0] + " failed with status " + process.exitValue()));
            }
            return lines;
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
