// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.List;
import java.util.concurrent.Callable;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `penumbra worker`: does runs of a comparison that another process leads.
@Command(name = "worker", sortOptions = false,
        description = "Do runs of a comparison that another process leads (penumbra compare --cluster), until it "
                + "ends.%n",
        footer = {
            "",
            "Files that the comparison names have to be here, too, under the same names. Who",
            "can reach the address can take part: use it in a network that you trust.",
            "",
            "Example:",
            "  penumbra compare --cluster 10.0.0.5 --html report.html, elsewhere",
            "  penumbra worker 10.0.0.5",
            "",
            "Exit status: 0 when the comparison has ended; 1 if who leads it is gone; 64 wrong",
            "usage, 65 the versions differ, 69 no comparison can be reached."})
public final class WorkerCommand implements Callable<Integer> {

    private static final int GONE = 1;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ADDRESS", description = "Where the comparison listens: ADDRESS or ADDRESS:PORT.")
    private String address;

    @Option(names = "--bind", paramLabel = "ADDRESS", description = "This computer's address for the others. Default: "
            + "the one from which ADDRESS is reached.")
    private String bind;

    @Option(names = "--jobs", paramLabel = "N", description = "Runs at a time, as far as there is memory for them "
            + "(default: as many as processors).")
    private int jobs = CompareCommand.defaultJobs();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Override
    public Integer call() {
        CompareCommand.checkJobs(spec, jobs);
        CompareCommand.requireCluster();
        Endpoint at = Endpoint.parse(spec, "ADDRESS", address);
        try (Cluster cluster = Cluster.join(at, bind == null ? at.here() : Endpoint.numeric(bind))) {
            CompareCommand command = new CompareCommand();
            try {
                new CommandLine(command).parseArgs(cluster.arguments().toArray(String[]::new));
            } catch (CommandLine.ParameterException e) {
                throw new Failure(ExitStatus.BAD_IMAGE, at + " is another version of Penumbra: " + e.getMessage());
            }
            List<CompareJob> plan = command.plan();
            ComparePlan planned = ComparePlan.of(plan, command.polyglot());
            if (!cluster.agrees(planned)) {
                throw new Failure(ExitStatus.BAD_IMAGE, at + " is another version of Penumbra, or has other files: its "
                        + "comparison is not the same here");
            }
            plan.getFirst().obtain();
            SharedRuns runs = cluster.runs(planned);
            System.err.println("penumbra: joined " + at + ", " + plan.size() + " runs");
            cluster.workers(plan, runs, command.polyglot(), jobs);
            while (!cluster.isOver()) {
                Thread.sleep(Cluster.MOMENT);
            }
            return cluster.isEnded() ? ExitStatus.OK : gone(at);
        } catch (InterruptedException _) {
            return ExitStatus.INTERRUPTED;
        }
    }

    private static int gone(Endpoint at) {
        System.err.println("penumbra: " + at + " is gone before the comparison has ended");
        return GONE;
    }
}
