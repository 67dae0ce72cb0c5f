// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;

/// What one run of an image on a fresh machine gave.
///
/// @param status       the guest's exit status, or -1 with the message in `output` when it ended otherwise or a compilation failed
/// @param output       what the guest wrote on its console
/// @param counts what was counted, instructions and TLB misses among it; nothing about time or compilation
record GuestRun(int status, String output, SortedMap<String, String> counts) {

    /// How guest code is executed.
    enum EngineMode {
        INTERPRETER, TRANSLATED, IMMEDIATE, DEFAULT
    }

    /// A guest that runs longer than this is stuck.
    private static final long MAX_INSTRUCTIONS = 500_000_000;

    /// What of the statistics may differ between two runs of the same guest.
    private static final Set<String> VARYING = Set.of("engine", "hostSeconds", "compiler");

    static GuestRun of(byte[] image, byte[] input, EngineMode mode) {
        return of(image, input, mode, Map.of());
    }

    /// @param more options of the engine or the language; an empty one is left out
    static GuestRun of(byte[] image, byte[] input, EngineMode mode, Map<String, String> more) {
        Map<String, String> options = new HashMap<>();
        options.put("riscv.engine", mode.name().toLowerCase(Locale.ROOT));
        options.put("riscv.max-instructions", Long.toString(MAX_INSTRUCTIONS));
        options.put("riscv.eager", "true");
        options.put("engine.MultiTier", "false");
        // Compilation goes on in the background except when immediate, so a failure cannot be thrown: it is looked for below.
        options.put("engine.CompilationFailureAction", "Print");
        if (mode == EngineMode.IMMEDIATE) {
            options.put("engine.CompileImmediately", "true");
            options.put("engine.BackgroundCompilation", "false");
        }
        options.putAll(more);
        options.values().removeIf(String::isEmpty);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (Engine engine = Engine.newBuilder("riscv").allowExperimentalOptions(true).options(engineOptions(options))
                        .logHandler(log).build();
                Context context = Context.newBuilder("riscv").engine(engine).allowExperimentalOptions(true)
                        .options(languageOptions(options)).allowCreateThread(true)
                        .in(new ByteArrayInputStream(input)).out(out).build()) {
            Source source = Source.newBuilder("riscv", ByteSequence.create(image), "guest").mimeType("application/x-riscv-elf").build();
            Value machine = context.eval(source);
            int status = run(machine);
            SortedMap<String, String> counts = new TreeMap<>();
            count("", machine.getMember("statistics"), counts);
            if (log.size() != 0) {
                return new GuestRun(-1, log.toString(StandardCharsets.UTF_8), counts);
            }
            return new GuestRun(status, out.toString(StandardCharsets.ISO_8859_1), counts);
        } catch (PolyglotException e) {
            return new GuestRun(-1, out.toString(StandardCharsets.ISO_8859_1) + e.getMessage(), new TreeMap<>());
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
        }
    }

    /// Adds a value, or all that it has inside.
    private static void count(String name, Value value, Map<String, String> counts) {
        for (String member : value.getMemberKeys()) {
            if (!VARYING.contains(member)) {
                count(name.isEmpty() ? member : name + "." + member, value.getMember(member), counts);
            }
        }
        for (long i = 0; value.hasArrayElements() && i < value.getArraySize(); i++) {
            count(name + "[" + i + "]", value.getArrayElement(i), counts);
        }
        if (!value.hasMembers() && !value.hasArrayElements()) {
            counts.put(name, value.toString());
        }
    }

    private static int run(Value machine) {
        try {
            return machine.invokeMember("run").asInt();
        } catch (PolyglotException e) {
            if (e.isExit()) {
                return e.getExitStatus();
            }
            throw e;
        }
    }

    private static Map<String, String> engineOptions(Map<String, String> options) {
        Map<String, String> chosen = new HashMap<>(options);
        chosen.keySet().removeIf(key -> key.startsWith("riscv."));
        return chosen;
    }

    private static Map<String, String> languageOptions(Map<String, String> options) {
        Map<String, String> chosen = new HashMap<>(options);
        chosen.keySet().removeIf(key -> !key.startsWith("riscv."));
        return chosen;
    }
}
