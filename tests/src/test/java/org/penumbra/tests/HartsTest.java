// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.paging.Models;
import org.penumbra.tests.GuestRun.EngineMode;

/// Runs the guest programs of `tests/guest/harts`, which several harts work on together.
@Timeout(120)
final class HartsTest {
    private static final Path PROGRAMS = Path.of("src", "test", "resources", "harts");

    static List<String> programs() throws IOException {
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".elf"))
                    .map(name -> name.substring(0, name.length() - 4)).sorted().toList();
        }
    }

    private static GuestRun run(String program, int harts, String model, EngineMode mode) throws IOException {
        return GuestRun.of(Files.readAllBytes(PROGRAMS.resolve(program + ".elf")), new byte[0], mode,
                Map.of("riscv.harts", Integer.toString(harts), "riscv.model", model));
    }

    /// Output, status, and what was counted on each hart, are to be the same.
    private static void assertSame(String program, int harts, EngineMode mode) throws IOException {
        GuestRun interpreted = run(program, harts, "native", EngineMode.INTERPRETER);
        assertEquals(Files.readString(PROGRAMS.resolve(program + ".output")), interpreted.output());
        assertEquals(0, interpreted.status());
        assertEquals(interpreted, run(program, harts, "native", mode));
    }

    @Test
    void everyProgramHasItsSource() throws IOException {
        assertTrue(programs().size() >= 4, "programs: " + programs());
        for (String program : programs()) {
            assertTrue(Files.exists(Path.of("guest", "harts", "programs", program + ".c")), program);
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void twoHartsGiveTheSameInterpretedTranslatedAndByDefault(String program) throws IOException {
        assertSame(program, 2, EngineMode.TRANSLATED);
        assertSame(program, 2, EngineMode.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("programs")
    void eightHartsGiveTheSameInterpretedTranslatedAndByDefault(String program) throws IOException {
        assertSame(program, 8, EngineMode.TRANSLATED);
        assertSame(program, 8, EngineMode.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("programs")
    @Tag("offline")
    @Timeout(1200)
    void threeHartsGiveTheSameInterpretedAndCompiledAtOnce(String program) throws IOException {
        assertSame(program, 3, EngineMode.IMMEDIATE);
    }

    /// The guest cannot tell models apart: not even an instruction more is retired on any hart.
    @ParameterizedTest
    @MethodSource("programs")
    void fourHartsGiveTheSameUnderAllModels(String program) throws IOException {
        String expected = Files.readString(PROGRAMS.resolve(program + ".output"));
        GuestRun first = run(program, 4, "native", EngineMode.INTERPRETER);
        for (String model : Models.names()) {
            GuestRun run = run(program, 4, model, EngineMode.INTERPRETER);
            assertEquals(expected, run.output(), model);
            assertEquals(instructions(first), instructions(run), model);
            assertEquals(run, run(program, 4, model, EngineMode.DEFAULT), model);
        }
    }

    private static List<String> instructions(GuestRun run) {
        return run.counts().entrySet().stream().filter(count -> count.getKey().endsWith(".instructions"))
                .map(Map.Entry::toString).toList();
    }

    /// With real threads a store-conditional does not fail because a word has been changed and changed back (see
    /// `AtomicUnit`), nor do timers a microsecond apart wake harts in their order.
    private static final Set<String> OF_TURNS = Set.of("SC fails after another hart stored the same value",
            "SC fails after another hart changed the value and changed it back", "the same without pause",
            "nothing was stored either", "timers wake harts in the order of their times");

    @ParameterizedTest
    @MethodSource("programs")
    void hartsInParallelWorkTogether(String program) throws IOException {
        for (EngineMode mode : List.of(EngineMode.INTERPRETER, EngineMode.TRANSLATED, EngineMode.DEFAULT)) {
            GuestRun run = GuestRun.of(Files.readAllBytes(PROGRAMS.resolve(program + ".elf")), new byte[0], mode,
                    Map.of("riscv.harts", "4", "riscv.smp", "parallel", "riscv.clock", "host",
                            "riscv.max-instructions", ""));
            List<String> expected = Files.readAllLines(PROGRAMS.resolve(program + ".output")).stream()
                    .filter(line -> line.startsWith("ok ")).map(line -> line.substring(3)).toList();
            List<String> lines = run.output().lines().toList();
            for (String check : expected) {
                assertTrue(lines.contains("ok " + check) || OF_TURNS.contains(check), () -> mode + run.output());
            }
            assertTrue(lines.getLast().startsWith(expected.size() + " checks"), run.output());
        }
    }
}
