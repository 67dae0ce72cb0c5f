// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What does each form of `sfence.vma` take, with so many pages in use? A round reads a word of each page and fences;
/// the time beyond that of `NONE` is the fence's, and that of the misses that it causes.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FenceBenchmark {

    /// Larger than the pages in use, so that all are in the TLB.
    private static final String TLB_ENTRIES = "8192";

    /// The forms of `sfence.vma`.
    public enum Form {
        /// None, for comparison.
        NONE("nop"),
        ADDRESS_AND_ASID("sfence.vma a0, a4"), ADDRESS("sfence.vma a0, zero"), ASID("sfence.vma zero, a4"),
        ALL("sfence.vma zero, zero");

        final String text;

        Form(String text) {
            this.text = text;
        }
    }

    @Param
    private Form form;

    @Param({"1", "64", "512", "4096"})
    private int pages;

    @Param({"native", "tsp", "ssp", "hap", "msp", "pvm"})
    private String model;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(Loops.fence(form, pages), Map.of("model", model, "tlb-entries", TLB_ENTRIES));
    }

    @TearDown
    public void end() {
        guest.close();
    }

    @Benchmark
    public long round() {
        return guest.rounds(1);
    }
}
