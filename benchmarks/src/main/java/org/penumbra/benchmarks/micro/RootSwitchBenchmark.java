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

/// What does a write of satp take? Two roots in turn are in the buffer of shadow roots, where a model has one; of
/// sixteen none is when its turn comes. A round is six more instructions, one of them a load.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RootSwitchBenchmark {

    private static final int ROUNDS = 5_000;

    @Param({"2", "16"})
    private int roots;

    @Param({"native", "tsp", "tsp-unsync", "ssp", "lsp", "asp", "hap", "msp", "agile", "flat", "pvm"})
    private String model;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(Loops.roots(roots), Map.of("model", model));
    }

    @TearDown
    public void end() {
        guest.close();
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public long change() {
        return guest.rounds(ROUNDS);
    }
}
