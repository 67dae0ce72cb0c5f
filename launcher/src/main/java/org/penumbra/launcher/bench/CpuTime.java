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

/// How long a process has been running on processors, all its threads together: unlike the time on the wall, it does
/// not grow while other programs have the processor.
///
/// This asks POSIX's clock of the process. Linux brings the clock of another process up to date when its threads stop or
/// wait, and else at ticks: of one that computes it is up to a tick behind, 4 ms or 10, which is a whole round of some kernels
/// on the host. See [TimedRun].
final class CpuTime {
    private static final StructLayout TIMESPEC = MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    private static final MethodHandle GET_CLOCK_ID = function("clock_getcpuclockid", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final MethodHandle GET_TIME = function("clock_gettime", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);

    private final int pid;

    CpuTime(long pid) {
        this.pid = Math.toIntExact(pid);
    }

    /// @return null where the system has no such function
    private static MethodHandle function(String name, MemoryLayout... parameters) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name)
                .map(address -> linker.downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters))).orElse(null);
    }

    /// @return seconds, NaN when this system does not tell or the process has ended
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
