// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.penumbra.launcher.bench.BenchCommand;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Versions;
import org.penumbra.launcher.compare.CompareCommand;
import org.penumbra.launcher.compare.WorkerCommand;
import org.penumbra.launcher.guest.HeadStart;
import org.penumbra.launcher.guest.RunCommand;
import org.penumbra.launcher.inspect.DisasmCommand;
import org.penumbra.launcher.inspect.WalkCommand;
import org.penumbra.launcher.linux.LinuxCommand;
import org.penumbra.launcher.linux.RootfsCommand;
import org.penumbra.launcher.script.Instruments;
import org.penumbra.launcher.script.ScriptCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command `penumbra`.
@Command(name = "penumbra", sortOptions = false, versionProvider = Versions.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "A RISC-V machine (RV64GC, machine, supervisor and user mode) that compiles the guest's code "
                + "while it runs.%n",
        footer = {
            "",
            "Start with:",
            "  penumbra run hello.elf       run a program",
            "  penumbra run --help          all options, with examples",
            "  penumbra linux               boot Debian's kernel to a shell",
            "  penumbra compare             compare the translation models",
            "  penumbra bench --turns 1     time it beside QEMU and this computer itself",
            "  penumbra script FILE.js      drive machines from JavaScript or Python",
            "",
            "Environment: PENUMBRA_JAVA_HOME chooses the JDK (25 or later), PENUMBRA_JAVA_OPTS adds options for Java."})
public final class Main implements Runnable {

    /// The subcommands, in the order of the help.
    private enum Verb {
        RUN(RunCommand::new), LINUX(LinuxCommand::new), COMPARE(CompareCommand::new), BENCH(BenchCommand::new),
        ROOTFS(RootfsCommand::new), SCRIPT(ScriptCommand::new),
        WORKER(WorkerCommand::new), DISASM(DisasmCommand::new), WALK(WalkCommand::new);

        private final Supplier<Object> command;

        Verb(Supplier<Object> command) {
            this.command = command;
        }

        private String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true,
            description = "Print the versions of Penumbra, Java and compiler.")
    private boolean version;

    @Spec
    private CommandLine.Model.CommandSpec spec;

    private Main() {
    }

    public static void main(String[] arguments) {
        HeadStart start = HeadStart.of(List.of(arguments));
        int status = execute(System.err, arguments);
        start.await();
        System.exit(status);
    }

    /// Runs a command line in this process.
    ///
    /// @param err stream for messages of the launcher
    /// @return the exit status
    public static int execute(PrintStream err, String... arguments) {
        // Building a command's description is slow, so only that of the command in use is built.
        List<Verb> all = List.of(Verb.values());
        List<Verb> called = all.stream().filter(verb -> arguments.length > 0 && arguments[0].equals(verb.text()))
                .toList();
        CommandLine commandLine = commandLine(called.isEmpty() ? all : called);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((e, _) -> {
            err.println("penumbra: " + usageLine(e));
            err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
            return ExitStatus.USAGE;
        });
        commandLine.setExecutionStrategy(parsed -> {
            requireElements(parsed);
            try {
                useInstruments(parsed, err);
            } catch (Failure failure) {
                return report(err, failure); // picocli reports only what commands throw
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        commandLine.setExecutionExceptionHandler((problem, _, _) -> report(err, problem));
        try {
            return commandLine.execute(arguments);
        } catch (Throwable problem) {
            // picocli passes on errors that are not exceptions.
            return report(err, problem);
        }
    }

    /// The description of the whole command line, with all commands: for documents made from it.
    public static CommandLine description() {
        return commandLine(List.of(Verb.values()));
    }

    private static CommandLine commandLine(List<Verb> verbs) {
        CommandLine commandLine = new CommandLine(new Main());
        verbs.forEach(verb -> commandLine.addSubcommand(verb.command.get()));
        commandLine.setUsageHelpLongOptionsMaxWidth(26);
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing, for example: penumbra run FILE.elf");
    }

    /// Rejects empty lists, such as `--models ,`.
    private static void requireElements(ParseResult parsed) {
        for (ParseResult called = parsed; called != null; called = called.subcommand()) {
            for (OptionSpec option : called.matchedOptions()) {
                if (option.getValue() instanceof List<?> list && list.isEmpty()) {
                    throw new ParameterException(option.command().commandLine(),
                            option.longestName() + ": names nothing");
                }
            }
        }
    }

    private static void useInstruments(ParseResult parsed, PrintStream err) {
        for (ParseResult called = parsed; called != null; called = called.subcommand()) {
            if (called.matchedOptionValue("--option", null) instanceof Map<?, ?> options) {
                Instruments.use(options.keySet().stream().map(Object::toString).toList(), err);
            }
        }
    }

    private static int report(PrintStream err, Throwable problem) {
        Failure failure = Failure.of(problem);
        if (!failure.getMessage().isEmpty()) {
            err.println("penumbra: " + failure.getMessage());
        }
        return failure.status();
    }

    private static String usageLine(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().getFirst();
            boolean top = e.getCommandLine().getParent() == null;
            return (unmatched.isUnknownOption() ? "unknown option '" : top ? "unknown command '"
                    : "one argument too many: '") + first + "'";
        }
        String line = e.getMessage().lines().findFirst().orElse("wrong usage").replace("option option", "option");
        return Character.toLowerCase(line.charAt(0)) + line.substring(1);
    }
}
