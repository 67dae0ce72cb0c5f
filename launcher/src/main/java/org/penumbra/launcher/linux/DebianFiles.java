// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.WorkDirectory;

/// Debian's riscv64 kernel with the modules of what a machine can have, and static busybox: got through [PrivateApt],
/// and kept in the user's cache directory.
public final class DebianFiles {

    /// What our own RAM disks may load, beside what these need. Nothing needs `crc32c_generic` by name.
    private static final List<String> MODULES = List.of("virtio_mmio", "virtio_blk", "virtio_net", "virtio_rng",
            "virtio_balloon",
            "ext4", "crc32c_generic", "9pnet_virtio", "9p", "kvm");
    /// What a machine with a root needs.
    static final List<String> DISK_MODULES = List.of("virtio_mmio", "virtio_blk", "virtio_rng", "ext4",
            "crc32c_generic");
    private static final String META_PACKAGE = "linux-image-riscv64";
    private static final String BY_HAND = "give the files with --kernel (vmlinux-*-riscv64 of Debian's package "
            + META_PACKAGE
            + ", suite " + PrivateApt.SUITE + ") and --initrd (a cpio archive with /init)";

    private final Path cache;
    private final PrintStream err;

    DebianFiles(Path cache, PrintStream err) {
        this.cache = cache;
        this.err = err;
    }

    /// Where the user's cached files belong (XDG base directory specification).
    ///
    /// @throws Failure 66 when the user has no directory of their own
    public static Path userCache() {
        return userCache(System.getenv(), System.getProperty("user.home"));
    }

    /// @param home as the system's list of users has it
    static Path userCache(Map<String, String> environment, String home) {
        Path base = Stream.of(environment.getOrDefault("XDG_CACHE_HOME", ""),
                environment.getOrDefault("HOME", "") + "/.cache",
                home + "/.cache").filter(path -> path.startsWith("/") && !path.equals("/.cache")).findFirst()
                        .map(Path::of)
                .orElseThrow(() -> new Failure(ExitStatus.NO_INPUT,
                        "there is no directory for Debian's files: set HOME or "
                        + "XDG_CACHE_HOME, or " + BY_HAND));
        return base.resolve("penumbra").resolve("debian-" + PrivateApt.SUITE + "-riscv64");
    }

    Path kernel() {
        return cache.resolve("vmlinux");
    }

    Path busybox() {
        return cache.resolve("busybox");
    }

    private Path modulesParent() {
        return cache.resolve("modules");
    }

    /// The modules that go with [#kernel()].
    KernelModules modules() throws IOException {
        return KernelModules.in(modulesParent());
    }

    boolean present(Collection<String> names) {
        return Files.isRegularFile(kernel()) && Files.isRegularFile(busybox()) && haveModules(names);
    }

    /// An earlier version of this program may have got fewer.
    private boolean haveModules(Collection<String> names) {
        try {
            return Files.isDirectory(modulesParent()) && modules().have(names);
        } catch (IOException _) {
            return false;
        }
    }

    /// Gets the files unless they are there.
    ///
    /// @param modules that are needed this time
    /// @throws Failure 66 with what to do instead when they cannot be had
    void obtain(Collection<String> modules) {
        if (!present(modules)) {
            fetching(cache, "Debian's kernel", BY_HAND, work -> fetch(work, modules));
        }
    }

    /// Steps that fill the cache.
    public interface Fetch {
        /// @param work a directory for what is not kept, which is not there yet
        void run(Path work) throws IOException, InterruptedException;
    }

    /// Fetches into a cache directory that one process at a time works on. What is not kept is removed however it ends.
    ///
    /// @throws Failure 66 when it fails, 130 when it is interrupted
    public static void fetching(Path cache, String what, String instead, Fetch fetch) {
        try {
            Files.createDirectories(cache);
            try (FileChannel channel = FileChannel.open(cache.resolve("lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
                    var _ = lock(channel, cache); var work = new WorkDirectory(cache.resolve("work"))) {
                try {
                    fetch.run(work.path());
                } catch (IOException e) {
                    if (work.isAbandoned()) {
                        throw new InterruptedException();
                    }
                    throw e;
                }
            }
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, "cannot get " + what + ": " + e.getMessage() + "; " + instead);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitStatus.INTERRUPTED, "interrupted");
        }
    }

    private static FileLock lock(FileChannel channel, Path cache) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                System.err.println("penumbra: waiting for another run that gets files into " + cache);
                lock = channel.lock();
            }
            return lock;
        } catch (IOException e) {
            throw new IOException(cache + " cannot be locked (" + e.getMessage()
                    + "): set XDG_CACHE_HOME to a local directory", e);
        }
    }

    private void fetch(Path work, Collection<String> needed) throws IOException, InterruptedException {
        if (present(needed)) {
            return; // another process did it meanwhile
        }
        PrivateApt apt = PrivateApt.in(work, err);
        String image = apt.dependencies(META_PACKAGE).stream().filter(name -> name.startsWith("linux-image-"))
                .findFirst().orElseThrow(() -> new IOException("the mirror has no package " + META_PACKAGE));
        err.println("penumbra: getting " + image + " (110 MB) and busybox-static");
        Path unpacked = apt.unpack(image, "busybox-static");
        Path modules = work.resolve("modules");
        KernelModules.in(unpacked.resolve("usr/lib/modules")).copy(MODULES, modules);
        WorkDirectory.delete(modulesParent());
        take(unpacked.resolve("usr/bin/busybox"), busybox());
        take(unpacked.resolve("boot").resolve("vmlinux-" + image.substring("linux-image-".length())), kernel());
        Files.move(modules, modulesParent());
    }

    private static void take(Path from, Path to) throws IOException {
        if (!Files.isRegularFile(from)) {
            throw new IOException("the package has no " + from.getFileName());
        }
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
}
