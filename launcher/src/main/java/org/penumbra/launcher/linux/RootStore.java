// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.options.ByteSize;

/// The roots that have been built, by name, and what was downloaded for them, within a bound.
final class RootStore {

    /// Sets the bound, an amount such as `8G`.
    static final String BOUND_VARIABLE = "PENUMBRA_CACHE_SIZE";
    /// Of everything together, in bytes.
    static final long DEFAULT_BOUND = 16L << 30;

    private static final String IMAGE = ".img";
    private static final String UNFINISHED = ".img.new";
    private static final String PACKAGES = ".packages";
    private static final String LOG = ".log";
    private static final String NAME = "[a-z0-9][a-z0-9+._-]{0,99}";

    private final Path cache;
    private final long bound;

    /// @param cache the directory of Debian's files
    /// @param bound of all that is in it, in bytes
    RootStore(Path cache, long bound) {
        this.cache = cache;
        this.bound = bound;
    }

    /// The user's, with the bound that the environment sets.
    ///
    /// @throws Failure 64 where that is no amount
    static RootStore ofUser() {
        return new RootStore(DebianFiles.userCache(), bound(System.getenv()));
    }

    static long bound(Map<String, String> environment) {
        String text = environment.getOrDefault(BOUND_VARIABLE, "");
        try {
            return text.isEmpty() ? DEFAULT_BOUND : ByteSize.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitStatus.USAGE, BOUND_VARIABLE + ": " + e.getMessage());
        }
    }

    /// A root.
    ///
    /// @param bytes    that its image has room for
    /// @param packages that were asked for
    /// @param finished whether it is configured
    record Root(String name, long bytes, List<String> packages, boolean finished) {
    }

    Path cache() {
        return cache;
    }

    /// @throws Failure 64 for what is no name of a root
    static String requireName(String name) {
        if (!name.matches(NAME) || name.endsWith(UNFINISHED) || name.endsWith(IMAGE)) {
            throw new Failure(ExitStatus.USAGE, "'" + name
                    + "' is no name for a root: lower-case letters, digits and . + - _");
        }
        return name;
    }

    private Path directory() {
        return cache.resolve("roots");
    }

    /// The image of a root that is built.
    Path image(String name) {
        return directory().resolve(name + IMAGE);
    }

    /// The image of a root on the way there: unpacked, perhaps partly configured.
    Path unfinished(String name) {
        return directory().resolve(name + UNFINISHED);
    }

    /// What the guest said when it was configured.
    Path log(String name) {
        return directory().resolve(name + LOG);
    }

    /// What apt keeps: its lists, and packages that need not be downloaded again.
    Path downloads() {
        return cache.resolve("apt");
    }

    boolean has(String name) {
        return Files.isRegularFile(image(name));
    }

    void remember(String name, List<String> packages) throws IOException {
        Files.createDirectories(directory());
        Files.write(directory().resolve(name + PACKAGES), packages);
    }

    /// Packages that a root, finished or not, was asked for; empty for none.
    List<String> packages(String name) throws IOException {
        Path file = directory().resolve(name + PACKAGES);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    List<Root> all() throws IOException {
        List<Root> roots = new ArrayList<>();
        for (Path file : files(directory())) {
            String name = file.getFileName().toString();
            String ending = name.endsWith(UNFINISHED) ? UNFINISHED : IMAGE;
            if (name.endsWith(ending)) {
                String own = name.substring(0, name.length() - ending.length());
                roots.add(new Root(own, Files.size(file), packages(own), ending.equals(IMAGE)));
            }
        }
        roots.sort(Comparator.comparing(Root::name));
        return roots;
    }

    /// @throws Failure 66 if there is no root of that name
    void remove(String name) throws IOException {
        boolean found = Files.deleteIfExists(image(name)) | Files.deleteIfExists(unfinished(name));
        Files.deleteIfExists(directory().resolve(name + PACKAGES));
        Files.deleteIfExists(log(name));
        Files.deleteIfExists(directory().resolve(name + ".count"));
        if (!found) {
            throw new Failure(ExitStatus.NO_INPUT, "there is no root " + name + "; 'penumbra rootfs list' names them");
        }
    }

    /// Removes downloaded packages, those first that were of use longest ago, until all fits the bound.
    ///
    /// @throws Failure 73 where it does not although there are none left
    void shrink(long room) throws IOException {
        long left = bound - room - size(cache);
        List<Path> archives = new ArrayList<>(files(downloads().resolve("cache/archives")));
        archives.removeIf(file -> !file.toString().endsWith(".deb"));
        archives.sort(Comparator.comparing(RootStore::time));
        for (Path file : archives) {
            if (left >= 0) {
                break;
            }
            left += Files.size(file);
            Files.delete(file);
        }
        if (left < 0) {
            throw new Failure(ExitStatus.CANNOT_WRITE, "Debian's files would take more than " + (bound >> 20)
                    + " MiB in " + cache
                    + ": remove a root ('penumbra rootfs list', 'penumbra rootfs remove NAME'), or set "
                            + BOUND_VARIABLE);
        }
    }

    private static FileTime time(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Bytes of all files. A root counts with what its image has room for, which it can come to take.
    static long size(Path tree) throws IOException {
        if (!Files.isDirectory(tree)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            return all.filter(Files::isRegularFile).mapToLong(path -> path.toFile().length()).sum();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
