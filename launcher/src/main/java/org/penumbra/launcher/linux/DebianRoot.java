// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// A disk image with a small Debian for riscv64: packages with all that they depend on, unpacked but not configured, which
/// needs no privileges. Programs run, services are not set up.
public final class DebianRoot {

    private static final List<String> DEFAULT_PACKAGES = List.of("python3", "sqlite3", "redis");
    /// What every such root has: its directories, a shell, the programs that everybody uses.
    private static final List<String> BASE = List.of("base-files", "base-passwd", "bash", "coreutils", "dash", "grep", "gzip",
            "libc-bin", "mount", "ncurses-base", "procps", "sed", "tar", "util-linux");
    private static final long SPARE = 256L << 20;
    private static final long STEP = 64L << 20;
    private static final int BLOCK = 4096;
    private static final int PER_FILE = 4096;

    private final Path cache;
    private final PrintStream err;

    DebianRoot(Path cache, PrintStream err) {
        this.cache = cache;
        this.err = err;
    }

    /// Packages and those of the default, so that few images are made.
    public static List<String> withDefaults(List<String> packages) {
        return Stream.concat(DEFAULT_PACKAGES.stream(), packages.stream()).distinct().toList();
    }

    /// The image with these packages, made unless it is there.
    ///
    /// @param packages names, empty for the default
    /// @throws Failure 64 for a bad name, 66 with what to do instead when the packages cannot be had
    Path obtain(List<String> packages) {
        List<String> chosen = (packages.isEmpty() ? DEFAULT_PACKAGES : packages).stream().sorted().distinct().toList();
        for (String name : chosen) {
            if (!name.matches("[a-z0-9][a-z0-9+.-]*[a-z0-9+.]")) { // apt takes a minus at the end for "not that one"
                throw new Failure(ExitStatus.USAGE, "--packages: '" + name + "' is no name of a package");
            }
        }
        String text = String.join("_", chosen);
        Path image = cache.resolve("root-" + (text.length() > 100 ? Integer.toHexString(text.hashCode()) : text) + ".img");
        if (!Files.isRegularFile(image)) {
            DebianFiles.fetching(cache, "Debian's packages", "give a disk with --disk instead", work -> make(chosen, image, work));
        }
        return image;
    }

    private void make(List<String> packages, Path image, Path work) throws IOException, InterruptedException {
        if (Files.isRegularFile(image)) {
            return; // another process did it meanwhile
        }
        PrivateApt apt = PrivateApt.in(work, err);
        err.println("penumbra: getting " + String.join(", ", packages) + " and what they need");
        List<String> all = new ArrayList<>(BASE);
        all.addAll(packages);
        Path tree = apt.unpackWithDependencies(all);
        complete(tree);
        err.println("penumbra: making the disk image");
        Path made = work.resolve("made.img");
        write(tree, made);
        Files.move(made, image, StandardCopyOption.REPLACE_EXISTING);
    }

    /// What scripts of the packages would have made.
    private static void complete(Path tree) throws IOException {
        for (String name : new String[] {"dev", "proc", "sys", "run", "tmp", "root", "etc"}) {
            Files.createDirectories(tree.resolve(name));
        }
        for (String name : new String[] {"passwd", "group"}) {
            Path master = tree.resolve("usr/share/base-passwd/" + name + ".master");
            if (Files.exists(master) && !Files.exists(tree.resolve("etc/" + name))) {
                Files.copy(master, tree.resolve("etc/" + name));
            }
        }
        Files.writeString(tree.resolve("etc/hostname"), "penumbra\n");
        Files.writeString(tree.resolve("etc/hosts"), "127.0.0.1 localhost penumbra\n");
        Path shell = tree.resolve("usr/bin/sh");
        if (!Files.exists(shell, LinkOption.NOFOLLOW_LINKS)) {
            Files.createSymbolicLink(shell, Path.of("dash"));
        }
    }

    /// Makes the file system with the host's tool, everything in it root's where the host allows that.
    private static void write(Path tree, Path image) throws IOException, InterruptedException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((size(tree) + SPARE + STEP - 1) / STEP * STEP);
        }
        // Without metadata_csum and 64bit the guest needs fewer instructions.
        String[] command = {"mke2fs", "-q", "-t", "ext4", "-b", Integer.toString(BLOCK), "-m", "0", "-L", "debian",
            "-O", "^metadata_csum,^64bit,^has_journal", "-E", "root_owner=0:0", "-d", tree.toString(), image.toString()};
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        String[] wrapped = {"sh", "-c", "PATH=$1; shift; unshare -r true 2> /dev/null && exec unshare -r \"$@\"; exec \"$@\"",
            "sh", path};
        List<String> whole = new ArrayList<>(List.of(wrapped));
        whole.addAll(List.of(command));
        try {
            PrivateApt.run(null, tree, whole.toArray(String[]::new));
        } catch (IOException e) {
            throw new IOException("mke2fs, of the package e2fsprogs, makes no file system (" + e.getMessage() + ")", e);
        }
    }

    private static long size(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            return all.mapToLong(path -> PER_FILE + (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    ? path.toFile().length() + BLOCK - 1 & -BLOCK : 0)).sum();
        }
    }
}
