// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

/// A program that [Workloads#linuxProgram()] runs for a given time, as a process of its own, from a cold start.
///
/// Asked by a line `NAME for MILLISECONDS`, it prints `NAME at=T units=U` when T milliseconds have passed since its
/// start, for each T of [#CHECKPOINTS] up to the time given, and in the end `NAME best=NANOSECONDS checksum=HEX`: what
/// the fastest unit took.
///
/// @param group what kind of program it is, for means
public record TimedProgram(String name, Group group, String description) {
    /// What programs are averaged with.
    public enum Group {
        /// Small realistic programs.
        PROGRAMS("programs"),
        /// Those that do one thing in a small loop.
        KERNELS("kernels"),
        /// Those that have the operating system do one thing over and over.
        OPERATIONS("OS operations"),
        /// Those that keep two harts busy.
        HARTS("two harts");

        private final String label;

        Group(String label) {
            this.label = label;
        }

        /// Its name in tables.
        public String label() {
            return label;
        }
    }

    /// Milliseconds since the start at which the programs say how far they are; the same as in `runtime/cold.c`.
    public static final int[] CHECKPOINTS = {250, 500, 1000, 2000, 4000, 8000};
}
