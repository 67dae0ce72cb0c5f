// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Versions;
import org.penumbra.options.Setting.Trait;
import org.penumbra.options.Settings;

/// A snapshot of a booted Linux in the user's cache, from which later starts of the same machine continue.
///
/// @param file its place, by all that it depends on but the translation model: options of the machine and the files it
///             was booted from
record KeptBoot(Path file) {
    private static final int NAME_LENGTH = 20;

    /// @param options of the machine, as the language is told
    /// @param sources files that it is booted from
    static KeptBoot of(Map<String, String> options, Iterable<Path> sources) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            var text = new StringBuilder(Versions.own()).append('\n').append(RamDisk.identity()).append('\n');
            new TreeMap<>(options).forEach((name, value) -> {
                if (dependsOn(name)) {
                    text.append(name).append('=').append(value).append('\n');
                }
            });
            text.append("terminal=").append(options.containsKey(Settings.TERMINAL.key())).append('\n');
            for (Path source : sources) {
                text.append(source).append(' ').append(Files.size(source)).append(' ')
                        .append(Files.getLastModifiedTime(source)).append('\n');
            }
            String name = HexFormat.of().formatHex(digest.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
            return new KeptBoot(directory().resolve(name.substring(0, NAME_LENGTH) + ".snapshot"));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, e.getMessage() + ": cannot be read");
        }
    }

    /// Whether the boot is another one with another value of an option.
    private static boolean dependsOn(String option) {
        return option.startsWith("riscv.") && Settings.all().stream()
                .noneMatch(setting -> setting.key().equals(option) && setting.is(Trait.AFTER_BOOT));
    }

    private static Path directory() {
        return DebianFiles.userCache().resolveSibling("boots");
    }

    boolean isThere() {
        return Files.isRegularFile(file);
    }

    /// Makes the directory it will be in.
    ///
    /// @throws Failure 73 if that is impossible
    void prepare() {
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, file.getParent() + ": cannot be made (" + e.getMessage() + ")");
        }
    }

    /// Removes one that cannot be used.
    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // The next start says the same again.
        }
    }
}
