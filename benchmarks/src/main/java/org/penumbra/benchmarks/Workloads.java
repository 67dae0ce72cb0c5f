// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.penumbra.benchmarks.Workload.Kind.CONTROL;
import static org.penumbra.benchmarks.Workload.Kind.FLOATING_POINT;
import static org.penumbra.benchmarks.Workload.Kind.INTEGER;
import static org.penumbra.benchmarks.Workload.Kind.MEMORY;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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

    private static final List<TimedProgram> PROGRAMS = List.of(
            program("aes", "AES-128 in counter mode, by table"),
            program("bigint", "modular exponentiation of 512-bit numbers"),
            program("dct", "what a JPEG encoder does: cosine transform, quantisation, variable-length codes"),
            program("diff", "the difference of two texts, by longest common subsequence"),
            program("dijkstra", "shortest paths, by a binary heap"),
            program("format", "a printf: numbers, padding, columns"),
            program("json", "a parser that builds a tree"),
            program("lisp", "an interpreter of a small Lisp"),
            program("lu", "48 linear equations, by LU decomposition"),
            program("lz", "compression by back references, and decompression"),
            program("mergesort", "merge sort of records by three keys"),
            program("raytrace", "rays through a scene of spheres"),
            program("redblack", "an ordered map as a red-black tree"),
            program("regex", "a backtracking matcher of regular expressions"),
            program("sha256", "SHA-256, unrolled"),
            program("wordcount", "words in a hash table"));

    private static final List<TimedProgram> OPERATIONS = List.of(
            operation("exec", "a process that becomes another program"),
            operation("fork", "processes that come and go"),
            operation("mmap", "memory that is mapped, touched and given back"),
            operation("mprotect", "pages that become read-only and writable again"),
            operation("nullcall", "system calls that do nothing"),
            operation("pipe", "two processes that wait for each other"),
            operation("signal", "signals that a process sends itself"),
            operation("thread", "threads that come and go"));

    private static final List<TimedProgram> HARTS = List.of(
            harts("compress", "threads that compress blocks of one text, as pigz does"),
            harts("make", "processes that become compilers, two at a time"),
            harts("pair", "two processes that compute, each on its own"),
            harts("server", "a server of keys and values, and its client"));

    private Workloads() {
    }

    /// All workloads, by name.
    public static List<Workload> all() {
        return ALL;
    }

    private static TimedProgram program(String name, String description) {
        return new TimedProgram(name, TimedProgram.Group.PROGRAMS, description);
    }

    private static TimedProgram operation(String name, String description) {
        return new TimedProgram(name, TimedProgram.Group.OPERATIONS, description);
    }

    private static TimedProgram harts(String name, String description) {
        return new TimedProgram(name, TimedProgram.Group.HARTS, description);
    }

    /// What can be timed from a cold start: small realistic programs, all kernels, operations of the operating system,
    /// and what keeps two harts busy.
    public static List<TimedProgram> timed() {
        Stream<TimedProgram> kernels = ALL.stream().map(kernel ->
                new TimedProgram(kernel.name(), TimedProgram.Group.KERNELS, kernel.description()));
        return Stream.of(PROGRAMS.stream(), kernels, OPERATIONS.stream(), HARTS.stream()).flatMap(all -> all).toList();
    }

    /// All of them in one static program for Linux user space, which prints `user space` and then runs what lines of
    /// its standard input ask for: `NAME:ROUNDS:ITERATIONS` in that process, `NAME for MILLISECONDS` in a new one, or
    /// nothing to end it.
    public static byte[] linuxProgram() {
        return Workload.resource("linux");
    }

    /// The workload with this name, if there is one.
    public static Optional<Workload> find(String name) {
        return ALL.stream().filter(workload -> workload.name().equals(name)).findFirst();
    }
}
