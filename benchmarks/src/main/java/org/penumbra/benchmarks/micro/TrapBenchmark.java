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

/// What do a trap and the return from it take? `ECALL` goes from user to supervisor mode, `ILLEGAL` from supervisor to
/// machine mode. A round is two instructions, the one that traps, and a handler of four.
///
/// Seen on a busy machine of two cores, best sample of processor time: 340 to 370 ns for either trap with either
/// engine.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TrapBenchmark {

    private static final int ROUNDS = 20_000;

    /// The traps compared.
    public enum Kind {
        ECALL, ILLEGAL
    }

    @Param
    private Kind kind;

    @Param({"default", "interpreter"})
    private String engine;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(kind == Kind.ECALL ? Loops.environmentCall() : Loops.illegalInstruction(),
                Map.of("engine", engine));
    }

    @TearDown
    public void end() {
        guest.close();
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public long trapAndReturn() {
        return guest.rounds(ROUNDS);
    }
}
