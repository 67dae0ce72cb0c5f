// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `penumbra compare merge`: one report of the results of shards.
@Command(name = "merge", sortOptions = false,
        description = "Report what shards have run (compare --shard), as one comparison would have.%n",
        footer = {
            "",
            "Results that are in several directories have to agree, but for the host's seconds.",
            "",
            "Exit status: 0; 1 if a result is wrong, missing or contradicts another; 64 wrong",
            "usage, 65 a file is damaged or of another comparison, 66 no results, 73 cannot write."})
final class MergeCommand implements Callable<Integer> {

    private static final int DIFFERENT = 1;

    @Parameters(arity = "1..*", paramLabel = "DIR", description = "What --out named.")
    private List<Path> directories;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all counts.")
    private Path json;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write all counts as a table.")
    private Path csv;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a report with charts.")
    private Path html;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Override
    public Integer call() {
        List<ResultDirectory> all = directories.stream().map(ResultDirectory::read).toList();
        ResultDirectory first = all.getFirst();
        for (ResultDirectory other : all) {
            if (!other.digest().equals(first.digest())) {
                throw new Failure(ExitStatus.BAD_IMAGE, first + " and " + other + " hold different comparisons");
            }
        }
        ComparePlan plan = first.plan();
        var report = new CompareReport(plan, first.command(), json, csv, html);
        report.checkFiles();
        for (int job = 0; job < plan.jobs().size(); job++) {
            merge(job, plan.jobs().get(job).title(), all, report);
        }
        return report.finish(System.out, System.err) ? ExitStatus.OK : DIFFERENT;
    }

    private static void merge(int job, String title, List<ResultDirectory> all, CompareReport report) {
        JsonArray known = null;
        ResultDirectory from = null;
        for (ResultDirectory directory : all) {
            Optional<JsonArray> found = directory.get(job);
            if (found.isEmpty()) {
                continue;
            }
            if (known == null) {
                known = found.get();
                from = directory;
                report.done(job, ResultDirectory.runs(known));
                continue;
            }
            String difference = ResultDirectory.difference(known, found.get());
            if (difference != null) {
                report.failed(title + ": " + from + " and " + directory + " contradict each other: " + difference);
            }
        }
        if (known == null) {
            report.failed(title + ": has not been run");
        }
    }
}
