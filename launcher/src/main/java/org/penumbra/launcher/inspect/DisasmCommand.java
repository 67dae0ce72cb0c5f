// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.inspect;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `penumbra disasm`: the instructions of an image or a snapshot.
@Command(name = "disasm", sortOptions = false, mixinStandardHelpOptions = false,
        description = "Show the instructions of an image, or of what a snapshot has in memory.%n",
        footer = {
            "",
            "Examples:",
            "  penumbra disasm hello.elf                all functions",
            "  penumbra disasm hello.elf main           one",
            "  penumbra disasm booted.snapshot pc 20    what comes next",
            "",
            "Exit status: 0; 64 wrong usage or nothing there, 65 bad image, 66 no such file."})
public final class DisasmCommand extends InspectCommand {
    private static final int SHOWN = 16;
    private static final int LONGEST = 1 << 20;

    @Parameters(index = "0", paramLabel = "FILE", description = "An image for run, or a snapshot.")
    private Path file;

    @Parameters(index = "1", arity = "0..1", paramLabel = "PLACE",
            description = "An address, a symbol or pc; without it, all functions.")
    private String place;

    @Parameters(index = "2", arity = "0..1", paramLabel = "N",
            description = "Instructions to show (default: to the function's end, or 16).")
    private Integer count;

    @Option(names = "--raw", description = "Take a file that is neither ELF nor a kernel as instructions.")
    private boolean raw;

    @Override
    StillMachine open() {
        return StillMachine.of(file, raw);
    }

    @Override
    void show(StillMachine machine, PrintStream out) {
        if (place == null) {
            machine.functions().forEach((address, name) -> function(machine, address, name, out));
            return;
        }
        long address = place.equals("pc")
                ? machine.value().getMember("harts").getArrayElement(0).getMember("pc").asLong()
                : machine.address(place);
        String name = place.equals("pc") ? null : machine.functions().get(address);
        if (count == null && name != null) {
            function(machine, address, name, out);
        } else {
            show(machine, address, count == null ? SHOWN : count, null, out);
        }
    }

    private static void function(StillMachine machine, long address, String name, PrintStream out) {
        out.println();
        out.println(name + ":");
        show(machine, address, LONGEST, name, out);
    }

    /// @param inside the function that it ends with, or null
    private static void show(StillMachine machine, long address, int most, String inside, PrintStream out) {
        long at = address;
        List<String> lines = new ArrayList<>();
        for (int left = most; left > 0; left -= SHOWN) {
            Value all;
            try {
                all = machine.value().invokeMember("disassemble", at, Math.min(left, SHOWN));
            } catch (PolyglotException e) {
                if (at == address) {
                    throw e;
                }
                break;
            }
            for (long i = 0; i < all.getArraySize(); i++) {
                Value one = all.getArrayElement(i);
                Value symbol = one.getMember("symbol");
                if (inside != null && (!symbol.isString() || !symbol.asString().equals(inside))) {
                    lines.forEach(out::println);
                    return;
                }
                long bits = one.getMember("bits").asLong();
                boolean compressed = (bits & 3) != 3;
                lines.add(String.format("%16x:  %s  %s", one.getMember("address").asLong(),
                        String.format(compressed ? "%04x    " : "%08x", bits), one.getMember("text").asString()));
                at = one.getMember("address").asLong() + (compressed ? 2 : 4);
            }
        }
        lines.forEach(out::println);
    }
}
