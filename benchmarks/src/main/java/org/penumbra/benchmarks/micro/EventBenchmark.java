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

/// What do the events take that models of translation answer by exits: a store to a page table at either level, a miss
/// in TLB and shadow, the first store to a clean page, and a fault of the guest's own? Which of them exits, and for
/// what cause, depends on the model. A first touch of a page, which happens once a page, cannot go round in a loop.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EventBenchmark {

    private static final int ROUNDS = 5_000;

    /// What a guest does that a model of translation answers.
    public enum Event {
        /// A store to an entry of a page table of the lowest level.
        ENTRY_WRITE("sd a6, 0(a5)", 0),
        /// A store to an entry of the table above it.
        POINTER_WRITE("sd a7, 0(s2)", 0),
        /// An entry is taken back, fenced and given again, and its page is read: a miss in TLB and shadow.
        REMAP("sd zero, 0(s3)\nsfence.vma a0, zero\nsd s4, 0(s3)\nld t0, 0(a0)", 0),
        /// An entry loses D, is fenced, and its page is stored to.
        DIRTY("sd s5, 0(s3)\nsfence.vma a0, zero\nsd s1, 0(a0)", 0),
        /// A load from an address that nothing maps, which machine mode skips.
        FAULT("ld t0, 0(s6)", 4);

        final String text;
        /// Instructions of the handler.
        final int handler;

        Event(String text, int handler) {
            this.text = text;
            this.handler = handler;
        }

        /// What a round retires: the load that faults is not among it.
        int length() {
            return 3 + (int) text.lines().count() + (handler == 0 ? 0 : handler - 1);
        }
    }

    @Param
    private Event event;

    @Param({"native", "tsp", "tsp-unsync", "ssp", "lsp", "asp", "hap", "msp", "agile", "flat", "pvm"})
    private String model;

    private GuestLoop guest;

    @Setup
    public void start() {
        guest = GuestLoop.start(Loops.event(event), Map.of("model", model, "ad", "svadu"));
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
}
