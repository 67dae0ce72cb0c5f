// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;
import org.graalvm.polyglot.proxy.ProxyHashMap;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.guest.SnapshotOptions;
import org.penumbra.options.EngineMode;
import org.penumbra.options.Settings;

/// Boots of Linux, under `native` and up to the mark that says that it is ready, from which each model continues.
final class OneBoot {
    private static final String PREFIX = "riscv.";
    private static final String LIMIT = Settings.MAX_INSTRUCTIONS.key();

    private final Map<Map<String, String>, Path> boots = new HashMap<>();

    /// The program that continues from the boot of another one.
    ///
    /// @param booted  what is booted, unless that has been done, and closed
    /// @param machine more options of the machine, but for its model
    synchronized Program of(Program booted, Map<String, String> machine) {
        try (booted) {
            Map<String, String> options = new LinkedHashMap<>(booted.options());
            options.putAll(machine);
            Map<String, String> key = new LinkedHashMap<>(options);
            key.keySet().removeIf(name -> name.equals(Settings.INITRD.key())); // a temporary file of the same contents
            Path file = boots.computeIfAbsent(key, _ -> boot(options));
            Map<String, String> continued = new LinkedHashMap<>(SnapshotOptions.polyglot(file));
            continued.put(LIMIT, options.get(LIMIT));
            return new Continued(continued);
        }
    }

    private record Continued(Map<String, String> options) implements Program {
        @Override
        public byte[] image() {
            return new byte[0];
        }
    }

    private static Path boot(Map<String, String> options) {
        Map<String, Object> plain = new LinkedHashMap<>();
        options.forEach((name, value) -> plain.put(name.substring(PREFIX.length()), value));
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).allowIO(IOAccess.ALL)
                .options(MachineOptions.polyglot(EngineMode.DEFAULT)).in(InputStream.nullInputStream())
                .out(OutputStream.nullOutputStream()).build()) {
            Path file = Files.createTempFile("penumbra", ".snapshot");
            file.toFile().deleteOnExit();
            Value machine = context.eval("riscv", "penumbra").invokeMember("machine", ProxyHashMap.from(
                    new LinkedHashMap<>(plain)));
            Value end = machine.invokeMember("run", ProxyHashMap.from(Map.of("until", ProxyHashMap.from(Map.of("event",
                    "mark")))));
            if (!end.getMember("reason").asString().equals("event")) {
                throw new Failure(ExitStatus.INTERNAL, "the guest has not booted; it printed: "
                        + machine.getMember("console").invokeMember("read").asString().strip().lines()
                                .reduce((_, last) -> last).orElse("nothing"));
            }
            machine.invokeMember("save", file.toString());
            return file;
        } catch (PolyglotException e) {
            throw Guest.failure(e);
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, "the snapshot cannot be written (" + e.getMessage() + ")");
        }
    }
}
