// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.inspect;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.graalvm.polyglot.Value;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `penumbra walk`: how an address is translated in a snapshot.
@Command(name = "walk", sortOptions = false, mixinStandardHelpOptions = false,
        description = "Show the page-table entries that translate a virtual address in a snapshot.%n",
        footer = {
            "",
            "Examples:",
            "  penumbra linux --save-snapshot booted.snapshot < /dev/null",
            "  penumbra walk booted.snapshot pc sp 0xffffffff80000000",
            "",
            "Exit status: 0; 64 wrong usage, 65 bad snapshot, 66 no such file."})
public final class WalkCommand extends InspectCommand {
    @Parameters(index = "0", paramLabel = "SNAPSHOT", description = "A snapshot.")
    private Path file;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "ADDRESS",
            description = "An address, a symbol or a register.")
    private List<String> addresses = new ArrayList<>();

    @Option(names = "--hart", paramLabel = "N", description = "The hart whose tables are walked (default 0).")
    private int hart;

    @Override
    StillMachine open() {
        return StillMachine.of(file, false);
    }

    @Override
    void show(StillMachine machine, PrintStream out) {
        Value harts = machine.value().getMember("harts");
        if (hart < 0 || hart >= harts.getArraySize()) {
            throw new Failure(ExitStatus.USAGE, "--hart: there is no hart " + hart);
        }
        Value registers = harts.getArrayElement(hart);
        for (String text : addresses) {
            long address = registers.hasMember(text) ? registers.getMember(text).asLong() : machine.address(text);
            out.println(String.format("0x%x, satp 0x%x", address, registers.getMember("satp").asLong()));
            walk(machine.value().invokeMember("walk", address, hart), out);
        }
    }

    private static void walk(Value steps, PrintStream out) {
        if (steps.getArraySize() == 0) {
            out.println("  not translated");
        }
        for (long i = 0; i < steps.getArraySize(); i++) {
            Value step = steps.getArrayElement(i);
            Value gpa = step.getMember("gpa");
            out.println(String.format("  level %d  entry 0x%x  pte 0x%016x  %s  %s", step.getMember("level").asInt(),
                    step.getMember("address").asLong(), step.getMember("pte").asBigInteger(),
                    step.getMember("flags").asString(), step.getMember("kind").asString()
                            + (gpa.isNull() ? "" : String.format(", gpa 0x%x", gpa.asLong()))));
        }
    }
}
