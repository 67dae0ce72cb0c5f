// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.start;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.launcher.Main;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// The manual pages and the completion have what the command line has.
final class PagesTest {
    @TempDir
    private Path share;

    @Test
    void eachCommandHasAPageAndTheShellCompletesItsOptions() throws Exception {
        Pages.main(new String[] {share.toString()});
        String run = Files.readString(share.resolve("man/man1/penumbra-run.1"));
        String completion = Files.readString(share.resolve("bash-completion/completions/penumbra"));
        for (Setting<?> setting : Settings.of(Setting.Group.MACHINE, Setting.Group.TRANSLATION, Setting.Group.BOARD)) {
            String flag = setting.flags().getFirst();
            assertTrue(run.contains(".TP\n\\fB" + flag.replace("-", "\\-")), flag);
            assertTrue(completion.contains(flag), flag);
        }
        String main = Files.readString(share.resolve("man/man1/penumbra.1"));
        for (String command : Main.description().getSubcommands().keySet()) {
            String page = Files.readString(share.resolve("man/man1/penumbra-" + command + ".1"));
            assertTrue(page.startsWith(".TH PENUMBRA\\-"), page);
            assertFalse(page.contains("%n") || page.contains("${"), page);
            assertTrue(main.contains("penumbra\\-" + command + "(1)"), main);
        }
        // What begins with a dot would be a command of roff's: only those of the man macros are there.
        List<String> commands = run.lines().filter(line -> line.startsWith(".")).map(line -> line.split(" ")[0])
                .distinct().sorted().toList();
        assertEquals(List.of(".SH", ".TH", ".TP", ".fi", ".nf"), commands);
    }
}
