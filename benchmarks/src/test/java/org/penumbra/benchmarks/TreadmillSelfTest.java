// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.benchmarks.TreadmillWorkload.Suite;
import org.penumbra.paging.Models;

/// Runs treadmill on Penumbra.
class TreadmillSelfTest {

    private static final TreadmillOptions DEFAULT = TreadmillOptions.DEFAULT;
    private static final TreadmillOptions OPPOSITE = new TreadmillOptions(false, true, true, true, 0, 0);
    /// Bytes; the Java heap may grow in the meantime.
    private static final long MOST_RESIDENT = 600L << 20;
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
        assertEquals(workload.expectedOutput() + "\n", run("native", false, workload.image(DEFAULT), 0, workload.suite().memory()));
    }

    @Test
    void programThatDoesNotExistPanicsInOneLine() throws Exception {
        assertEquals("treadmill: panic: no such program 0000000000000000\n",
                run("native", false, TreadmillImage.patched(Suite.KERNEL, "nothing", DEFAULT), 99));
    }

    private static void passes(String model, TreadmillOptions options) throws IOException {
        List<String> lines = run(model, options.svvptc(), TreadmillWorkload.selfTest(options), 0).lines().toList();
        assertEquals(List.of(), lines.stream().filter(line -> !line.startsWith("PASS ")).toList());
        assertTrue(lines.size() > 40, () -> lines.size() + " lines");
        assertEquals("PASS treadmill", lines.getLast());
    }

    static Stream<TreadmillWorkload> field() {
        return Suite.FIELD.workloads().stream();
    }

    /// A workload over this many MiB; the other parameters are those for tests.
    private static byte[] over(TreadmillWorkload workload, long footprint, TreadmillOptions options) {
        long[] values = workload.small();
        values[0] = footprint;
        return workload.image(options, values);
    }

    @ParameterizedTest
    @MethodSource("field")
    void largePagesChangeNoChecksum(TreadmillWorkload workload) throws Exception {
        String small = run("native", false, over(workload, 16, DEFAULT), 0, workload.suite().memory());
        assertTrue(small.startsWith(workload.workloadName() + " footprint=16 "), small);
        assertEquals(small, run("native", false, over(workload, 16, OPPOSITE), 0, workload.suite().memory()));
    }

    /// What they print over 8 GiB; QEMU prints the same. The largest of them takes some 40 MiB of the host.
    @ParameterizedTest
    @CsvSource({
        "GUPS, 6f78184da56d4f57", "BTREE, c3770f87809901f6", "BFS, 55a7749594956687",
        "PAGERANK, 8b4d8700be456e31", "FKJOIN, e9e559577aac93eb", "STREAM, 42ed169d158c7a08",
        "STRIDE, 1a4e8802c2ce3819", "STACKCHASE, d1d4c6a3dbf5b76a"})
    void eightGibibytesTakeOnlyThePagesThatAreUsed(TreadmillWorkload workload, String checksum) throws Exception {
        long before = resident();
        var out = new ByteArrayOutputStream();
        try (Context context = context("native", false, workload.suite().memory(), out)) {
            assertEquals(0, load(context, over(workload, 8192, DEFAULT)).invokeMember("run").asInt(), out::toString);
            long after = resident();
            assertTrue(after - before < MOST_RESIDENT, () -> (after - before >> 20) + " MiB");
        }
        assertTrue(out.toString().contains(" footprint=8192 "), out::toString);
        assertTrue(out.toString().contains(" checksum=" + checksum), out::toString);
    }

    private static String run(String model, boolean svvptc, byte[] image, int expectedStatus) throws IOException {
        return run(model, svvptc, image, expectedStatus, Suite.KERNEL.memory());
    }

    private static long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", ""))).sum() << 10;
    }

    private static Context context(String model, boolean svvptc, long memory, OutputStream out) {
        return Context.newBuilder("riscv").allowExperimentalOptions(true).option("riscv.model", model)
                .option("riscv.svvptc", Boolean.toString(svvptc)).option("riscv.memory", Long.toString(memory))
                .in(InputStream.nullInputStream()).out(out).build();
    }

    private static Value load(Context context, byte[] image) throws IOException {
        return context.eval(Source.newBuilder("riscv", ByteSequence.create(image), "treadmill")
                .mimeType("application/x-riscv-elf").build());
    }

    private static String run(String model, boolean svvptc, byte[] image, int expectedStatus, long memory)
            throws IOException {
        var out = new ByteArrayOutputStream();
        try (Context context = context(model, svvptc, memory, out)) {
            assertEquals(expectedStatus, load(context, image).invokeMember("run").asInt(), out::toString);
        }
        return out.toString(StandardCharsets.US_ASCII);
    }
}
