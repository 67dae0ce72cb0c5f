// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.penumbra.launcher.Main;
import org.penumbra.launcher.cli.Versions;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// Writes manual pages and bash's completion from the description of the command line. Not a command;
/// `launcher/dist/make` runs it when it makes the archive.
public final class Pages {

    private Pages() {
    }

    /// @param arguments a folder, which gets `man/man1/*.1` and `bash-completion/completions/penumbra`
    public static void main(String[] arguments) throws IOException {
        Path share = Path.of(arguments[0]);
        CommandLine all = Main.description();
        Path manual = Files.createDirectories(share.resolve("man/man1"));
        write(manual, all);
        for (CommandLine command : all.getSubcommands().values()) {
            write(manual, command);
        }
        Path completions = Files.createDirectories(share.resolve("bash-completion/completions"));
        Files.writeString(completions.resolve("penumbra"), AutoComplete.bash("penumbra", all));
    }

    private static void write(Path folder, CommandLine command) throws IOException {
        String name = command.getCommandSpec().qualifiedName("-");
        Files.writeString(folder.resolve(name + ".1"), page(command));
    }

    /// A manual page in the language of roff's man macros.
    static String page(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        String name = spec.qualifiedName("-");
        String description = String.join(" ", spec.usageMessage().description()).replace("%n", "").strip();
        StringBuilder page = new StringBuilder();
        page.append(".TH ").append(name.toUpperCase(Locale.ROOT).replace("-", "\\-")).append(" 1 \"\" \"")
                .append(Versions.lines().getFirst()).append("\"\n.SH NAME\n").append(text(name)).append(" \\- ")
                .append(text(description)).append("\n.SH SYNOPSIS\n.nf\n")
                .append(text(command.getHelp().synopsis(0).strip()))
                .append("\n.fi\n");
        describe(page, command);
        if (!command.getSubcommands().isEmpty()) {
            page.append(".SH COMMANDS\n");
            command.getSubcommands().forEach((verb, below) -> {
                String help = String.join(" ", below.getCommandSpec().usageMessage().description()).replace("%n", "");
                entry(page, spec.parent() == null ? verb + ", see " + name + "-" + verb + "(1)" : verb, help);
            });
            if (spec.parent() != null) {
                command.getSubcommands().values().forEach(below -> describe(page, below));
            }
        }
        String[] footer = spec.usageMessage().footer();
        if (footer.length > 0) {
            page.append(".SH NOTES\n.nf\n");
            for (String line : footer) {
                page.append(text(line)).append('\n');
            }
            page.append(".fi\n");
        }
        return page.toString();
    }

    private static void describe(StringBuilder page, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        page.append(".SH OPTIONS").append(spec.parent() != null && spec.parent().parent() != null
                ? " OF " + spec.name().toUpperCase(Locale.ROOT) : "").append('\n');
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            entry(page, parameter.paramLabel(), help(parameter.description(), parameter.completionCandidates()));
        }
        for (OptionSpec option : spec.options()) {
            String label = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
            String names = String.join(", ", option.names());
            entry(page, (option.negatable() ? names.replace("--", "--[no-]") : names) + label,
                    help(option.description(), option.completionCandidates()));
        }
    }

    private static void entry(StringBuilder page, String what, String help) {
        page.append(".TP\n\\fB").append(text(what)).append("\\fR\n").append(text(help)).append('\n');
    }

    /// With what stands for a percent sign or for all values replaced.
    public static String help(String[] description, Iterable<String> candidates) {
        String all = candidates == null ? "" : String.join(", ", candidates);
        return String.join(" ", List.of(description)).replace("${COMPLETION-CANDIDATES}", all).replace("%%", "%")
                .replace("%n", " ").strip();
    }

    /// Letters that roff would take for more than themselves are escaped.
    private static String text(String plain) {
        String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped.replace("\n.", "\n\\&.")
                .replace("\n'", "\n\\&'");
    }
}
