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

/// What do a load and a store that hit take in compiled code, under Sv39, on one page and on sixteen in turn? The time
/// beyond that of `NONE` is theirs; six more instructions go round the loop.
///
/// Seen on a busy machine of two cores, processor time, best sample and mean: a round of 0.5 to 0.8 ns without
/// access; with a load 1.0 to 1.7 ns on one page and 2.5 to 3.3 ns on sixteen; with a store 1.1 to 1.7 and 1.3 to 2.1
/// ns.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TlbHitBenchmark {

    private static final int ROUNDS = 100_000;

    /// What a round does on its page.
    public enum Access {
        NONE, LOAD, STORE
    }

    @Param
    private Access access;

    @Param({"1", "16"})
    private int pages;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(Loops.access(access, pages), Map.of());
    }

    @TearDown
    public void end() {
        guest.close();
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public long access() {
        return guest.rounds(ROUNDS);
    }
}
