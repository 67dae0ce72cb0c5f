// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.graalvm.polyglot.io.IOAccess;

/// A machine in a context of its own, through the polyglot API. `options` are pairs of a name and a value.
final class Guest implements AutoCloseable {
    final Context context;
    final Value machine;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Guest(byte[] image, InputStream in, String... options) {
        var builder = Context.newBuilder(RiscvLanguage.ID).allowIO(IOAccess.ALL).allowExperimentalOptions(true).in(in).out(out)
                .allowCreateThread(true)
                .option("engine.MultiTier", "false").option("engine.BackgroundCompilation", "false")
                .option("engine.CompilationFailureAction", "Throw")
                .option("riscv.memory", "16M").option("riscv.raw", "true").option("riscv.eager", "true");
        for (int i = 0; i < options.length; i += 2) {
            builder.option(options[i], options[i + 1]);
        }
        context = builder.build();
        try {
            machine = context.eval(Source.newBuilder(RiscvLanguage.ID, ByteSequence.create(image), "guest")
                    .mimeType(RiscvLanguage.MIME_TYPE).build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Guest(byte[] image, String... options) {
        this(image, new ByteArrayInputStream(new byte[0]), options);
    }

    /// A guest program of the module `tests`.
    static byte[] program(String name) {
        try {
            return Files.readAllBytes(Path.of(System.getProperty("penumbra.root"), "tests/src/test/resources/guest", name + ".elf"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int run() {
        return machine.invokeMember("run").asInt();
    }

    long step(long instructions) {
        return machine.invokeMember("step", instructions).asLong();
    }

    Value hart() {
        return machine.getMember("harts").getArrayElement(0);
    }

    long register(String name) {
        return hart().getMember(name).asLong();
    }

    Value memory() {
        return machine.getMember("memory");
    }

    Value statistics() {
        return machine.getMember("statistics");
    }

    /// All that is counted but time and what the engine did.
    Map<String, Object> counts() {
        var result = new TreeMap<String, Object>();
        collect("", statistics(), result);
        return result;
    }

    private static void collect(String prefix, Value object, Map<String, Object> result) {
        for (String name : object.getMemberKeys()) {
            Value value = object.getMember(name);
            if (name.equals("hostSeconds") || name.equals("compiler")) {
                continue;
            }
            if (value.hasArrayElements()) {
                for (long i = 0; i < value.getArraySize(); i++) {
                    collect(prefix + name + "." + i + ".", value.getArrayElement(i), result);
                }
            } else if (value.hasMembers()) {
                collect(prefix + name + ".", value, result);
            } else {
                result.put(prefix + name, value.toString());
            }
        }
    }

    @Override
    public void close() {
        context.close(true);
    }
}
