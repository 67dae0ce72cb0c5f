// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.penumbra.isa.Decoder;

/// What does it take to decode an instruction: one of a program's own mix, and one of arbitrary bits, most of which are
/// illegal?
///
/// Seen on a busy machine of two cores, time on the wall: 36 ns and 35 ns.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecodeBenchmark {

    private static final int COUNT = 1024;

    private final int[] program = Programs.instructions(COUNT);
    private final int[] random = new SplittableRandom(1).ints(COUNT).toArray();

    @Benchmark
    @OperationsPerInvocation(COUNT)
    public void decodeProgram(Blackhole sink) {
        for (int bits : program) {
            sink.consume(Decoder.decode(bits));
        }
    }

    @Benchmark
    @OperationsPerInvocation(COUNT)
    public void decodeRandomBits(Blackhole sink) {
        for (int bits : random) {
            sink.consume(Decoder.decode(bits));
        }
    }
}
