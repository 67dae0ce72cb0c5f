// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.hart.HartConfig;
import org.penumbra.interpreter.Interpreter;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.Outcome;
import org.penumbra.machine.Peripherals;
import org.penumbra.machine.image.ElfImage;
import org.penumbra.machine.image.ImageException;
import org.penumbra.options.ClockSource;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.Models;

/// A guest cannot tell under which model it runs: same output, same number of instructions.
@Timeout(120)
final class TranslationModelsTest {
    private static final Path PROGRAMS = Path.of("src", "test", "resources", "guest");
    private static final long MEMORY = 128L << 20;
    private static final long LIMIT = 300_000_000;
    /// Instructions between two pages that the host moves.
    private static final long MOVES = 1500;

    private record Run(Outcome outcome, String output, long instructions) {
    }

    static List<String> programs() throws IOException {
        return GuestProgramsTest.programs();
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("programs")
    void everyModelGivesEveryProgramsOutput(String program) throws IOException, ImageException {
        everyModelGivesAProgramsOutput(program);
    }

    /// Those that have to do with translation, protection or stores to code.
    @ParameterizedTest
    @ValueSource(strings = {"paging", "adbits", "badtables", "pmp", "traps", "selfmod", "atomics"})
    void everyModelGivesAProgramsOutput(String program) throws IOException, ImageException {
        byte[] image = Files.readAllBytes(PROGRAMS.resolve(program + ".elf"));
        Path input = PROGRAMS.resolve(program + ".input");
        byte[] typed = Files.exists(input) ? Files.readAllBytes(input) : new byte[0];
        String expected = Files.readString(PROGRAMS.resolve(program + ".output"));
        Run first = run("native", image, typed, ModelOptions.DEFAULTS);
        assertEquals(expected, first.output);
        for (String model : Models.names()) {
            assertEquals(first, run(model, image, typed, ModelOptions.DEFAULTS), model);
        }
    }

    @ParameterizedTest
    @EnumSource(TreadmillWorkload.class)
    void everyModelRunsAWorkloadAlike(TreadmillWorkload workload) throws ImageException {
        long[] small = workload.small();
        byte[] image = workload.image(TreadmillOptions.DEFAULT, small);
        long memory = workload.suite().memory();
        Run first = run("native", memory, image, new byte[0], ModelOptions.DEFAULTS);
        assertEquals(new Outcome(Outcome.Reason.POWER_OFF, 0), first.outcome, first.output);
        assertTrue(first.output.startsWith(workload.workloadName()), first.output);
        for (String model : Models.names()) {
            assertEquals(first, run(model, memory, image, new byte[0], ModelOptions.DEFAULTS), model);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void optionsOfTheModelMeanNothingToTheGuest(String model) throws ImageException {
        TreadmillWorkload workload = TreadmillWorkload.FORKEXIT;
        byte[] image = workload.image(TreadmillOptions.DEFAULT.withSvvptc(true).withSvadu(true).withSuperpages(true),
                workload.small());
        Run first = run("native", image, new byte[0], ModelOptions.DEFAULTS);
        assertEquals(new Outcome(Outcome.Reason.POWER_OFF, 0), first.outcome, first.output);
        for (ModelOptions options : List.of(ModelOptions.DEFAULTS.withHostPages(Settings.LARGE_PAGES).withRootBuffer(0),
                ModelOptions.DEFAULTS.withSynchronisation(Synchronisation.SNAPSHOT).withSecondStageLevels(4),
                ModelOptions.DEFAULTS.withSynchronisation(Synchronisation.DROP)
                        .withShadowMemory(Settings.LEAST_SHADOW_MEMORY))) {
            assertEquals(first, run(model, image, new byte[0], options), options.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void pagesMayMoveWhileTheGuestRuns(String model) throws ImageException {
        ModelOptions moving = ModelOptions.DEFAULTS.withBalloon(MOVES);
        for (TreadmillWorkload workload : List.of(TreadmillWorkload.FORKEXIT, TreadmillWorkload.PIPEPING)) {
            byte[] image = workload.image(TreadmillOptions.DEFAULT, workload.small());
            Run still = run("native", image, new byte[0], ModelOptions.DEFAULTS);
            assertEquals(still, run(model, image, new byte[0], moving), workload.workloadName());
            assertEquals(still, run(model, image, new byte[0], moving.withHostPages(Settings.LARGE_PAGES)));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void pagesMayMoveUnderCodeAndReservations(String model) throws IOException, ImageException {
        for (String program : List.of("selfmod", "atomics", "paging", "badtables")) {
            byte[] image = Files.readAllBytes(PROGRAMS.resolve(program + ".elf"));
            Run still = run("native", image, new byte[0], ModelOptions.DEFAULTS);
            ModelOptions moving = ModelOptions.DEFAULTS.withBalloon(Settings.LEAST_BALLOON);
            assertEquals(still, run(model, image, new byte[0], moving), program);
        }
    }

    static List<String> models() {
        return Models.names();
    }

    private static Run run(String model, byte[] image, byte[] input, ModelOptions options) throws ImageException {
        return run(model, MEMORY, image, input, options);
    }

    private static Run run(String model, long memory, byte[] image, byte[] input, ModelOptions options)
            throws ImageException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        var config = new MachineConfig(model, memory, ClockSource.INSTRUCTIONS, LIMIT, 256, 1,
                HartConfig.standard(), options, Peripherals.NONE, new ByteArrayInputStream(input), out);
        var machine = new Machine(config, ElfImage.parse("guest", image));
        try {
            var interpreter = new Interpreter(machine.hart(), machine.monitor(), Interpreter.NEVER);
            do {
                interpreter.run();
            } while (machine.attend());
            return new Run(machine.outcome(), out.toString(StandardCharsets.ISO_8859_1), machine.hart().instret());
        } finally {
            machine.close();
        }
    }
}
