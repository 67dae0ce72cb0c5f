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

/// What does it take to leave compiled code and come back? `IN_ONE` is a round of five instructions that stays inside
/// and `LEAVING` one that leaves for a CSR read, which is interpreted. `RING_INSIDE` is a round of 200 instructions
/// that fits a region, `RING_CHAINED` one of 800 that takes several in a row.
///
/// Seen on a busy machine of two cores, best sample of processor time: 0.5 ns inside, 51 ns with the CSR read; 45 ns
/// for the ring inside a region, 208 ns for that of four times its length, so some 10 ns from region to region.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RegionBenchmark {

    private static final int ROUNDS = 5_000;

    /// The loops compared.
    public enum Kind {
        IN_ONE, LEAVING, RING_INSIDE, RING_CHAINED
    }

    @Param
    private Kind kind;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(loop(), Map.of());
    }

    @TearDown
    public void end() {
        guest.close();
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public long round() {
        return guest.rounds(ROUNDS);
    }

    private Loops loop() {
        return switch (kind) {
            case IN_ONE -> Loops.inOneRegion();
            case LEAVING -> Loops.leavingRegion();
            case RING_INSIDE -> Loops.ring(20);
            case RING_CHAINED -> Loops.ring(80);
        };
    }
}
