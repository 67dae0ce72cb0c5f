// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;
import org.penumbra.tests.GuestRun.EngineMode;

/// Runs the guest programs of `tests/guest` and the benchmark kernels in every engine mode.
@Timeout(120)
final class GuestProgramsTest {

    private static final Path PROGRAMS = Path.of("src", "test", "resources", "guest");

    static List<String> programs() throws IOException {
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".elf"))
                    .map(name -> name.substring(0, name.length() - 4)).sorted().toList();
        }
    }

    static List<Workload> workloads() {
        return Workloads.all();
    }

    @Test
    void everyProgramHasItsSourceAndOutput() throws IOException {
        List<String> programs = programs();
        assertTrue(programs.size() >= 14, "programs: " + programs);
        for (String program : programs) {
            assertTrue(Files.exists(PROGRAMS.resolve(program + ".output")), program);
            assertTrue(Files.exists(Path.of("guest", "programs", program + ".c")), program);
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void programGivesItsOutputInterpretedTranslatedAndByDefault(String program) throws IOException {
        assertSame(program, EngineMode.INTERPRETER, EngineMode.TRANSLATED, EngineMode.DEFAULT);
    }

    /// Every region is compiled before it first runs: seconds for each program, since all of it is compiled to run once.
    @ParameterizedTest
    @MethodSource("programs")
    @Tag("long")
    @Timeout(600)
    void programGivesItsOutputWhenEverythingIsCompiledAtOnce(String program) throws IOException {
        assertSame(program, EngineMode.INTERPRETER, EngineMode.IMMEDIATE);
    }

    /// Such a failure only costs speed, so that no output would show it.
    @Test
    void programWhoseCodeCannotBeCompiledFails() throws IOException {
        byte[] image = Files.readAllBytes(PROGRAMS.resolve("jumps.elf"));
        GuestRun run = GuestRun.of(image, new byte[0], EngineMode.IMMEDIATE, Map.of("compiler.MaximumGraalGraphSize", "10"));
        assertEquals(-1, run.status());
        assertTrue(run.output().contains("opt fail"), run.output());
    }

    private static void assertSame(String program, EngineMode... modes) throws IOException {
        byte[] image = Files.readAllBytes(PROGRAMS.resolve(program + ".elf"));
        Path input = PROGRAMS.resolve(program + ".input");
        byte[] typed = Files.exists(input) ? Files.readAllBytes(input) : new byte[0];
        String expected = Files.readString(PROGRAMS.resolve(program + ".output"));
        Map<EngineMode, Map<String, String>> counts = new EnumMap<>(EngineMode.class);
        for (EngineMode mode : modes) {
            GuestRun run = GuestRun.of(image, typed, mode);
            assertEquals(expected, run.output(), program + " " + mode);
            assertEquals(0, run.status(), program + " " + mode);
            counts.put(mode, run.counts());
        }
        if (typed.length == 0) { // input arrives when it arrives
            for (EngineMode mode : modes) {
                assertEquals(counts.get(modes[0]), counts.get(mode), program + " " + mode);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void kernelInUserModeGivesItsChecksumInterpretedTranslatedAndByDefault(Workload workload) {
        assertSame(workload, Parameters.Mode.U, 1, EngineMode.TRANSLATED);
        assertSame(workload, Parameters.Mode.U, 1, EngineMode.DEFAULT);
    }

    @ParameterizedTest
    @MethodSource("workloads")
    @Tag("offline")
    @Timeout(600)
    void kernelInUserModeGivesItsChecksumWhenEverythingIsCompiledAtOnce(Workload workload) {
        assertSame(workload, Parameters.Mode.U, 1, EngineMode.IMMEDIATE);
    }

    @ParameterizedTest
    @MethodSource("workloads")
    @Tag("long")
    @Timeout(1200)
    void kernelGivesItsChecksumInEveryPrivilegeInterpretedAndByDefault(Workload workload) {
        for (Parameters.Mode privilege : Parameters.Mode.values()) {
            assertSame(workload, privilege, workload.parameters().iterations(), EngineMode.DEFAULT);
        }
    }

    private static void assertSame(Workload workload, Parameters.Mode privilege, long iterations, EngineMode mode) {
        byte[] image = workload.image(workload.parameters().with(privilege).withRounds(1).withIterations(iterations));
        GuestRun interpreted = GuestRun.of(image, new byte[0], EngineMode.INTERPRETER);
        assertEquals(0, interpreted.status(), workload.name() + " " + privilege + ": " + interpreted.output());
        assertTrue(interpreted.counts().containsKey("tlb.misses"), interpreted.counts().toString());
        GuestRun compiled = GuestRun.of(image, new byte[0], mode);
        assertEquals(interpreted, compiled, workload.name() + " " + privilege);
    }

    @Test
    void kernelUnderFourAndFiveLevelsOfTablesAndOtherFrameOrders() {
        Workload workload = Workloads.find("tree").orElseThrow();
        Parameters parameters = workload.parameters().with(Parameters.Mode.U).withRounds(1).withIterations(1);
        String[] outputs = Stream.of(parameters, parameters.withLevels(4), parameters.withLevels(5), parameters.withSeed(99))
                .map(chosen -> GuestRun.of(workload.image(chosen), new byte[0], EngineMode.DEFAULT).output()).toArray(String[]::new);
        assertTrue(outputs[0].endsWith("checksum=b601dd518b0f75e0\n"), outputs[0]);
        assertEquals(1, Arrays.stream(outputs).distinct().count(), String.join("\n", outputs));
    }

    @Test
    void wrongChecksumIsReported() {
        Workload workload = Workloads.find("crc32").orElseThrow();
        byte[] image = workload.image(workload.parameters().withRounds(1).withIterations(1));
        byte[] expected = {0x3b, (byte) 0x91, 0x55, (byte) 0xa0, 0, 0, 0, 0};
        int at = indexOf(image, expected);
        image[at] ^= 1;
        GuestRun run = GuestRun.of(image, new byte[0], EngineMode.DEFAULT);
        assertEquals(1, run.status());
        assertTrue(run.output().endsWith("crc32 checksum=00000000a055913b expected=00000000a055913a\n"), run.output());
    }

    private static int indexOf(byte[] in, byte[] what) {
        int at = new String(in, StandardCharsets.ISO_8859_1).indexOf(new String(what, StandardCharsets.ISO_8859_1));
        assertTrue(at >= 0, "not found");
        return at;
    }
}
