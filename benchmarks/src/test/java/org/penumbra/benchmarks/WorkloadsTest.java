// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WorkloadsTest {

    private static final Path KERNELS = Path.of("guest", "kernels");
    private static final Path PROGRAMS = Path.of("guest", "programs");
    private static final Path OPERATIONS = Path.of("guest", "operations");
    private static final Path HARTS = Path.of("guest", "harts");

    static List<Workload> all() {
        return Workloads.all();
    }

    @Test
    void everyKernelSourceIsInTheCatalogue() throws Exception {
        assertEquals(sources(KERNELS), all().stream().map(Workload::name).toList());
    }

    @Test
    void everyProgramSourceIsInTheCatalogue() throws Exception {
        assertEquals(sources(PROGRAMS), timed(TimedProgram.Group.PROGRAMS));
        assertEquals(sources(OPERATIONS), timed(TimedProgram.Group.OPERATIONS));
        assertEquals(sources(HARTS), timed(TimedProgram.Group.HARTS));
    }

    private static List<String> timed(TimedProgram.Group group) {
        return Workloads.timed().stream().filter(program -> program.group() == group).map(TimedProgram::name).toList();
    }

    private static List<String> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".c"))
                    .map(name -> name.substring(0, name.length() - 2)).sorted().toList();
        }
    }

    @Test
    void checkpointsAreThoseOfThePrograms() throws Exception {
        String source = Files.readString(Path.of("guest", "runtime", "cold.c"));
        String list = Arrays.stream(TimedProgram.CHECKPOINTS).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        assertTrue(source.contains("checkpoints[] = {" + list + "};"), list);
    }

    @ParameterizedTest
    @MethodSource("all")
    void imageIsSmallAndRunsInMachineModeByDefault(Workload workload) {
        assertTrue(workload.image().length < 100 * 1024, "below 100 KiB");
        Parameters parameters = workload.parameters();
        assertEquals(Parameters.Mode.BARE, parameters.mode());
        assertEquals(4, parameters.rounds());
        assertTrue(parameters.iterations() > 0);
    }

    @ParameterizedTest
    @MethodSource("all")
    void patchedParametersAreReadBackAndNothingElseChanges(Workload workload) {
        Parameters patched = new Parameters(Parameters.Mode.U, 77, 1L << 33, 0x1234_5678_9abc_def0L, 5);
        byte[] image = workload.image(patched);
        assertEquals(patched, Parameters.of(image));
        assertNotEquals(Arrays.hashCode(workload.image()), Arrays.hashCode(image));
        workload.parameters().patch(image);
        assertArrayEquals(workload.image(), image);
    }


    @Test
    void imageWithoutParametersIsRefused() {
        byte[] image = Workloads.find("crc32").orElseThrow().image();
        for (int i = 0; i + 12 < image.length; i++) {
            if (new String(image, i, 12, StandardCharsets.ISO_8859_1).equals("bench_params")) {
                image[i] = 'B';
            }
        }
        assertThrows(IllegalArgumentException.class, () -> Parameters.of(image));
    }

    @Test
    void unknownNameIsNotFound() {
        assertTrue(Workloads.find("nonesuch").isEmpty());
    }
}
