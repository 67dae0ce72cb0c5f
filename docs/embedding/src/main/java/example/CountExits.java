// SPDX-License-Identifier: Apache-2.0
package example;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;

/// Runs a RISC-V program under several translation models and prints how it ended, how many bytes it wrote, how many
/// instructions it took, and how often the hypervisor was entered.
public final class CountExits {
    private CountExits() {
    }

    /// @param arguments an ELF file for RISC-V, then models
    public static void main(String[] arguments) throws IOException {
        byte[] image = Files.readAllBytes(Path.of(arguments[0]));
        for (String model : List.of(arguments).subList(1, arguments.length)) {
            System.out.println(model + ": " + run(image, model));
        }
    }

    /// One context is one machine. Closing it gives back all of its memory.
    private static String run(byte[] image, String model) throws IOException {
        var console = new ByteArrayOutputStream();
        try (Context context = Context.newBuilder("riscv").option("riscv.model", model).option("riscv.memory", "64M")
                .option("riscv.max-instructions", "1000000000").in(InputStream.nullInputStream()).out(console).build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(image), "guest")
                    .mimeType("application/x-riscv-elf").build());
            int status = machine.invokeMember("run").asInt();
            Value statistics = machine.getMember("statistics");
            return "status " + status + ", " + console.size() + " bytes, "
                    + statistics.getMember("instructions").asLong() + " instructions, "
                    + statistics.getMember("memoryVirtualisationExits").asLong() + " exits";
        } catch (IllegalArgumentException | PolyglotException error) {
            // One line about what was wrong: a bad option when the context is built; an image, a limit, a guest that
            // traps forever when it runs.
            return "failed: " + error.getMessage();
        }
    }
}
