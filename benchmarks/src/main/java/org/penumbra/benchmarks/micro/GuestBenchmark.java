// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;

/// A whole run of a small workload, machine and context included: what a script that starts many guests pays.
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(1)
public class GuestBenchmark {

    @Param({"quicksort", "crc32"})
    private String workload;

    @Param({"default", "interpreter"})
    private String engine;

    @Benchmark
    public int run() throws IOException {
        Workload chosen = Workloads.find(workload).orElseThrow();
        byte[] image = chosen.image(chosen.parameters().with(Parameters.Mode.S));
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true)
                .option("engine.MultiTier", "false")
                .option("riscv.engine", engine).in(InputStream.nullInputStream()).out(OutputStream.nullOutputStream())
                        .build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(image), workload)
                    .mimeType("application/x-riscv-elf").build());
            int status = machine.invokeMember("run").asInt();
            if (status != 0) {
                throw new IllegalStateException(workload + " ended with status " + status);
            }
            return status;
        }
    }
}
