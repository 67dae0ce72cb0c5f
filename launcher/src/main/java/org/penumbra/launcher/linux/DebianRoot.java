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
import org.penumbra.launcher.cli.WorkDirectory;

/// Builds a root: a disk image with packages of Debian for riscv64 and all that they depend on, unpacked on this
/// computer, which needs no privileges, and configured in the guest.
public final class DebianRoot {

    /// The root that is built without being asked for.
    static final String DEFAULT_NAME = "debian";

    private static final List<String> DEFAULT_PACKAGES = List.of("python3", "sqlite3", "redis");
    /// What every root has: what Debian calls essential, apt, and programs that everybody expects.
    private static final List<String> BASE = List.of("apt", "base-files", "base-passwd", "bash", "bsdutils",
            "coreutils", "dash",
            "debconf", "debian-archive-keyring", "debianutils", "diffutils", "dpkg", "findutils", "grep", "gzip",
                    "hostname",
            "init-system-helpers", "iproute2", "iputils-ping", "less", "libc-bin", "login", "mawk", "mount",
                    "ncurses-base", "ncurses-bin",
            "netbase", "passwd", "perl-base", "procps", "sed", "sysvinit-utils", "tar", "util-linux");
    private static final String[] DIRECTORIES = {"dev", "etc/apt/sources.list.d", "mnt", "proc", "root", "run", "sys",
            "tmp"};
    private static final String KEYS = "usr/share/keyrings";
    private static final long SPARE = 768L << 20;
    private static final long STEP = 64L << 20;
    private static final int BLOCK = 4096;
    private static final int PER_FILE = 4096;
    /// Of e2fsck: more than errors that it has corrected.
    private static final String REPAIR = "e2fsck -fy \"$2\" > /dev/null 2>&1; [ $? -lt 4 ]";
    private static final String INSTEAD = "give a disk with --disk instead";

    private final RootStore store;
    private final PrintStream err;

    DebianRoot(RootStore store, PrintStream err) {
        this.store = store;
        this.err = err;
    }

    /// Packages and those of the default, so that few images are made.
    public static List<String> withDefaults(List<String> packages) {
        return Stream.concat(DEFAULT_PACKAGES.stream(), packages.stream()).distinct().toList();
    }

    /// The name of the root with these packages that is built without being asked for.
    static String nameFor(List<String> packages) {
        List<String> chosen = chosen(packages);
        if (chosen.equals(chosen(List.of()))) {
            return DEFAULT_NAME;
        }
        String text = String.join("_", chosen);
        return DEFAULT_NAME + "-" + (text.length() > 80 ? Integer.toHexString(text.hashCode()) : text);
    }

    private static List<String> chosen(List<String> packages) {
        return (packages.isEmpty() ? DEFAULT_PACKAGES : packages).stream().sorted().distinct().toList();
    }

    /// The image of the root with these packages, built unless it is there.
    ///
    /// @param packages names, empty for the default
    /// @throws Failure as [#build]
    Path obtain(List<String> packages) {
        requireNames(packages);
        String name = nameFor(packages);
        if (!store.has(name)) {
            build(name, packages);
        }
        return store.image(name);
    }

    private static void requireNames(List<String> packages) {
        for (String name : packages) {
            if (!name.matches("[a-z0-9][a-z0-9+.-]*[a-z0-9+.]")) { // apt takes a minus at the end for "not that one"
                throw new Failure(ExitStatus.USAGE, "--packages: '" + name + "' is no name of a package");
            }
        }
    }

    /// Builds a root, or goes on with a build that was interrupted.
    ///
    /// @param packages names; empty for those of the interrupted build, or else the default
    /// @throws Failure 64 for a bad name, 66 with what to do instead when the packages cannot be had, 70 where one
    ///                 cannot be configured, 73 where there is no room, 130 when interrupted
    void build(String name, List<String> packages) {
        requireNames(packages);
        DebianFiles.fetching(store.cache(), "Debian's packages", INSTEAD, work -> {
            List<String> begun = store.packages(name);
            List<String> wanted = packages.isEmpty() && !begun.isEmpty() ? begun : chosen(packages);
            if (!wanted.equals(begun) || !isUsable(store.unfinished(name))) {
                unpack(name, wanted, work);
            } else {
                err.println("penumbra: going on with the root " + name);
            }
        });
        // Not within either of the others, which hold the lock that this takes, too.
        new DebianFiles(store.cache(), err).obtain(DebianFiles.DISK_MODULES);
        DebianFiles.fetching(store.cache(), "Debian's packages", INSTEAD, _ -> {
            if (store.has(name)) {
                return; // another process did it meanwhile
            }
            new SecondStage(err, installed(name)).run(store.unfinished(name), store.log(name));
            Files.move(store.unfinished(name), store.image(name), StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(store.log(name));
            store.shrink(0);
        });
    }

    /// Whether an image is there from an interrupted build, whole or to be made so.
    private static boolean isUsable(Path image) throws InterruptedException {
        try {
            if (Files.isRegularFile(image)) {
                tool(REPAIR, image.toString());
                return true;
            }
        } catch (IOException _) {
            // Beyond repair: it is made again.
        }
        return false;
    }

    private int installed(String name) throws IOException {
        return Integer.parseInt(Files.readString(count(name)).strip());
    }

    private Path count(String name) {
        return store.unfinished(name).resolveSibling(name + ".count");
    }

    private void unpack(String name, List<String> packages, Path work) throws IOException, InterruptedException {
        PrivateApt apt = PrivateApt.in(Files.createDirectories(store.downloads()), err);
        err.println("penumbra: getting " + String.join(", ", packages) + " and what they need");
        List<String> all = new ArrayList<>(BASE);
        all.addAll(packages);
        List<Path> files = apt.download(all);
        Path tree = Files.createDirectories(work.resolve("unpacked"));
        DpkgDatabase database = new DpkgDatabase(tree);
        err.println("penumbra: unpacking " + files.size() + " packages");
        for (Path file : files) {
            unpack(file, tree, work.resolve("control"), database);
        }
        database.write();
        complete(tree, apt.mirror());
        err.println("penumbra: making the disk image");
        long size = (size(tree) + SPARE + STEP - 1) / STEP * STEP;
        store.shrink(size);
        Path made = work.resolve("made.img");
        write(tree, made, size);
        store.remember(name, packages);
        Files.writeString(count(name), files.size() + "\n");
        Files.move(made, store.unfinished(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void unpack(Path file, Path tree, Path control, DpkgDatabase database) throws IOException,
            InterruptedException {
        WorkDirectory.delete(control);
        PrivateApt.run(null, tree, "dpkg-deb", "-x", file.toString(), tree.toString());
        PrivateApt.run(null, tree, "dpkg-deb", "-e", file.toString(), control.toString());
        database.add(control, PrivateApt.run(null, tree, "sh", "-c",
                "dpkg-deb --fsys-tarfile \"$1\" | tar --quoting-style=literal -t", "sh", file.toString()));
    }

    /// What scripts of the packages need before they run, and what an installer would have asked for.
    private static void complete(Path tree, PrivateApt.Mirror mirror) throws IOException {
        for (String name : DIRECTORIES) {
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
        Path keyring = Path.of(mirror.keyring());
        Path own = tree.resolve(KEYS).resolve(keyring.getFileName());
        if (!Files.exists(own) && Files.isReadable(keyring)) {
            Files.copy(keyring, own);
        }
        Files.writeString(tree.resolve("etc/apt/sources.list.d/debian.sources"),
                mirror.sources("/" + KEYS + "/" + keyring.getFileName()));
    }

    /// Makes the file system with the host's tool, everything in it root's. Who is not root is made to seem so where
    /// the host allows that; root sees files of others as they are, and would not in a name space of its own.
    private static void write(Path tree, Path image, long size) throws IOException, InterruptedException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(size);
        }
        // Without metadata_csum and 64bit the guest needs fewer instructions.
        String command = "mke2fs -q -t ext4 -b " + BLOCK + " -m 0 -L debian -O ^metadata_csum,^64bit,^has_journal "
                + "-E root_owner=0:0 -d \"$3\" \"$2\"";
        try {
            tool("[ \"$(id -u)\" = 0 ] || ! unshare -r true 2> /dev/null || exec unshare -r sh -c '" + command
                    + "' \"$@\"; " + command,
                    image.toString(), tree.toString());
        } catch (IOException e) {
            throw new IOException("mke2fs, of the package e2fsprogs, makes no file system (" + e.getMessage() + ")", e);
        }
    }

    /// Runs a command of the shell, which finds the system's tools, with arguments from `$2` on.
    private static void tool(String command, String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "PATH=$1; export PATH; " + command, "sh",
                System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin"));
        words.addAll(List.of(arguments));
        PrivateApt.run(null, Path.of("/"), words.toArray(String[]::new));
    }

    private static long size(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            return all.mapToLong(path -> PER_FILE + (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    ? path.toFile().length() + BLOCK - 1 & -BLOCK : 0)).sum();
        }
    }
}
