// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

/// A program that [Workloads#linuxProgram()] runs for a given time, as a process of its own, from a cold start.
///
/// Asked by a line `NAME for MILLISECONDS`, it prints `NAME at=T units=U` when T milliseconds have passed since its
/// start, for each T of [#CHECKPOINTS] up to the time given, and in the end `NAME best=NANOSECONDS checksum=HEX`: what
/// the fastest unit took.
///
/// @param kernel whether it is one of the kernels, which do one thing in a small loop
public record TimedProgram(String name, boolean kernel, String description) {
    /// Milliseconds since the start at which the programs say how far they are; the same as in `runtime/cold.c`.
    public static final int[] CHECKPOINTS = {250, 500, 1000, 2000, 4000, 8000};

    TimedProgram(String name, String description) {
        this(name, false, description);
    }
}
