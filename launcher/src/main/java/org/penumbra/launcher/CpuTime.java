// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// How long a process has been running on processors, all its threads together: unlike the time on the wall, it does
/// not grow while other programs have the processor.
final class CpuTime {

    private final Path tasks;

    CpuTime(long pid) {
        tasks = Path.of("/proc", Long.toString(pid), "task");
    }

    /// @return seconds, NaN when this system does not tell or the process has ended
    double seconds() {
        long nanos = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                String times = Files.readString(thread.resolve("schedstat"));
                nanos += Long.parseLong(times.substring(0, times.indexOf(' ')));
            }
        } catch (IOException | RuntimeException _) {
            return Double.NaN;
        }
        return nanos / 1e9;
    }
}
