// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What does a load take that hits the TLB, that misses it and finds its translation in the tables that hardware walks,
/// and that finds it nowhere, under every model and in every tier? The last is [EventBenchmark.Event#REMAP]: two stores
/// to a page table and a fence are in it. The time includes the round's other instructions, six for the first two.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PathBenchmark {

    private static final int ROUNDS = 10_000;

    /// Where the load finds its translation.
    public enum Path {
        HIT, REFILL, FULL_MISS
    }

    @Param
    private Path path;

    @Param({"native", "tsp", "tsp-unsync", "ssp", "lsp", "asp", "hap", "msp", "agile", "flat", "pvm"})
    private String model;

    @Param({"interpreter", "quick", "optimised", "default"})
    private String engine;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(loop(path), Map.of("model", model, "engine", engine));
    }

    static Loops loop(Path path) {
        return switch (path) {
            case HIT -> Loops.access(TlbHitBenchmark.Access.LOAD, 16);
            case REFILL -> Loops.access(TlbHitBenchmark.Access.LOAD, Loops.MOST_PAGES);
            case FULL_MISS -> Loops.event(EventBenchmark.Event.REMAP);
        };
    }

    @TearDown
    public void end() {
        guest.close();
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public long load() {
        return guest.rounds(ROUNDS);
    }
}
