// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.paging.Models;

/// Runs treadmill on Penumbra.
class TreadmillSelfTest {

    private static final TreadmillOptions DEFAULT = TreadmillOptions.DEFAULT;
    private static final TreadmillOptions OPPOSITE = new TreadmillOptions(false, true, true, true, 0, 0);
    private static final TreadmillOptions TWO_ASIDS = DEFAULT.withAsidLimit(1);

    static Stream<Arguments> all() {
        return Models.names().stream().flatMap(model -> Stream.of(DEFAULT, OPPOSITE, TWO_ASIDS)
                .map(options -> Arguments.of(model, options)));
    }

    @Test
    void passesNatively() throws Exception {
        passes("native", DEFAULT);
    }

    @Test
    void passesUnderSwiftShadowPagingWithTheOppositeOptions() throws Exception {
        passes("ssp", OPPOSITE);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("all")
    void passesUnderEveryModel(String model, TreadmillOptions options) throws Exception {
        passes(model, options);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void printsWhatTheTableExpects(TreadmillWorkload workload) throws Exception {
        assertEquals(workload.expectedOutput() + "\n", run("native", false, workload.image(DEFAULT), 0));
    }

    @Test
    void programThatDoesNotExistPanicsInOneLine() throws Exception {
        assertEquals("treadmill: panic: no such program 0000000000000000\n",
                run("native", false, TreadmillImage.patched("nothing", DEFAULT), 99));
    }

    private static void passes(String model, TreadmillOptions options) throws IOException {
        List<String> lines = run(model, options.svvptc(), TreadmillWorkload.selfTest(options), 0).lines().toList();
        assertEquals(List.of(), lines.stream().filter(line -> !line.startsWith("PASS ")).toList());
        assertTrue(lines.size() > 40, () -> lines.size() + " lines");
        assertEquals("PASS treadmill", lines.getLast());
    }

    private static String run(String model, boolean svvptc, byte[] image, int expectedStatus) throws IOException {
        var out = new ByteArrayOutputStream();
        try (Context context = Context.newBuilder("riscv").allowExperimentalOptions(true).option("riscv.model", model)
                .option("riscv.svvptc", Boolean.toString(svvptc)).in(InputStream.nullInputStream()).out(out).build()) {
            Value machine = context.eval(Source.newBuilder("riscv", ByteSequence.create(image), "treadmill")
                    .mimeType("application/x-riscv-elf").build());
            assertEquals(expectedStatus, machine.invokeMember("run").asInt(), out::toString);
        }
        return out.toString(StandardCharsets.US_ASCII);
    }
}
