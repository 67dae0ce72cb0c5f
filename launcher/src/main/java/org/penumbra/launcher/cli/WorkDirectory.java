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

/// A temporary directory for a fetch. It is removed when the fetch ends, also by Ctrl-C, and before the next one
/// begins, in case an earlier process was killed.
public final class WorkDirectory implements AutoCloseable {

    private static final long LONGEST_WAIT_MILLIS = 2000;

    private final Path path;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final EndHook hook;
    private volatile boolean abandoned;

    /// @throws IOException if the leftovers of an earlier process cannot be removed
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

    /// Whether shutdown has begun, so that work in the directory will fail.
    public boolean isAbandoned() {
        return abandoned;
    }

    private void abandon() {
        abandoned = true;
        // They would keep writing there.
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
            // The next fetch will remove it.
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

    /// Removes a directory with its contents, if it exists.
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
