// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.report.Comparison;
import org.penumbra.launcher.report.ComparisonTable;
import org.penumbra.launcher.report.CsvFile;
import org.penumbra.launcher.report.HtmlReport;
import org.penumbra.launcher.report.Run;
import org.penumbra.launcher.report.Summary;

/// Collects the runs of a comparison and reports them once: at the end, or when it is interrupted.
final class CompareReport implements CompareRun.Results {

    private final ComparePlan plan;
    private final String command;
    private final Path json;
    private final Path csv;
    private final Path html;
    private final List<List<Run>> runs;
    private final List<String> failures = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private boolean reported;

    /// @param plan    the jobs, which [#done] numbers
    /// @param command that makes the same comparison again
    CompareReport(ComparePlan plan, String command, Path json, Path csv, Path html) {
        this.plan = plan;
        this.command = command;
        this.runs = new ArrayList<>(Collections.nCopies(plan.jobs().size(), null));
        this.json = json;
        this.csv = csv;
        this.html = html;
    }

    /// Checks early whether the files can be written.
    ///
    /// @throws Failure 73 if one cannot
    void checkFiles() {
        StatisticsFile.check(json, csv, html);
    }

    @Override
    public synchronized void done(int job, List<Run> results) {
        runs.set(job, results);
    }

    @Override
    public synchronized void failed(String failure) {
        failures.add(failure);
    }

    synchronized void interrupted(PrintStream out, PrintStream err) {
        if (!reported) {
            long finished = runs.stream().filter(Objects::nonNull).count();
            err.println();
            err.println("penumbra: interrupted after " + finished + " of " + runs.size()
                    + " runs; these are the results of those");
            try {
                finish(out, err);
            } catch (Failure e) {
                err.println("penumbra: " + e.getMessage());
            }
        }
    }

    /// Prints everything and writes the files.
    ///
    /// @return whether all guests produced the expected results
    /// @throws Failure 73 if a file or standard output cannot be written; all others have been written nevertheless
    synchronized boolean finish(PrintStream out, PrintStream err) {
        reported = true;
        List<Run> finished = runs.stream().filter(Objects::nonNull).flatMap(List::stream).toList();
        List<Comparison> comparisons = Comparison.of(finished);
        for (Comparison comparison : comparisons) {
            problems.addAll(comparison.problems(expected(comparison)));
        }
        List<String> all = Stream.concat(failures.stream(), problems.stream()).toList();
        String summary = "";
        if (!finished.isEmpty()) {
            int known = (int) comparisons.stream().filter(comparison -> expected(comparison).isPresent()).count();
            summary = Summary.of(comparisons, known, all);
            print(comparisons, summary, out);
        }
        failures.forEach(failure -> err.println("penumbra: FAILED: " + failure));
        problems.forEach(problem -> err.println("penumbra: WRONG RESULT: " + problem));
        write(finished, comparisons, summary, all);
        StatisticsFile.requireWritten(out);
        return all.isEmpty();
    }

    private Optional<String> expected(Comparison comparison) {
        return plan.jobs().stream().filter(job -> job.swept().equals(comparison.setting()))
                .filter(job -> job.expected().containsKey(comparison.workload())).findFirst()
                .flatMap(job -> job.expected().get(comparison.workload()));
    }

    private static void print(List<Comparison> comparisons, String summary, PrintStream out) {
        if (comparisons.getFirst().setting().isEmpty()) {
            comparisons.forEach(comparison -> out.println(ComparisonTable.of(comparison)));
        } else {
            comparisons.stream().collect(Collectors.groupingBy(Comparison::workload, LinkedHashMap::new,
                    Collectors.toList()))
                    .values().forEach(group -> out.println(ComparisonTable.sweep(group)));
        }
        out.println(ComparisonTable.legend(comparisons.getFirst().runs().getFirst()));
        out.print(summary);
        out.flush();
    }

    private void write(List<Run> finished, List<Comparison> comparisons, String summary, List<String> all) {
        JsonArray array = new JsonArray();
        finished.forEach(run -> array.add(json(run)));
        StatisticsFile.writeAll(
                json == null ? null : () -> StatisticsFile.write(json, array),
                csv == null ? null : () -> StatisticsFile.write(csv, CsvFile.of(finished)),
                html == null || comparisons.isEmpty() ? null
                        : () -> StatisticsFile.write(html, HtmlReport.of(comparisons, summary, all, command)));
    }

    /// A run with all that is known of it.
    static JsonObject json(Run run) {
        JsonObject object = new JsonObject();
        object.addProperty("workload", run.workload());
        object.addProperty("output", run.output().strip());
        JsonObject setting = new JsonObject();
        run.setting().forEach(setting::addProperty);
        object.add("setting", setting);
        run.statistics().asMap().forEach(object::add);
        return object;
    }
}
