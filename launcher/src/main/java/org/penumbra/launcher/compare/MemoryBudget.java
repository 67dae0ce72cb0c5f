// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/// Memory that runs may take at a time, so that the computer need not swap: a run waits until there is enough for it.
final class MemoryBudget {

    /// What the process, and a run besides its guest and shadow tables, take at most, seen of default comparisons.
    private static final long OF_THE_PROCESS = 300L << 20;
    private static final long OF_A_RUN = 64L << 20;
    private static final int UNIT_SHIFT = 20;

    private final int units;
    private final Semaphore free;

    /// @param bytes for all runs together
    MemoryBudget(long bytes) {
        units = (int) Math.max(1, bytes >>> UNIT_SHIFT);
        free = new Semaphore(units, true);
    }

    /// Four fifths of what this computer, or the container, has left now.
    static MemoryBudget ofThisComputer() {
        return new MemoryBudget(Math.max(0, available() / 5 * 4 - OF_THE_PROCESS));
    }

    /// Bytes that can be had without swapping: what Linux says, and what the limits of control groups leave.
    private static long available() {
        long left = number(Path.of("/proc/meminfo"), "MemAvailable:", Long.MAX_VALUE >>> UNIT_SHIFT) << 10;
        Path groups = Path.of("/sys/fs/cgroup");
        long limit = number(groups.resolve("memory.max"), "", Long.MAX_VALUE);
        long used = number(groups.resolve("memory.current"), "", 0);
        return Math.min(left, limit == Long.MAX_VALUE ? limit : limit - used);
    }

    private static long number(Path file, String name, long otherwise) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name)).map(line -> line.replaceAll("[^0-9]", ""))
                    .filter(digits -> !digits.isEmpty() && digits.length() < 18).mapToLong(Long::parseLong).findFirst()
                    .orElse(otherwise);
        } catch (IOException _) {
            return otherwise;
        }
    }

    /// Waits until there is memory for a run. One that needs more than there is has it all to itself.
    ///
    /// @param bytes of its guest and tables at most
    /// @return what [#give] takes
    int take(long bytes) throws InterruptedException {
        int wanted = (int) Math.min(units, bytes + OF_A_RUN >>> UNIT_SHIFT);
        free.acquire(wanted);
        return wanted;
    }

    void give(int taken) {
        free.release(taken);
    }
}
