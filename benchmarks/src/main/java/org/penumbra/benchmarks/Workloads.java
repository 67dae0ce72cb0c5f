// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.penumbra.benchmarks.Workload.Kind.CONTROL;
import static org.penumbra.benchmarks.Workload.Kind.FLOATING_POINT;
import static org.penumbra.benchmarks.Workload.Kind.INTEGER;
import static org.penumbra.benchmarks.Workload.Kind.MEMORY;

import java.util.List;
import java.util.Optional;

/// The catalogue of workloads that ship.
public final class Workloads {

    private static final List<Workload> ALL = List.of(
            new Workload("bits", INTEGER, "population and zero counts, rotates, byte swaps, single bits"),
            new Workload("bytecode", CONTROL, "an interpreter of a small bytecode"),
            new Workload("chase", MEMORY, "pointer chase through 4 MiB in random order"),
            new Workload("crc32", INTEGER, "CRC-32 by table"),
            new Workload("dispatch", CONTROL, "calls through function pointers"),
            new Workload("fft", FLOATING_POINT, "Fourier transform of 4096 points"),
            new Workload("fib", CONTROL, "recursion"),
            new Workload("hashmap", MEMORY, "open-addressing hash map"),
            new Workload("mandelbrot", FLOATING_POINT, "Mandelbrot set"),
            new Workload("matmul_double", FLOATING_POINT, "product of two 64 x 64 matrices"),
            new Workload("matmul_int", INTEGER, "product of two 64 x 64 matrices"),
            new Workload("memops", MEMORY, "copying, filling and comparing of memory"),
            new Workload("montecarlo", FLOATING_POINT, "pi by random points"),
            new Workload("muldiv", INTEGER, "multiply, divide, remainder"),
            new Workload("nbody", FLOATING_POINT, "gravitation between eight bodies"),
            new Workload("quicksort", CONTROL, "quick sort of 16,384 keys"),
            new Workload("sieve", MEMORY, "sieve of Eratosthenes"),
            new Workload("spectral", FLOATING_POINT, "spectral norm: divisions"),
            new Workload("statemachine", CONTROL, "a tokenizer made of jump tables"),
            new Workload("strings", MEMORY, "search, comparison and formatting of text"),
            new Workload("tree", MEMORY, "search trees and lists from an arena"));

    private Workloads() {
    }

    /// All workloads, by name.
    public static List<Workload> all() {
        return ALL;
    }

    /// All of them in one static program for Linux user space, which prints `user space` and then runs what lines of its
    /// standard input ask for: `NAME:ROUNDS:ITERATIONS`, or nothing to end it.
    public static byte[] linuxProgram() {
        return Workload.resource("linux");
    }

    /// The workload with this name, if there is one.
    public static Optional<Workload> find(String name) {
        return ALL.stream().filter(workload -> workload.name().equals(name)).findFirst();
    }
}
