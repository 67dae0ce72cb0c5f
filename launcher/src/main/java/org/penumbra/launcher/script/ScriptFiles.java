// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.script;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.graalvm.polyglot.io.FileSystem;

/// The files visible to a script in its sandbox: some readable directories, some writable ones.
///
/// @param host     the computer's files
/// @param readable real paths of readable directories
/// @param writable real paths of writable directories, which are also readable
record ScriptFiles(FileSystem host, List<Path> readable, List<Path> writable) implements FileSystem {

    static ScriptFiles of(List<Path> readable, List<Path> writable) throws IOException {
        return new ScriptFiles(FileSystem.newDefaultFileSystem(), real(readable), real(writable));
    }

    private static List<Path> real(List<Path> directories) throws IOException {
        List<Path> all = new ArrayList<>();
        for (Path directory : directories) {
            all.add(directory.toRealPath());
        }
        return List.copyOf(all);
    }

    private Path reading(Path path) throws IOException {
        if (!inside(path, readable) && !inside(path, writable)) {
            throw new AccessDeniedException(path.toString(), null, "scripts read files of their own and of the current "
                    + "directory, and of those that --read names");
        }
        return path;
    }

    private Path writing(Path path) throws IOException {
        if (!inside(path, writable)) {
            throw new AccessDeniedException(path.toString(), null,
                    "scripts write files only in directories that --write names");
        }
        return path;
    }

    /// Whether a path, with links resolved, lies in one of the directories.
    private boolean inside(Path path, List<Path> directories) throws IOException {
        Path known = path.toAbsolutePath().normalize();
        while (known.getParent() != null && !Files.exists(known, LinkOption.NOFOLLOW_LINKS)) {
            known = known.getParent();
        }
        Path real = Files.exists(known) ? known.toRealPath() : null;
        return real != null && directories.stream().anyMatch(real::startsWith);
    }

    @Override
    public Path parsePath(URI uri) {
        return host.parsePath(uri);
    }

    @Override
    public Path parsePath(String path) {
        return host.parsePath(path);
    }

    @Override
    public void checkAccess(Path path, Set<? extends AccessMode> modes, LinkOption... options) throws IOException {
        host.checkAccess(modes.contains(AccessMode.WRITE) ? writing(path) : reading(path), modes, options);
    }

    @Override
    public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        host.createDirectory(writing(directory), attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
        host.delete(writing(path));
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        host.move(writing(source), writing(target), options);
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
            FileAttribute<?>... attributes)
            throws IOException {
        boolean reads = options.stream().allMatch(option -> option == StandardOpenOption.READ);
        return host.newByteChannel(reads ? reading(path) : writing(path), options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        return host.newDirectoryStream(reading(directory), filter);
    }

    @Override
    public Path toAbsolutePath(Path path) {
        return host.toAbsolutePath(path);
    }

    @Override
    public Path toRealPath(Path path, LinkOption... options) throws IOException {
        return host.toRealPath(reading(path), options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return host.readAttributes(reading(path), attributes, options);
    }
}
