// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.terminal.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `penumbra rootfs`: root file systems of Debian's packages, for `penumbra linux --rootfs`.
@Command(name = "rootfs", sortOptions = false, showEndOfOptionsDelimiterInUsageHelp = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {RootfsCommand.Build.class, RootfsCommand.Catalogue.class, RootfsCommand.Remove.class},
        description = "Build, list and remove root file systems of Debian's riscv64 packages.%n",
        footer = {
            "",
            "Packages come through this computer's apt; they are configured in the guest, once.",
            "A build that was interrupted goes on where it was: give the same command again.",
            "",
            "Examples:",
            "  penumbra rootfs build web --packages nginx-light,openssh-server",
            "  penumbra linux --rootfs web --forward 8080:80",
            "  penumbra linux --rootfs web,write       what changes is kept",
            "  penumbra rootfs list",
            "  penumbra rootfs remove web",
            "",
            "Environment: " + RootStore.BOUND_VARIABLE + " bounds what roots and downloaded packages take together "
                    + "(16G);",
            "XDG_CACHE_HOME says where they are (~/.cache).",
            "",
            "Exit status: 0; 64 wrong usage, 66 packages cannot be had or no such root,",
            "70 a package cannot be configured, 73 no room, 130 interrupted."})
public final class RootfsCommand implements Runnable {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing, for example: penumbra rootfs list");
    }

    /// `penumbra rootfs build`.
    @Command(name = "build", sortOptions = false, description = "Build a root, or go on with one.%n")
    static final class Build implements Callable<Integer> {

        @Parameters(paramLabel = "NAME", description = "What --rootfs calls it.")
        private String name;

        @Option(names = "--packages", paramLabel = "A,B", split = ",",
                description = "Packages, with what they depend on, beside those of every root (default "
                        + "python3,sqlite3,redis).")
        private List<String> packages = List.of();

        @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
        private boolean help;

        @Override
        public Integer call() {
            RootStore store = RootStore.ofUser();
            RootStore.requireName(name);
            PrintStream err = System.err;
            if (store.has(name)) {
                throw new Failure(ExitStatus.USAGE, "there is a root " + name + " already: 'penumbra rootfs remove "
                        + name + "' first");
            }
            new DebianRoot(store, err).build(name, packages);
            err.println("penumbra: built; penumbra linux --rootfs " + name + " starts it");
            return ExitStatus.OK;
        }
    }

    /// `penumbra rootfs list`.
    @Command(name = "list", description = "Name the roots there are.%n")
    static final class Catalogue implements Callable<Integer> {

        @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
        private boolean help;

        @Override
        public Integer call() throws IOException {
            RootStore store = RootStore.ofUser();
            Console out = Console.standardOutput();
            for (RootStore.Root root : store.all()) {
                out.write(String.format("%-20s %6d MiB  %s%s%n", root.name(), root.bytes() >> 20,
                        String.join(",", root.packages()),
                        root.finished() ? "" : "  (not finished: give 'rootfs build " + root.name() + "' again)")
                                .getBytes(StandardCharsets.UTF_8));
            }
            out.flush();
            System.err.println("penumbra: " + (RootStore.size(store.downloads()) >> 20)
                    + " MiB of downloaded packages are kept, too");
            return ExitStatus.OK;
        }
    }

    /// `penumbra rootfs remove`.
    @Command(name = "remove", description = "Remove roots.%n")
    static final class Remove implements Callable<Integer> {

        @Parameters(paramLabel = "NAME", arity = "1..*", description = "Roots to be removed.")
        private List<String> names;

        @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
        private boolean help;

        @Override
        public Integer call() throws IOException {
            RootStore store = RootStore.ofUser();
            for (String name : names) {
                store.remove(RootStore.requireName(name));
            }
            return ExitStatus.OK;
        }
    }
}
