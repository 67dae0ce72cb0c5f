// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// CPU time of a process, over all its threads. Unlike wall-clock time, it does not grow while other programs use the
/// processor.
///
/// This reads the process's POSIX CPU-time clock. Linux updates the clock of another process when its threads stop or
/// wait, and otherwise at ticks. For a computing process it is up to one tick (4 or 10 ms) behind, as long as a whole
/// round of some kernels on the host. See [TimedRun].
final class CpuTime {
    private static final StructLayout TIMESPEC = MemoryLayout.structLayout(ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);
    private static final MethodHandle GET_CLOCK_ID = function("clock_getcpuclockid", ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS);
    private static final MethodHandle GET_TIME = function("clock_gettime", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);

    private final int pid;

    CpuTime(long pid) {
        this.pid = Math.toIntExact(pid);
    }

    /// @return null if the system has no such function
    private static MethodHandle function(String name, MemoryLayout... parameters) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name)
                .map(address -> linker.downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters)))
                        .orElse(null);
    }

    /// @return seconds; NaN if the system does not provide them or the process has ended
    double seconds() {
        if (GET_CLOCK_ID == null || GET_TIME == null) {
            return Double.NaN;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment clock = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment time = arena.allocate(TIMESPEC);
            if ((int) GET_CLOCK_ID.invokeExact(pid, clock) != 0
                    || (int) GET_TIME.invokeExact(clock.get(ValueLayout.JAVA_INT, 0), time) != 0) {
                return Double.NaN;
            }
            return time.get(ValueLayout.JAVA_LONG, 0) + time.get(ValueLayout.JAVA_LONG, 8) / 1e9;
        } catch (RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable failed) {
            throw new IllegalStateException(failed);
        }
    }
}
