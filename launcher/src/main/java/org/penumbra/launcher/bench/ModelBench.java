// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.benchmarks.Parameters.Mode;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.benchmarks.Workload;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Progress;
import org.penumbra.launcher.compare.TreadmillChoice;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.options.Settings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Compares translation models: how much longer the host takes for the same guest in the steady state.
final class ModelBench {

    /// A guest that works in rounds.
    private sealed interface Guests {

        String name();

        String mode();

        byte[] image(int rounds);

        boolean endsRound(String line);

        /// Whether the output shows that the work was done correctly.
        boolean isRight(List<String> lines);
    }

    /// A kernel, which touches its pages once and then only uses them.
    private record Kernel(Workload workload, Mode privilege) implements Guests {
        @Override
        public String name() {
            return workload.name();
        }

        @Override
        public String mode() {
            return ModelResult.name(privilege);
        }

        @Override
        public byte[] image(int rounds) {
            return workload.image(Settling.IN_TURNS.parameters(workload).with(privilege).withRounds(rounds));
        }

        @Override
        public boolean endsRound(String line) {
            return TimedRun.Recorder.endsRound(line);
        }

        @Override
        public boolean isRight(List<String> lines) {
            return TimedRun.Recorder.isRight(lines.getLast());
        }
    }

    /// A workload of treadmill, which changes its page tables all the time.
    private record Paging(TreadmillWorkload workload) implements Guests {
        @Override
        public String name() {
            return workload.workloadName();
        }

        @Override
        public String mode() {
            return ModelResult.PAGING;
        }

        private TreadmillChoice small() {
            return TreadmillChoice.preset(workload, true);
        }

        @Override
        public byte[] image(int rounds) {
            return workload.image(TreadmillOptions.DEFAULT.withRepeats(rounds - 1),
                    small().parameters().values().stream().mapToLong(Long::longValue).toArray());
        }

        @Override
        public boolean endsRound(String line) {
            return line.contains(" checksum=");
        }

        @Override
        public boolean isRight(List<String> lines) {
            return lines.stream().allMatch(small().expectedOutput().orElseThrow()::equals);
        }
    }

    /// For picocli.
    @Command
    private static final class Machine {
        @Mixin
        private MachineOptions options;
    }

    private final List<String> models;
    private final Map<String, String> options;
    private final int turns;
    private final Integer rounds;
    private final PrintStream err;

    /// @param models  the first is the baseline; a model given twice shows the variation of the method itself
    /// @param options of `penumbra run`
    /// @param rounds  rounds per turn, or null for as many as needed to settle
    ModelBench(List<String> models, List<String> options, int turns, Integer rounds, PrintStream err) {
        this.models = models;
        this.turns = turns;
        this.rounds = rounds;
        this.err = err;
        Machine machine = new Machine();
        new CommandLine(machine).parseArgs(options.toArray(String[]::new));
        this.options = machine.options.polyglot();
    }

    /// @throws Failure if a guest does not do its work
    List<ModelResult> run(List<Workload> kernels, List<Mode> modes, List<TreadmillWorkload> workloads) {
        List<Guests> all = new ArrayList<>();
        kernels.forEach(kernel -> modes.forEach(mode -> all.add(new Kernel(kernel, mode))));
        workloads.forEach(workload -> all.add(new Paging(workload)));
        Progress progress = new Progress(all.size(), 10.0 * turns * models.size());
        List<ModelResult> results = new ArrayList<>();
        for (Guests guest : all) {
            err.println("penumbra: " + progress.next(guest.name() + " " + guest.mode()));
            results.add(measure(guest));
        }
        return results;
    }

    private ModelResult measure(Guests guest) {
        int now = rounds != null ? rounds : Settling.IN_TURNS.firstRounds();
        List<List<TimedRun>> taken = new ArrayList<>();
        boolean settled = true;
        for (int turn = 0; turn < turns; turn++) {
            List<TurnTaking.Finish> runs = turn(guest, now, turn);
            for (long more; rounds == null && (more = Settling.missing(runs)) > 0;) {
                now += (int) more;
                runs = turn(guest, now, turn);
            }
            taken.add(runs.stream().map(TurnTaking.Finish::run).toList());
            settled &= runs.stream().allMatch(TurnTaking.Finish::isSettled);
        }
        return new ModelResult(guest.name(), guest.mode(), models, taken, settled);
    }

    /// Runs fresh machines, a different one going first each time.
    ///
    /// @return the runs in the order of the models
    private List<TurnTaking.Finish> turn(Guests guest, int count, int turn) {
        byte[] image = guest.image(count);
        List<TurnTaking.Entry> entries = new ArrayList<>();
        for (String model : models) {
            Map<String, String> chosen = new LinkedHashMap<>(options);
            chosen.put(Settings.MODEL.key(), model);
            entries.add(new TurnTaking.Entry(guest.name() + " under " + model, image, chosen));
        }
        Collections.rotate(entries, turn);
        List<TurnTaking.Finish> runs = new ArrayList<>(TurnTaking.of(entries, guest::endsRound, err));
        for (TurnTaking.Finish finish : runs) {
            if (finish.run().roundSeconds().length != count || !guest.isRight(finish.lines())) {
                throw new Failure(ExitStatus.INTERNAL, guest.name() + ": the guest did not do its work: "
                        + finish.lines().getLast());
            }
        }
        Collections.rotate(runs, -turn);
        return runs;
    }
}
