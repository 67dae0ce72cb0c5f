// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.penumbra.launcher.start.Pages;
import org.penumbra.options.Setting.Group;
import org.penumbra.options.Settings;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// The tables of `docs/options.md` are those of the command line. With `-Dpenumbra.generate=true` they are written anew.
final class OptionsDocumentTest {
    private static final Path FILE = Path.of(System.getProperty("penumbra.root"), "docs", "options.md");
    private static final String END = "<!-- end of table -->";

    private final Map<String, CommandLine> commands = Main.description().getSubcommands();

    @Test
    void tablesAreThoseOfTheCommandLine() throws IOException {
        String text = Files.readString(FILE);
        String fresh = text;
        for (Map.Entry<String, String> table : tables().entrySet()) {
            String begin = "<!-- table: " + table.getKey() + " -->\n";
            int from = fresh.indexOf(begin);
            assertTrue(from >= 0, "there is no place for the table " + table.getKey());
            from += begin.length();
            fresh = fresh.substring(0, from) + table.getValue() + fresh.substring(fresh.indexOf(END, from));
        }
        if (Boolean.getBoolean("penumbra.generate")) {
            Files.writeString(FILE, fresh);
        }
        assertEquals(fresh, text, "docs/options.md is stale; -Dpenumbra.generate=true writes it anew");
    }

    @Test
    void readmeNamesEveryCommand() throws IOException {
        String text = Files.readString(FILE.resolveSibling("../README.md"));
        for (String command : commands.keySet()) {
            assertTrue(text.lines().anyMatch(line -> line.startsWith("| `" + command + "` |")
                    || line.startsWith("| `" + command + " ")), command);
        }
    }

    private Map<String, String> tables() {
        Map<String, String> tables = new LinkedHashMap<>();
        Set<String> board = Settings.of(Group.BOARD).stream().flatMap(setting -> setting.flags().stream())
                .collect(Collectors.toSet());
        board.add("--cmdline");
        Map<String, OptionSpec> run = options("run");
        Map<String, OptionSpec> linux = options("linux");
        List<String> both = new ArrayList<>(run.keySet());
        both.retainAll(linux.keySet());
        tables.put("machine", table(run, both.stream().filter(name -> !board.contains(name)).toList()));
        tables.put("board", table(run, both.stream().filter(board::contains).toList()));
        tables.put("run", table(run, without(run, both)));
        tables.put("linux", table(linux, without(linux, both)));
        for (String command : commands.keySet().stream().filter(name -> !List.of("run", "linux").contains(name)).toList()) {
            Map<String, OptionSpec> options = options(command);
            tables.put(command, table(options, command.equals("compare") ? without(options, both.stream()
                    .filter(name -> Settings.swept(name.substring(2)).isPresent()).toList())
                    : List.copyOf(options.keySet())));
        }
        return tables;
    }

    private static List<String> without(Map<String, OptionSpec> options, List<String> names) {
        return options.keySet().stream().filter(name -> !names.contains(name)).toList();
    }

    /// The options by their first long names, those of subcommands too.
    private Map<String, OptionSpec> options(String command) {
        Map<String, OptionSpec> options = new LinkedHashMap<>();
        add(options, commands.get(command));
        return options;
    }

    private static void add(Map<String, OptionSpec> options, CommandLine command) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (!option.usageHelp() && !option.hidden()) {
                options.putIfAbsent(name(option), option);
            }
        }
        command.getSubcommands().values().forEach(below -> add(options, below));
    }

    private static String name(OptionSpec option) {
        return List.of(option.names()).stream().filter(name -> name.startsWith("--")).findFirst().orElseThrow();
    }

    private static String table(Map<String, OptionSpec> options, List<String> names) {
        StringBuilder table = new StringBuilder("| option | meaning |\n| --- | --- |\n");
        for (String name : names) {
            OptionSpec option = options.get(name);
            String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
            table.append("| `").append(option.negatable() ? "--[no-]" + name.substring(2) : name).append(label)
                    .append("` | ").append(Pages.help(option.description(), option.completionCandidates())
                            .replace("|", "\\|")).append(" |\n");
        }
        return table.toString();
    }
}
