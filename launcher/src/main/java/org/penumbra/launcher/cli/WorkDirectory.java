// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A directory for the time of a fetch. It is removed when that ends, also by Ctrl-C, and before one begins, should a
/// process have been killed in it.
public final class WorkDirectory implements AutoCloseable {

    private static final long LONGEST_WAIT_MILLIS = 2000;

    private final Path path;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final EndHook hook;
    private volatile boolean abandoned;

    /// @throws IOException when what an earlier process left cannot be removed
    public WorkDirectory(Path path) throws IOException {
        this.path = path;
        delete(path);
        hook = new EndHook("fetch", this::abandon);
        if (hook.isLate()) {
            abandoned = true;
        }
    }

    public Path path() {
        return path;
    }

    /// Whether the end of this process has begun, so that what is done in the directory fails.
    public boolean isAbandoned() {
        return abandoned;
    }

    private void abandon() {
        abandoned = true;
        // They would go on, and write there.
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        try {
            closed.await(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            // Nobody interrupts this thread.
        }
        remove();
    }

    private void remove() {
        try {
            delete(path);
        } catch (IOException _) {
            // The next fetch will.
        }
    }

    @Override
    public void close() {
        if (!abandoned) {
            remove();
        }
        closed.countDown();
        hook.remove();
    }

    /// Removes a directory with all that is in it, if it is there.
    public static void delete(Path tree) throws IOException {
        if (!Files.isDirectory(tree)) {
            return;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
