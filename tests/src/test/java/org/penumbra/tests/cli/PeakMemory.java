// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// The peak of a process's resident set, by what Linux says of it every few milliseconds until it ends.
final class PeakMemory {
    private static final long PERIOD_MILLIS = 20;

    private final AtomicLong bytes = new AtomicLong();
    private final Thread watch;

    private PeakMemory(Process process) {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        watch = Thread.ofPlatform().daemon().start(() -> {
            try {
                do {
                    read(status);
                } while (!process.waitFor(PERIOD_MILLIS, TimeUnit.MILLISECONDS));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// Watches a process from now on.
    static PeakMemory of(Process process) {
        return new PeakMemory(process);
    }

    private void read(Path status) {
        try (var lines = Files.lines(status)) {
            lines.filter(line -> line.startsWith("VmHWM:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .forEach(bytes::set);
        } catch (IOException | java.io.UncheckedIOException ended) {
            // What was read last stands.
        }
    }

    /// The peak of a process that has ended, in bytes; 0 where the host does not say.
    long bytes() throws InterruptedException {
        watch.join();
        return bytes.get();
    }
}
