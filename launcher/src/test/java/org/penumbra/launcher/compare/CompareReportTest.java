// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.report.Run;
import org.penumbra.launcher.report.SyntheticRun;

/// What is reported of runs, on runs made up.
final class CompareReportTest {

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private static CompareJob job(String model) {
        return CompareJob.of(new TreadmillGuest(), List.of(TreadmillChoice.parse("idle:1", false)), Map.of()).under(model);
    }

    private static ComparePlan plan(String... models) {
        return ComparePlan.of(Stream.of(models).map(CompareReportTest::job).toList(), Map.of());
    }

    private CompareReport report(Path json) {
        return new CompareReport(plan("native", "tsp", "ssp"), "", json, null, null);
    }

    private boolean finish(CompareReport report) {
        return report.finish(new PrintStream(out), new PrintStream(err));
    }

    @Test
    void differingGuestOutputIsReportedLoudly() {
        CompareReport report = report(null);
        report.done(0, List.of(SyntheticRun.of("idle", "native", 1000, 0, 0, 0)));
        report.done(1, List.of(SyntheticRun.of("idle", "tsp", 1000, 5, 5, 0)));
        report.done(2, List.of(new Run("idle", Map.of(), "idle checksum=beef\n", SyntheticRun.of("idle", "ssp", 1000, 1, 0, 0).statistics())));
        assertFalse(finish(report));
        String said = err.toString(StandardCharsets.UTF_8);
        assertTrue(said.startsWith("penumbra: WRONG RESULT: idle under ssp: the guest printed \"idle checksum=beef\""), said);
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("1 WRONG"), out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void guestThatFailsHasNoResult() {
        CompareReport report = report(null);
        report.done(0, List.of(SyntheticRun.of("idle", "native", 1000, 0, 0, 0)));
        report.failed("idle under ssp: instruction limit reached");
        assertFalse(finish(report));
        assertEquals("penumbra: FAILED: idle under ssp: instruction limit reached\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void interruptionKeepsWhatIsFinished() throws Exception {
        Path json = directory.resolve("partial.json");
        CompareReport report = report(json);
        report.done(1, List.of(SyntheticRun.of("idle", "tsp", 1000, 5, 5, 0)));
        report.interrupted(new PrintStream(out), new PrintStream(err));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("interrupted after 1 of 3 runs"), err.toString(StandardCharsets.UTF_8));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("hypervisor exits"), out.toString(StandardCharsets.UTF_8));
        assertEquals(1, JsonParser.parseString(Files.readString(json)).getAsJsonArray().size());
        out.reset();
        report.interrupted(new PrintStream(out), new PrintStream(err));
        assertEquals(0, out.size(), "reported twice");
    }

    @Test
    void aFileThatCannotBeWrittenDoesNotCostTheOthers() {
        Path csv = directory.resolve("r.csv");
        CompareReport report = new CompareReport(plan("native"), "", directory.resolve("no/such.json"), csv, null);
        report.done(0, List.of(SyntheticRun.of("idle", "native", 1000, 0, 0, 0)));
        assertEquals(ExitStatus.CANNOT_WRITE, assertThrows(Failure.class, () -> finish(report)).status());
        assertTrue(Files.exists(csv));
    }

    @Test
    void outputThatNobodyTakesIsNoSuccess() {
        CompareReport report = new CompareReport(plan("native"), "", null, null, null);
        report.done(0, List.of(SyntheticRun.of("idle", "native", 1000, 0, 0, 0)));
        var full = new PrintStream(new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("No space left on device");
            }
        });
        assertThrows(Failure.class, () -> report.finish(full, new PrintStream(err)));
    }

    @Test
    void interruptionBeforeTheFirstResultSaysSo() {
        CompareReport report = report(null);
        report.interrupted(new PrintStream(out), new PrintStream(err));
        assertEquals(0, out.size());
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("interrupted after 0 of 3 runs"));
    }
}
