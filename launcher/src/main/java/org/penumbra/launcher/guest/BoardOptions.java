// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.options.ClockSource;
import org.penumbra.options.NetworkKind;
import org.penumbra.options.Setting;
import org.penumbra.options.Setting.Group;
import org.penumbra.options.Settings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options for a machine's images and peripherals, shared by the commands `run` and `linux`.
public final class BoardOptions {

    private static final List<Setting<?>> NAMED = List.of(Settings.KERNEL, Settings.INITRD, Settings.APPEND,
            Settings.DRIVE, Settings.SHARE, Settings.NET, Settings.FORWARD);

    @Mixin
    private GivenOptions given = new GivenOptions(Settings.of(Group.BOARD));

    @Option(names = "--cmdline", paramLabel = "TEXT", description =
            "The kernel's whole command line, instead of --append.")
    private String commandLine;

    public Path kernel() {
        return path(Settings.KERNEL);
    }

    public Path bios() {
        return path(Settings.BIOS);
    }

    public Path initrd() {
        return path(Settings.INITRD);
    }

    private Path path(Setting<String> setting) {
        String file = given.text(setting);
        return file == null ? null : Path.of(file);
    }

    public String append() {
        return given.value(Settings.APPEND);
    }

    /// The whole command line, or null.
    public String commandLine() {
        return commandLine;
    }

    public List<String> disks() {
        return given.list(Settings.DRIVE);
    }

    public String share() {
        return given.text(Settings.SHARE);
    }

    public List<String> forwards() {
        return given.list(Settings.FORWARD);
    }

    public boolean isNetworked() {
        return given.value(Settings.NET) == NetworkKind.USER || !forwards().isEmpty();
    }

    /// @throws ParameterException for invalid values and combinations
    public void check() {
        given.all();
        boolean without = given.text(Settings.NET) != null && given.value(Settings.NET) == NetworkKind.NONE;
        if (without && !forwards().isEmpty()) {
            throw given.wrong(Settings.FORWARD, "there is no network with --net none");
        }
        if (commandLine != null && !append().isEmpty()) {
            throw given.wrong(Settings.APPEND, "--cmdline is the whole command line already");
        }
    }

    /// Refuses those polyglot options that a command sets itself, according to the command line.
    ///
    /// @throws ParameterException if there is one
    public void requireOwnOptions(Map<String, String> polyglot) {
        for (Setting<?> setting : NAMED) {
            if (polyglot.containsKey(setting.key())) {
                throw given.wrong(setting.key(), "use " + setting.flags().getFirst());
            }
        }
    }

    /// Those that mean the same for every command, as options of the language `riscv`: all that a command does not ask
    /// for by name.
    public Map<String, String> common() {
        Map<Setting<?>, String> all = given.all();
        all.keySet().removeAll(NAMED);
        return GivenOptions.polyglot(all);
    }

    /// All of them as options of the language `riscv`, and the clock that a network needs.
    public Map<String, String> polyglot() {
        Map<String, String> options = new LinkedHashMap<>(GivenOptions.polyglot(given.all()));
        options.put(Settings.APPEND.key(), commandLine == null ? append() : commandLine);
        if (isNetworked()) {
            options.put(Settings.NET.key(), Settings.NET.text(NetworkKind.USER));
            options.put(Settings.CLOCK.key(), Settings.CLOCK.text(ClockSource.HOST));
        }
        return options;
    }
}
