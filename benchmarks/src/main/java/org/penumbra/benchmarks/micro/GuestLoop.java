// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks.micro;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;

/// A machine that turns in an endless loop, of which a benchmark takes as many rounds as it wants.
final class GuestLoop implements AutoCloseable {

    private static final long SET_UP = 200;

    private final Context context;
    private final Value machine;
    private final int length;

    private GuestLoop(Context context, Value machine, int length) {
        this.context = context;
        this.machine = machine;
        this.length = length;
    }

    /// Starts the guest and runs its set-up.
    ///
    /// @param options of the language, without its prefix
    static GuestLoop start(Loops loop, Map<String, String> options) {
        // What is hot is compiled while the guest waits: no measurement begins before.
        var builder = Context.newBuilder("riscv").allowExperimentalOptions(true).option("engine.MultiTier", "false")
                .option("engine.BackgroundCompilation", "false").option("engine.CompilationFailureAction", "Throw")
                .option("riscv.memory", "32M").option("riscv.raw", "true")
                .in(InputStream.nullInputStream()).out(OutputStream.nullOutputStream());
        options.forEach((name, value) -> builder.option("riscv." + name, value));
        Context context = builder.build();
        try {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(loop.image()), "loop")
                    .mimeType("application/x-riscv-elf").build());
            machine.invokeMember("step", SET_UP);
            return new GuestLoop(context, machine, loop.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs so many rounds.
    ///
    /// @return the number of instructions retired
    long rounds(long count) {
        return machine.invokeMember("step", count * length).asLong();
    }

    /// The rounds begun since power-on, as the guest counts them.
    long counted() {
        return machine.getMember("harts").getArrayElement(0).getMember("s1").asLong();
    }

    /// Hypervisor exits for a cause since power-on.
    long exits(String cause) {
        return machine.getMember("statistics").getMember("hypervisorExits").getMember(cause).asLong();
    }

    long tlbMisses() {
        return machine.getMember("statistics").getMember("tlb").getMember("misses").asLong();
    }

    @Override
    public void close() {
        context.close(true);
    }
}
