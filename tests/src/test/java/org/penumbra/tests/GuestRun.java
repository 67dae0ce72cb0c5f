// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
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
/// @param instructions how many it retired
record GuestRun(int status, String output, long instructions) {

    /// How guest code is executed.
    enum EngineMode {
        INTERPRETER, IMMEDIATE, DEFAULT
    }

    /// A guest that runs longer than this is stuck.
    private static final long MAX_INSTRUCTIONS = 500_000_000;

    static GuestRun of(byte[] image, byte[] input, EngineMode mode) {
        Map<String, String> options = new HashMap<>();
        options.put("riscv.engine", mode.name().toLowerCase(Locale.ROOT));
        options.put("riscv.max-instructions", Long.toString(MAX_INSTRUCTIONS));
        options.put("engine.MultiTier", "false");
        // Compilation goes on in the background except when immediate, so a failure cannot be thrown: it is looked for below.
        options.put("engine.CompilationFailureAction", "Print");
        if (mode == EngineMode.IMMEDIATE) {
            options.put("engine.CompileImmediately", "true");
            options.put("engine.BackgroundCompilation", "false");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (Engine engine = Engine.newBuilder("riscv").allowExperimentalOptions(true).options(engineOptions(options))
                        .logHandler(log).build();
                Context context = Context.newBuilder("riscv").engine(engine).allowExperimentalOptions(true)
                        .options(languageOptions(options)).in(new ByteArrayInputStream(input)).out(out).build()) {
            Source source = Source.newBuilder("riscv", ByteSequence.create(image), "guest").mimeType("application/x-riscv-elf").build();
            Value machine = context.eval(source);
            int status = run(machine);
            long instructions = machine.getMember("statistics").getMember("instructions").asLong();
            if (log.size() != 0) {
                return new GuestRun(-1, log.toString(StandardCharsets.UTF_8), instructions);
            }
            return new GuestRun(status, out.toString(StandardCharsets.ISO_8859_1), instructions);
        } catch (PolyglotException e) {
            return new GuestRun(-1, out.toString(StandardCharsets.ISO_8859_1) + e.getMessage(), 0);
        } catch (IOException e) {
            throw new AssertionError("a source of bytes reads no file", e);
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
        chosen.keySet().removeIf(key -> !key.startsWith("engine."));
        return chosen;
    }

    private static Map<String, String> languageOptions(Map<String, String> options) {
        Map<String, String> chosen = new HashMap<>(options);
        chosen.keySet().removeIf(key -> key.startsWith("engine."));
        return chosen;
    }
}
